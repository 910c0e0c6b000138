"""Scripts that measure and rebuild what stands in the repository."""
