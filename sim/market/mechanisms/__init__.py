"""The mechanisms that a scenario may name: every file of this folder that registers one."""

from sim.market.mechanisms.mechanism import Mechanism, mechanisms
from sim.registry import import_variants

__all__ = ["Mechanism", "mechanisms"]

import_variants(__name__, __path__)
