"""Who acts in the market: prosumers and their strategies, and the operators."""
