"""The regimes that zkPET compares: alone, together, together in clusters, or on pooled readings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.forecast.regimes.base import Past, Regime, regimes

if TYPE_CHECKING:
    from torch import Tensor

_FEDERATED = "McMahan et al., AISTATS 2017"


@regimes.register
@dataclass(frozen=True)
class Clustered(Regime):
    """A model per cluster of homes whose days are alike."""

    name = "clustered"
    meaning = "homes of a cluster train one model together, by federated averaging"
    source = "Fan, Sohrabbeig & Musilek, Internet of Things 32, 2025"
    clusters_homes = True

    def models(self, _homes: int, clusters: int) -> int:
        """One per cluster."""
        return clusters

    def groups(self, past: Past) -> Sequence[int]:
        """By the scenario's clustering method."""
        return past.clustering.labels(past.history_wh, past.slots_per_day, past.clusters, past.seed)


@regimes.register
@dataclass(frozen=True)
class Federated(Regime):
    """One model for all."""

    name = "federated"
    meaning = "all homes train one model together, by federated averaging"
    source = _FEDERATED

    def models(self, _homes: int, _clusters: int) -> int:
        """One."""
        return 1

    def groups(self, past: Past) -> Sequence[int]:
        """All in one."""
        return (0,) * len(past.history_wh)


@regimes.register
@dataclass(frozen=True)
class Centralised(Federated):
    """One model for all, by somebody who sees all readings."""

    name = "centralised"
    meaning = "one model is trained on the pooled readings of all homes"
    source = "what federated averaging is compared with"

    def clients(self, samples: "Tensor") -> "Tensor":
        """All homes are one client."""
        return samples.flatten(0, 1)[None]


@regimes.register
@dataclass(frozen=True)
class Local(Regime):
    """Nobody shares anything."""

    name = "local"
    meaning = "every home trains a model of its own"
    source = "what federated averaging is compared with"

    def models(self, homes: int, _clusters: int) -> int:
        """One per home."""
        return homes

    def groups(self, past: Past) -> Sequence[int]:
        """Each its own."""
        return range(len(past.history_wh))
