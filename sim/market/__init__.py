"""Orders, mechanisms, tariffs, bills: pure functions on integers; imports leaves of zkpet alone."""
