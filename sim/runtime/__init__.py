"""Files, stores, progress, interrupts and wording: what every room uses."""
