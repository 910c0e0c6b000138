"""Where the market is held: off chain, on its contract, or there with those who attack it."""
