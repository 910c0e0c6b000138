"""k-means with a smooth form of dynamic time warping."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats, Ints
from sim.forecast.clusterings.base import clusterings
from sim.forecast.clusterings.by_shape import load_tslearn
from sim.forecast.clusterings.k_means import KMeans
from sim.registry import parameter


@clusterings.register
@dataclass(frozen=True)
class KMeansSoftDtw(KMeans):
    """All ways to warp time count, and the better ones more. Compiled at its first use, as k-means-dtw is.

    One beginning: tslearn chooses among several by squares of this distance, which is often negative.
    """

    name = "k-means-soft-dtw"
    meaning = "k-means on the homes' mean days, with soft dynamic time warping and its barycentres"
    source = "Cuturi & Blondel, International Conference on Machine Learning, 2017, in tslearn"
    metric = "softdtw"
    restarts = 1
    gamma: float = parameter(0.01, "how smooth the warping is", least=0.001, most=1)

    def metric_params(self) -> dict[str, float]:
        """The smoothness."""
        return {"gamma": self.gamma}

    def distances(self, shapes: Floats, centres: Floats) -> Floats:
        """The soft minimum of the sums of squares over all ways to warp time."""
        apart: Floats = load_tslearn().metrics.cdist_soft_dtw(shapes, centres, gamma=self.gamma)
        return apart

    def dissimilarities(self, net_wh: Ints, slots_per_day: int) -> Floats:
        """The root of the divergence of this distance, which is 0 from a home to itself."""
        apart = super().dissimilarities(net_wh, slots_per_day)
        own = np.diag(apart)
        divergence: Floats = apart - (own[:, None] + own) / 2
        return np.sqrt(np.maximum(divergence, 0))
