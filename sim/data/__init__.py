"""Readings: where they come from, and what was changed about them."""
