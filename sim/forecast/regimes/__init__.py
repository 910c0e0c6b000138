"""Training regimes, by name: every file of this folder that registers one."""

from sim.forecast.regimes.base import Past, Regime, regimes
from sim.registry import import_variants

__all__ = ["Past", "Regime", "regimes"]

import_variants(__name__, __path__)
