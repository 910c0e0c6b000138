"""What a training regime is: which homes share a model, and who sees whose readings."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from sim.arrays import Ints
from sim.forecast.clusterings import Clustering
from sim.registry import Registry

if TYPE_CHECKING:  # torch takes seconds to load, and a registry is read by everything
    from torch import Tensor


@dataclass(frozen=True)
class Past:
    """What homes are grouped by.

    history_wh: shape (homes, slots), readings up to the end of the run's first window
    clusters:   how many the scenario asks for, of the method ``clustering``; seed: for what is random in it
    """

    history_wh: Ints
    slots_per_day: int
    clusters: int
    clustering: Clustering
    seed: int


class Regime(ABC):
    """A way to train; ``meaning`` is a clause, for reports.

    clusters_homes: whether the scenario's clusters and clustering method are read
    """

    name: ClassVar[str]
    meaning: ClassVar[str]
    source: ClassVar[str]
    clusters_homes: ClassVar[bool] = False

    @abstractmethod
    def models(self, homes: int, clusters: int) -> int:
        """How many models are trained, whatever the readings; ``clusters``: as the scenario has it."""

    @abstractmethod
    def groups(self, past: Past) -> Sequence[int]:
        """A label per home: those with the same train one model. As many different ones as ``models`` says.

        Raises InputError where the homes do not fall into so many.
        """

    def clients(self, samples: "Tensor") -> "Tensor":
        """Of a group's samples, shape (homes, gates, numbers), those of each client of federated averaging.

        Clients have equally many. Unless it says otherwise, each home is one, and shows nobody its readings.
        """
        return samples


regimes: Registry[Regime] = Registry("training regime", Regime)  # type: ignore[type-abstract]
