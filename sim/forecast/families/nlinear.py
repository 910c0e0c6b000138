"""NLinear: how readings differ from the last one decides how what follows does."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.forecast.families.base import families
from sim.forecast.families.normalised import PUBLISHED, Normalised
from sim.forecast.model import Shape

if TYPE_CHECKING:
    from torch import Tensor


@families.register
@dataclass(frozen=True)
class NLinear(Normalised):
    """The last reading is taken off every reading, and put on every forecast."""

    name = "nlinear"
    meaning = "a linear model of how readings and forecasts differ from the last reading"
    source = PUBLISHED

    def matrix(self, shape: Shape, parameters: "list[Tensor]") -> "Tensor":
        """The last column makes up for the others."""
        import torch

        weight = parameters[0]
        rest = 1 - weight[:, : shape.lookback].sum(dim=1, keepdim=True)
        last = torch.zeros(shape.inputs, dtype=torch.float64)
        last[shape.lookback - 1] = 1
        return weight + rest * last

    def described(self, _shape: Shape) -> str:
        """In the words of its authors."""
        return "a linear model of differences from the last reading"
