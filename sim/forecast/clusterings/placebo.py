"""Clusters that mean nothing, to compare others with."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from sim.arrays import Ints
from sim.errors import InputError
from sim.forecast.clusterings.base import Clustering, clusterings


@clusterings.register
@dataclass(frozen=True)
class Random(Clustering):
    """A seeded draw for each home, by its readings: homes have no names here, and no order."""

    name = "random"
    meaning = "equally large clusters drawn at random, as a placebo"
    source = "what clustering is compared with"
    discloses: ClassVar[str] = "homes show nothing for it"

    def check(self, net_wh: Ints, slots_per_day: int, clusters: int) -> None:  # noqa: ARG002
        """Refuse fewer homes than clusters."""
        if len(net_wh) < clusters:
            raise InputError(
                f"forecast.clusters = {clusters}: should be at most {len(net_wh)}, the number of homes"
            )

    def labels(self, net_wh: Ints, slots_per_day: int, clusters: int, seed: int) -> Sequence[int]:
        """By the order of what homes draw; sizes differ by one home at most."""
        self.check(net_wh, slots_per_day, clusters)
        drawn = _drawn(net_wh, seed)
        labels = [0] * len(drawn)
        for rank, home in enumerate(sorted(range(len(drawn)), key=drawn.__getitem__)):
            labels[home] = rank % clusters
        return labels

    def assign(
        self, newcomers_wh: Ints, net_wh: Ints, slots_per_day: int, clusters: int, seed: int
    ) -> Sequence[int]:
        """By a draw of its own, whatever the others drew."""
        self.check(net_wh, slots_per_day, clusters)
        return [int.from_bytes(draw, "big") % clusters for draw in _drawn(newcomers_wh, seed)]


def _drawn(net_wh: Ints, seed: int) -> list[bytes]:
    """Of each home a number that its readings and the seed give."""
    key = seed.to_bytes(8, "big")
    return [hashlib.blake2b(home.astype("<i8").tobytes(), key=key).digest() for home in net_wh]
