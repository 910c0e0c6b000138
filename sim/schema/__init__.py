"""The scenario: what a run is, how files say it, and the reference written from it."""
