"""What a clustering method is: homes whose readings are alike get the same label."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from sim.arrays import Floats, Ints
from sim.errors import InputError
from sim.forecast.clusterings.shapes import shapes_of
from sim.registry import Registry


class Clustering(ABC):
    """A way to divide homes into so many clusters, by readings before the first gate.

    Readings have shape (homes, slots), Wh. All that is random comes from the seed, and no order of homes has
    any influence but on how clusters are numbered.

    discloses: what homes show for it, and to whom: a clause, for reports
    """

    name: ClassVar[str]
    meaning: ClassVar[str]
    source: ClassVar[str]
    discloses: ClassVar[str] = "homes show all their readings to whoever finds the clusters"

    @abstractmethod
    def check(self, net_wh: Ints, slots_per_day: int, clusters: int) -> None:
        """Raise InputError where homes of these readings do not fall into so many clusters.

        Called before anything is trained, so as far as a glance at the readings tells.
        """

    @abstractmethod
    def labels(self, net_wh: Ints, slots_per_day: int, clusters: int, seed: int) -> Sequence[int]:
        """A label per home, ``clusters`` different ones. Raises InputError as ``check`` does."""

    def assign(
        self,
        newcomers_wh: Ints,
        net_wh: Ints,
        slots_per_day: int,
        clusters: int,
        seed: int,
    ) -> Sequence[int]:
        """A label per home that is not among those of ``net_wh``: of their clusters, where it belongs.

        The labels are those of ``labels``. Raises InputError where the method has no way to tell.
        """
        del newcomers_wh, net_wh, slots_per_day, clusters, seed
        raise InputError(f'forecast.clustering = "{self.name}": does not say where newcomers belong')

    def dissimilarities(self, net_wh: Ints, slots_per_day: int) -> Floats:
        """How far apart homes are: shape (homes, homes), symmetric. By default of mean days of one size."""
        from scipy.spatial.distance import cdist

        shapes = shapes_of(net_wh, slots_per_day).values
        apart: Floats = cdist(shapes, shapes)
        return apart


clusterings: Registry[Clustering] = Registry("clustering method", Clustering)  # type: ignore[type-abstract]
