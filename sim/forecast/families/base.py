"""What a model family is: from random parameters over a trained model to one in integers."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from sim.forecast.model import IntegerModel, RealModel, Shape
from sim.registry import Registry

if TYPE_CHECKING:  # torch takes seconds to load, and a registry is read by everything
    from torch import Tensor


class ModelFamily(ABC):
    """Models of one kind. Training works on readings brought to mean 0 and deviation 1.

    reads_hidden: whether ``Shape.hidden`` is read
    """

    name: ClassVar[str]
    meaning: ClassVar[str]
    source: ClassVar[str]
    reads_hidden: ClassVar[bool] = False

    @abstractmethod
    def initial(self, shape: Shape, seed: int) -> "list[Tensor]":
        """Parameters before training, float64."""

    @abstractmethod
    def predict(self, parameters: "list[Tensor]", windows: "Tensor") -> "Tensor":
        """Forecasts of shape (samples, horizon) from windows of shape (samples, lookback).

        Made of operations that torch.func.vmap takes: the models of many clients train at once as one batch.
        """

    @abstractmethod
    def fold(self, shape: Shape, parameters: "list[Tensor]", mean_wh: float, std_wh: float) -> RealModel:
        """The model that takes and gives Wh, of one that takes and gives (Wh - mean) / std."""

    @abstractmethod
    def nominal(self, shape: Shape) -> RealModel:
        """A model with constants of ordinary size, to be costed before anything is trained.

        The JSON of every model of the shape has as many numbers in the same places as this one's.
        """

    @abstractmethod
    def read(self, content: Mapping[str, Any]) -> IntegerModel:
        """A model from its parsed JSON; from anything else it raises what comes."""

    @abstractmethod
    def described(self, shape: Shape) -> str:
        """A model of the shape in a few words, as "a linear model"."""


families: Registry[ModelFamily] = Registry("model family", ModelFamily)  # type: ignore[type-abstract]
