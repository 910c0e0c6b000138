"""Clustering methods, by name: every file of this folder that registers one."""

from sim.forecast.clusterings.base import Clustering, clusterings
from sim.registry import import_variants

__all__ = ["Clustering", "clusterings"]

import_variants(__name__, __path__)
