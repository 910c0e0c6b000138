"""Model families, by name."""

import sim.forecast.families.dense  # noqa: F401  registers its families
from sim.forecast.families.base import ModelFamily, families

__all__ = ["ModelFamily", "families"]
