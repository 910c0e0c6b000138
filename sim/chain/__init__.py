"""The chain: one protocol, its py-evm backend, and the client of the market contract."""
