"""The figures of the page: what is drawn follows from timeline, slot and perspective alone."""
