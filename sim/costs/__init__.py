"""What proofs and gas cost, as modelled; what a run will cost before it is run."""
