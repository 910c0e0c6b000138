"""What an attacker who holds all public data of a run learns about its homes' readings."""
