"""A training regime: homes that move like amounts of energy train one model together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.forecast.regimes import Past, Regime, regimes
from sim.registry import parameter


@regimes.register
@dataclass(frozen=True)
class BySize(Regime):
    """Homes in the order of their energy before the first gate, cut into tiers of equally many."""

    name = "by-size"
    meaning = "homes of like size train one model together, by federated averaging"
    source = "this file"
    tiers: int = parameter(2, "into how many tiers homes are cut", "tiers", least=1, most=64)

    def models(self, homes: int, _clusters: int) -> int:
        """One per tier."""
        return min(self.tiers, homes)

    def groups(self, past: Past) -> Sequence[int]:
        """The tier of each home."""
        energy_wh = np.abs(past.history_wh).sum(axis=1)
        rank = np.argsort(np.argsort(energy_wh, kind="stable"))
        homes = len(energy_wh)
        tiers: list[int] = (rank * self.models(homes, past.clusters) // homes).tolist()
        return tiers
