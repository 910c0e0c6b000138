"""k-medoids: centres are homes."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.arrays import Floats, Ints
from sim.errors import InputError
from sim.forecast.clusterings.base import clusterings
from sim.forecast.clusterings.by_shape import ByShape, load_tslearn
from sim.forecast.clusterings.shapes import Shapes

MOST_HOMES = 2_000
"""Each is compared with each: four million times."""


@clusterings.register
@dataclass(frozen=True)
class KMedoids(ByShape):
    """By dynamic time warping, of trend and mean days each on its own, as in the authors' code.

    The medoids are found by the exact algorithm, PAM, which draws nothing: the seed has no influence.
    """

    name = "k-medoids"
    meaning = "k-medoids (PAM) on the homes' mean days, at their distances by dynamic time warping"
    source = "Kaufman & Rousseeuw, Finding Groups in Data, 1990, in banditpam; distances of tslearn"
    discloses: ClassVar[str] = (
        ByShape.discloses + "; a cluster's centre is one home's, and every newcomer is compared with it"
    )

    def centres(self, shapes: Floats, clusters: int, _seed: int) -> Floats:
        """The shapes of homes that have the least sum of distances to the homes around them."""
        from banditpam import KMedoids as Pam

        method = Pam(n_medoids=clusters, algorithm="PAM", parallelize=False)
        method.fit(shapes, "L2", dist_mat=self.distances(shapes, shapes))
        medoids: Floats = shapes[np.asarray(method.medoids, dtype=int)]
        return medoids

    def distances(self, shapes: Floats, centres: Floats) -> Floats:
        """The root of the sum of the squares of both."""
        at, metrics = self.trend, load_tslearn().metrics
        parts = [(shapes[:, :at], centres[:, :at]), (shapes[:, at:], centres[:, at:])]
        squares = [np.square(metrics.cdist_dtw(one, other)) for one, other in parts if one.size]
        apart: Floats = np.sqrt(np.sum(squares, axis=0))
        return apart

    def _shapes(self, net_wh: Ints, slots_per_day: int, clusters: int) -> Shapes:
        if len(net_wh) > MOST_HOMES:
            raise InputError(
                f'forecast.clustering = "{self.name}": compares each home with each, so there should be '
                f"at most {MOST_HOMES:,}; there are {len(net_wh):,}"
            )
        return super()._shapes(net_wh, slots_per_day, clusters)
