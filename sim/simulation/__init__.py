"""A run: what is known beforehand, the Mesa model, and its audit."""
