"""zkpet: peer-to-peer energy markets in which every bid is backed by a zero-knowledge proof."""
