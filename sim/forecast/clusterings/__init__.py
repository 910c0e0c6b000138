"""Clustering methods, by name."""

import sim.forecast.clusterings.k_means  # noqa: F401  registers itself
from sim.forecast.clusterings.base import Clustering, clusterings

__all__ = ["Clustering", "clusterings"]
