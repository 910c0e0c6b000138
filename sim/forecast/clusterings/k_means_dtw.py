"""k-means with dynamic time warping, which forgives shifts in time."""

from dataclasses import dataclass

from sim.arrays import Floats
from sim.forecast.clusterings.base import clusterings
from sim.forecast.clusterings.by_shape import load_tslearn
from sim.forecast.clusterings.k_means import KMeans


@clusterings.register
@dataclass(frozen=True)
class KMeansDtw(KMeans):
    """Centres are barycentres of the warped days. Compiled at its first use, which takes ten seconds."""

    name = "k-means-dtw"
    meaning = "k-means on the homes' mean days, with dynamic time warping and its barycentres"
    source = "Petitjean, Ketterlin & Gancarski, Pattern Recognition 44, 2011, in tslearn"
    metric = "dtw"
    restarts = 3

    def distances(self, shapes: Floats, centres: Floats) -> Floats:
        """The square root of the least sum of squares over all ways to warp time."""
        apart: Floats = load_tslearn().metrics.cdist_dtw(shapes, centres)
        return apart
