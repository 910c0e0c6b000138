"""The chain: one protocol, its backends, and the client of the market contract."""
