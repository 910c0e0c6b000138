"""Where the market is held: on a chain, or on books alone."""
