"""Which tables there are, and what their columns hold: of this the data dictionary is made."""
