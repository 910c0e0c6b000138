"""What forecasts are made from beside readings, by name: every file of this folder that registers one."""

from sim.forecast.inputs.base import Clock, Computed, Input, Public, inputs
from sim.registry import import_variants

__all__ = ["Clock", "Computed", "Input", "Public", "inputs"]

import_variants(__name__, __path__)
