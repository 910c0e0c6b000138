"""Ridge regression of reduced rank: few combinations of the window say all that a forecast says.

    B = (X'X + penalty I)^-1 X'Y,   forecast = x B V V'

V holds the leading eigenvectors of B'X'XB, the directions in which fitted values vary most: Mukherjee & Zhu,
Reduced rank ridge regression and its kernel extensions, Statistical Analysis and Data Mining 4, 2011.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.errors import InputError
from sim.forecast.families.base import families
from sim.forecast.families.dense import Dense
from sim.forecast.model import Shape
from sim.registry import parameter

if TYPE_CHECKING:
    from torch import Tensor


@families.register
@dataclass(frozen=True)
class Ridge(Dense):
    """Clients show sums of squares and products of scaled numbers, once; who trains where changes nothing.

    Columns and targets are centred, so that the intercept is not penalised.
    """

    name = "ridge"
    meaning = "linear regression with a ridge penalty, of the rank that forecast.hidden says, solved at once"
    source = "Mukherjee & Zhu, Statistical Analysis and Data Mining 4, 2011"
    reads_hidden = True
    solves = True
    relu = False
    penalty: float = parameter(100.0, "of squared weights, in samples", least=0.001, most=1e9)

    def check(self, shape: Shape) -> None:
        """Its rank is one number."""
        if len(shape.hidden) > 1:
            raise InputError(
                f'forecast.hidden = {list(shape.hidden)}: should be one number, the rank of family "ridge"'
            )

    def widths(self, shape: Shape) -> tuple[int, ...]:
        """No layer between where the rank is full."""
        full = min(shape.inputs, shape.horizon)
        return (shape.inputs, *(rank for rank in shape.hidden if rank < full), shape.horizon)

    def solve(self, shape: Shape, clients: "Iterable[tuple[Tensor, Tensor]]") -> "list[Tensor]":
        """As above; signs are fixed by the largest entry of each direction."""
        import torch

        size = shape.inputs + shape.horizon + 1
        sums = torch.zeros(size, size, dtype=torch.float64)
        for numbers, targets in clients:
            all_of_them = torch.cat([torch.ones_like(targets[:, :1]), numbers, targets], dim=1)
            sums += all_of_them.T @ all_of_them
        mean = sums[0] / sums[0, 0]
        about = sums - sums[0, 0] * torch.outer(mean, mean)
        x, y = slice(1, 1 + shape.inputs), slice(1 + shape.inputs, size)
        gram = about[x, x]
        penalty = self.penalty * torch.eye(len(gram), dtype=torch.float64)
        slope = torch.linalg.solve(gram + penalty, about[x, y])
        layers = [slope.T]
        if len(self.widths(shape)) > 2:
            rank = shape.hidden[0]
            directions = torch.linalg.eigh(slope.T @ gram @ slope).eigenvectors[:, -rank:]
            largest = directions.abs().argmax(dim=0)
            directions = directions * directions[largest, torch.arange(rank)].sign()
            layers = [(slope @ directions).T, directions]
            slope = slope @ directions @ directions.T
        biases = [torch.zeros(len(layer), dtype=torch.float64) for layer in layers]
        biases[-1] = mean[y] - mean[x] @ slope
        return [tensor for pair in zip(layers, biases, strict=True) for tensor in pair]

    def described(self, shape: Shape) -> str:
        """With its rank."""
        rank = min(*shape.hidden, shape.inputs, shape.horizon)
        return f"a ridge regression of rank {rank}"
