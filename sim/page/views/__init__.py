"""The figures of the page: what is drawn follows from story, slot and perspective alone."""
