"""What methods have in common that compare the shapes of homes' days."""

import warnings
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from threadpoolctl import threadpool_limits

from sim.arrays import Floats, Ints
from sim.errors import InputError
from sim.forecast.clusterings.base import Clustering
from sim.forecast.clusterings.shapes import Shapes, shapes_of
from sim.registry import parameter


@dataclass(frozen=True)
class ByShape(Clustering):
    """Clusters around centres: a home belongs to the nearest.

    Trend and mean days of several seasons follow the decomposition in the code of Fan, Sohrabbeig & Musilek,
    which has moving averages where these have means of equal parts.
    """

    discloses: ClassVar[str] = (
        "homes show their mean days at one size, and any trend compared, to whoever finds the clusters"
    )
    seasons: int = parameter(1, "equal parts of the history, each with a mean day", least=1, most=12)
    trend: int = parameter(
        0, "equal parts of the history whose means are compared as well", least=0, most=520
    )

    @abstractmethod
    def centres(self, shapes: Floats, clusters: int, seed: int) -> Floats:
        """Centres of so many clusters, shape (clusters, numbers), of shapes in an order of their own."""

    @abstractmethod
    def distances(self, shapes: Floats, centres: Floats) -> Floats:
        """From each shape to each centre, shape (shapes, centres)."""

    def check(self, net_wh: Ints, slots_per_day: int, clusters: int) -> None:
        """Refuse fewer homes, or fewer different shapes, than clusters, and too short a history."""
        self._shapes(net_wh, slots_per_day, clusters)

    def labels(self, net_wh: Ints, slots_per_day: int, clusters: int, seed: int) -> Sequence[int]:
        """By the nearest centre; no cluster is empty."""
        return self.assign(net_wh, net_wh, slots_per_day, clusters, seed)

    def assign(
        self, newcomers_wh: Ints, net_wh: Ints, slots_per_day: int, clusters: int, seed: int
    ) -> Sequence[int]:
        """By the nearest of the centres that homes of ``net_wh`` have."""
        shapes = self._shapes(net_wh, slots_per_day, clusters).values
        newcomers = self._shapes(newcomers_wh, slots_per_day, 1).values
        with threadpool_limits(1):  # sums come in one order, whatever the machine
            in_order = shapes[np.lexsort(shapes.T[::-1])]
            centres = self.centres(in_order, clusters, seed)
            found = self.distances(shapes, centres).argmin(axis=1)
            labels: list[int] = self.distances(newcomers, centres).argmin(axis=1).tolist()
        if len(np.unique(found)) < clusters:
            raise InputError(
                f"forecast.clusters = {clusters}: {len(net_wh)} homes do not fall into that many by "
                f'"{self.name}"; use fewer, or another method'
            )
        return labels

    def dissimilarities(self, net_wh: Ints, slots_per_day: int) -> Floats:
        """By the distance that the method has."""
        shapes = self._shapes(net_wh, slots_per_day, 1).values
        return self.distances(shapes, shapes)

    def _shapes(self, net_wh: Ints, slots_per_day: int, clusters: int) -> Shapes:
        """Those of the homes. Raises InputError where fewer than so many are different."""
        shapes = shapes_of(net_wh, slots_per_day, self.seasons, self.trend)
        different = shapes.different(clusters)
        if different < clusters:
            raise InputError(
                f"forecast.clusters = {clusters}: should be at most {different}, the number of homes whose "
                "mean days differ by a Wh or more in a slot, whatever their size"
            )
        return shapes


def load_tslearn() -> Any:
    """The library, loaded when it is needed: that takes seconds."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="h5py not installed")
        import tslearn
        import tslearn.clustering
        import tslearn.metrics
    return tslearn
