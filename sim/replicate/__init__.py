"""Claims of the literature, each with a rule that was written before it was measured: ``zkpet replicate``."""
