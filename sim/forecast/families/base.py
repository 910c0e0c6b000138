"""What a model family is: from random parameters over a trained model to one in integers."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from sim.arrays import Floats, Ints
from sim.forecast.gate_inputs import Scaling
from sim.forecast.model import IntegerModel, RealModel, Shape
from sim.registry import Registry

if TYPE_CHECKING:  # torch takes seconds to load, and a registry is read by everything
    from torch import Tensor


class ModelFamily(ABC):
    """Models of one kind. Training works on readings brought to mean 0 and deviation 1.

    reads_hidden:  whether ``Shape.hidden`` is read
    solves:        whether parameters are solved for at once, and not trained round by round
    reads_file:    whether the model is the one in ``Shape.file``: nothing is trained, and ``nominal`` is it
    """

    name: ClassVar[str]
    meaning: ClassVar[str]
    source: ClassVar[str]
    reads_hidden: ClassVar[bool] = False
    solves: ClassVar[bool] = False
    reads_file: ClassVar[bool] = False

    def check(self, shape: Shape) -> None:  # noqa: B027
        """Raise InputError where there is no model of that shape."""

    @abstractmethod
    def initial(self, shape: Shape, seed: int) -> "list[Tensor]":
        """Parameters before training, float64."""

    @abstractmethod
    def predict(self, shape: Shape, parameters: "list[Tensor]", windows: "Tensor") -> "Tensor":
        """Forecasts of shape (samples, horizon) from numbers of shape (samples, inputs).

        Made of operations that torch.func.vmap takes: the models of many clients train at once as one batch.
        """

    @abstractmethod
    def fold(self, shape: Shape, parameters: "list[Tensor]", scaling: Scaling) -> RealModel:
        """The model of scaled numbers as one that takes whole numbers and gives Wh."""

    def solve(self, shape: Shape, clients: "Iterable[tuple[Tensor, Tensor]]") -> "list[Tensor]":
        """Parameters in one round: each client sums up its samples, and the sums are added.

        clients: of each its numbers, shape (samples, inputs), and its targets, shape (samples, horizon)
        """
        raise NotImplementedError

    def unrounded_wh(self, shape: Shape, numbers: Ints) -> Floats:
        """What the file itself forecasts, of numbers of shape (..., inputs): shape (..., horizon).

        Asked of families that read one.
        """
        raise NotImplementedError

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
