"""Training regimes, by name."""

import sim.forecast.regimes.averaging  # noqa: F401  registers its regimes
from sim.forecast.regimes.base import Past, Regime, regimes

__all__ = ["Past", "Regime", "regimes"]
