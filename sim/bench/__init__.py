"""The performance tables: the stock flow beside ours, and what a run's time goes into."""
