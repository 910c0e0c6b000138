"""Linear models of readings that something linear was done to: each folds into one layer of a circuit."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.forecast.dense import RealDense
from sim.forecast.families.linear import Linear
from sim.forecast.gate_inputs import Scaling
from sim.forecast.model import Shape

if TYPE_CHECKING:
    from torch import Tensor

PUBLISHED = "Zeng, Chen, Zhang & Xu, Are Transformers Effective for Time Series Forecasting?, AAAI 2023"


@dataclass(frozen=True)
class Normalised(Linear):
    """What stands beside the readings enters as it is. Parameters begin with a weight and a bias."""

    @abstractmethod
    def matrix(self, shape: Shape, parameters: "list[Tensor]") -> "Tensor":
        """All of the model as one weight, shape (horizon, inputs)."""

    def predict(self, shape: Shape, parameters: "list[Tensor]", windows: "Tensor") -> "Tensor":
        """One product."""
        return windows @ self.matrix(shape, parameters).T + parameters[1]

    def fold(self, shape: Shape, parameters: "list[Tensor]", scaling: Scaling) -> RealDense:
        """As a linear model with that weight."""
        return super().fold(shape, [self.matrix(shape, parameters), parameters[1]], scaling)
