"""k-means: centres are means."""

from dataclasses import dataclass
from typing import ClassVar

from sim.arrays import Floats
from sim.forecast.clusterings.base import clusterings
from sim.forecast.clusterings.by_shape import ByShape, load_tslearn


@clusterings.register
@dataclass(frozen=True)
class KMeans(ByShape):
    """By the Euclidean distance, as days share one clock.

    metric: tslearn's name for the distance; restarts: of which the best is taken
    """

    name = "k-means"
    meaning = "k-means on the homes' mean days, brought to one size"
    source = "Lloyd, IEEE Transactions on Information Theory 28, 1982, in tslearn"
    metric: ClassVar[str] = "euclidean"
    restarts: ClassVar[int] = 10

    def centres(self, shapes: Floats, clusters: int, seed: int) -> Floats:
        """The best of several tries from other beginnings."""
        kmeans = load_tslearn().clustering.TimeSeriesKMeans(
            clusters,
            metric=self.metric,
            metric_params=self.metric_params(),
            n_init=self.restarts,
            random_state=seed,
        )
        centres: Floats = kmeans.fit(shapes[:, :, None]).cluster_centers_[:, :, 0]
        return centres

    def metric_params(self) -> dict[str, float]:
        """What tslearn has to know of the distance."""
        return {}

    def distances(self, shapes: Floats, centres: Floats) -> Floats:
        """Euclidean."""
        from scipy.spatial.distance import cdist

        apart: Floats = cdist(shapes, centres)
        return apart
