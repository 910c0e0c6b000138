"""What would have been: the same homes and readings, with one thing done otherwise. Nothing here happened."""

from sim.outputs.counterfactual.effect import Effect
from sim.outputs.counterfactual.unverified import Counterfactual, counterfactuals

__all__ = ["Counterfactual", "Effect", "counterfactuals"]
