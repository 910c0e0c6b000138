"""What a clustering method is: homes whose readings are alike get the same label."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from sim.arrays import Ints
from sim.registry import Registry


class Clustering(ABC):
    """A way to divide homes into so many clusters, by readings before the first gate."""

    name: ClassVar[str]
    meaning: ClassVar[str]
    source: ClassVar[str]

    @abstractmethod
    def check(self, net_wh: Ints, slots_per_day: int, clusters: int) -> None:
        """Raise InputError where homes of these readings do not fall into so many clusters.

        Called before anything is trained, so as far as a glance at the readings tells.
        """

    @abstractmethod
    def labels(self, net_wh: Ints, slots_per_day: int, clusters: int, seed: int) -> Sequence[int]:
        """A label per home of ``net_wh``, shape (homes, slots): ``clusters`` different ones, in any order.

        All that is random comes from the seed. Raises InputError as ``check`` does.
        """


clusterings: Registry[Clustering] = Registry("clustering method", Clustering)  # type: ignore[type-abstract]
