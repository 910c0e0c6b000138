"""Model families, by name: every file of this folder that registers one."""

from sim.forecast.families.base import ModelFamily, families
from sim.registry import import_variants

__all__ = ["ModelFamily", "families"]

import_variants(__name__, __path__)
