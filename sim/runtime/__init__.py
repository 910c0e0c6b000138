"""Files, stores, progress, interrupts and wording: what every package uses."""
