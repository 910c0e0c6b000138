"""DLinear: trend and rest of the window each have a weight of their own."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.forecast.families.base import families
from sim.forecast.families.normalised import PUBLISHED, Normalised
from sim.forecast.model import Shape

if TYPE_CHECKING:
    from torch import Tensor

KERNEL = 25
"""Readings of the moving average, as published; ends are repeated."""


@families.register
@dataclass(frozen=True)
class DLinear(Normalised):
    """Parameters end with the weight of the trend, shape (horizon, lookback)."""

    name = "dlinear"
    meaning = "a linear model of the window's moving average, and one of the rest"
    source = PUBLISHED

    def initial(self, shape: Shape, seed: int) -> "list[Tensor]":
        """As a linear model, the trend's weight like that of the rest."""
        weight, bias = super().initial(shape, seed)
        return [weight, bias, weight[:, : shape.lookback].clone()]

    def matrix(self, shape: Shape, parameters: "list[Tensor]") -> "Tensor":
        """The two weights, each times what it is of."""
        import torch

        trend = _moving_average(shape.lookback)
        rest, beside = parameters[0][:, : shape.lookback], parameters[0][:, shape.lookback :]
        of_readings = parameters[2] @ trend + rest @ (torch.eye(shape.lookback, dtype=torch.float64) - trend)
        return torch.cat([of_readings, beside], dim=1)

    def described(self, _shape: Shape) -> str:
        """In the words of its authors."""
        return "a linear model of trend and rest"


def _moving_average(lookback: int) -> "Tensor":
    """Row t averages the readings around t: shape (lookback, lookback)."""
    import torch

    around = torch.arange(lookback)[:, None] + torch.arange(KERNEL) - KERNEL // 2
    share = torch.full(around.shape, 1 / KERNEL, dtype=torch.float64)
    matrix = torch.zeros(lookback, lookback, dtype=torch.float64)
    return matrix.scatter_add(1, around.clamp(0, lookback - 1), share)
