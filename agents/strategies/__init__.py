"""The strategies that homes may order by: every file of this folder that registers one."""

from agents.strategies.draws import DRAW_BITS, Draws
from agents.strategies.strategy import Cleared, Past, Strategy, View, strategies
from sim.registry import import_variants

__all__ = ["DRAW_BITS", "Cleared", "Draws", "Past", "Strategy", "View", "strategies"]

import_variants(__name__, __path__, first=("truthful", "zic", "ziu"))  # before those that learn
