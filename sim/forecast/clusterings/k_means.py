"""Clusters of homes whose days have the same shape."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Ints
from sim.errors import InputError
from sim.forecast.clusterings.base import Clustering, clusterings

RESTARTS = 10


@clusterings.register
@dataclass(frozen=True)
class KMeans(Clustering):
    """k-means on profiles brought to mean 0 and variance 1, so that shape decides, not size.

    Profiles share one clock, so the distance is Euclidean; DTW would forgive shifts in time, and takes
    seconds to compile.
    """

    name = "k-means"
    meaning = "k-means on the homes' mean days, brought to one size"
    source = "Lloyd, IEEE Transactions on Information Theory 28, 1982, in tslearn"

    def check(self, net_wh: Ints, slots_per_day: int, clusters: int) -> None:
        """Refuse fewer homes, or fewer different mean days, than clusters, and less history than a day."""
        _clusterable_shapes(net_wh, slots_per_day, clusters)

    def labels(self, net_wh: Ints, slots_per_day: int, clusters: int, seed: int) -> Sequence[int]:
        """By the mean day over ``net_wh``; no cluster is empty."""
        shapes = _clusterable_shapes(net_wh, slots_per_day, clusters)
        tslearn = load_tslearn()
        kmeans = tslearn.clustering.TimeSeriesKMeans(clusters, n_init=RESTARTS, random_state=seed)
        try:
            labels: list[int] = kmeans.fit_predict(shapes[:, :, None]).tolist()
        except tslearn.clustering.EmptyClusterError:
            raise InputError(
                f"forecast.clusters = {clusters}: {len(net_wh)} homes do not fall into that many; use fewer"
            ) from None
        return labels


def _clusterable_shapes(net_wh: Ints, slots_per_day: int, clusters: int) -> NDArray[np.float64]:
    """The homes' mean days brought to mean 0 and variance 1, shape (homes, slots of a day)."""
    shapes = _shapes(_total_days(net_wh, slots_per_day))
    different = len(np.unique(shapes, axis=0))
    if different < clusters:
        raise InputError(
            f"forecast.clusters = {clusters}: should be at most {different}, "
            "the number of different mean days of the homes, whatever their size"
        )
    return shapes


def _total_days(net_wh: Ints, slots_per_day: int) -> Ints:
    """The last whole days of each home added up: shape (homes, slots of a day), Wh."""
    homes, slots = net_wh.shape
    days = slots // slots_per_day
    if not days:
        raise InputError(
            f"time.start: clustering needs a day of history, {slots_per_day} slots; there are {slots}"
        )
    whole_days = net_wh[:, slots - days * slots_per_day :].reshape(homes, days, slots_per_day)
    total: Ints = whole_days.sum(axis=1)
    return total


def _shapes(total_days: Ints) -> NDArray[np.float64]:
    """Days brought to mean 0 and variance 1, flat ones to 0: shape (homes, slots of a day).

    What is above or below the mean is divided out in integers first: days of one shape have the same floats,
    and rounding gives no flat day a shape.
    """
    beyond = total_days.shape[1] * total_days - total_days.sum(axis=1, keepdims=True)
    beyond //= np.maximum(np.gcd.reduce(beyond, axis=1, keepdims=True), 1)
    deviation = np.sqrt(np.square(beyond.astype(np.float64)).mean(axis=1, keepdims=True))
    shapes: NDArray[np.float64] = beyond / np.where(deviation, deviation, 1)
    return shapes


def load_tslearn() -> Any:
    """The library, loaded when it is needed: that takes seconds."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="h5py not installed")
        import tslearn
        import tslearn.clustering
    return tslearn
