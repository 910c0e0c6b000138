"""Circuits, keys, commitments and proofs: every bid's forecast, proved with EZKL."""
