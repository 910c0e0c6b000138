"""Finished runs packed so that a stranger can check them."""
