"""The teaching page: a market to watch in the browser, slot by slot, and to try to cheat."""
