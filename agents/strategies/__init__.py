"""The strategies that homes may order by: every file of this folder that registers one."""

from importlib import import_module
from pkgutil import iter_modules

from agents.strategies.draws import DRAW_BITS, Draws
from agents.strategies.strategy import Cleared, Past, Strategy, View, strategies

__all__ = ["DRAW_BITS", "Cleared", "Draws", "Past", "Strategy", "View", "strategies"]

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
