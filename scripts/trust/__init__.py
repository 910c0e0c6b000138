"""What verification stops and what nothing stops: the cases that ``scripts.measure_trust`` tabulates."""
