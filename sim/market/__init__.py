"""Orders, auctions, tariffs, bills, measures: pure functions on integers; imports no other part of zkpet."""
