"""How well homes fall into clusters, by number of clusters."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats, Ints
from sim.errors import InputError
from sim.forecast.clusterings import Clustering

MOST_HOMES = 5_000
"""Each is compared with each, in numbers that take 200 MB."""


@dataclass(frozen=True)
class ClusterScore:
    """Of so many clusters.

    silhouette: mean over homes, from -1 to 1: how much nearer a home is to its own cluster than to the next;
                None for one cluster, or one of each home
    inertia:    sum of squared distances to the mean of the cluster, where distances are Euclidean; of any
                distance, half the sum within each cluster of all squares, divided by its homes
    sizes:      homes of each cluster, the largest first
    """

    clusters: int
    silhouette: float | None
    inertia: float
    sizes: tuple[int, ...]


def cluster_scores(
    method: Clustering, net_wh: Ints, slots_per_day: int, counts: Iterable[int], seed: int
) -> list[ClusterScore]:
    """The scores of a method at each number of clusters; those that homes do not fall into are left out.

    Raises InputError where they fall into none of them.
    """
    if len(net_wh) > MOST_HOMES:
        raise InputError(
            f"{len(net_wh):,} homes cannot each be compared with each: at most {MOST_HOMES:,} can"
        )
    apart = method.dissimilarities(net_wh, slots_per_day)
    np.fill_diagonal(apart, 0)
    scores, refused = list[ClusterScore](), InputError("clusters: there should be a number of them")
    for clusters in counts:
        try:
            labels = np.array(method.labels(net_wh, slots_per_day, clusters, seed))
        except InputError as error:
            refused = error
        else:
            scores.append(_score(apart, labels))
    if not scores:
        raise refused
    return scores


def _score(apart: Floats, labels: Ints) -> ClusterScore:
    from sklearn.metrics import silhouette_score

    of_cluster = [labels == label for label in np.unique(labels)]
    sizes = sorted((int(members.sum()) for members in of_cluster), reverse=True)
    within = [
        np.square(apart[np.ix_(members, members)]).sum() / (2 * members.sum()) for members in of_cluster
    ]
    scored = 1 < len(sizes) < len(labels)
    silhouette = float(silhouette_score(apart, labels, metric="precomputed")) if scored else None
    return ClusterScore(len(sizes), silhouette, float(sum(within)), tuple(sizes))
