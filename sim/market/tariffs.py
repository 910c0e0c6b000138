"""Tariffs of the utility: what a home pays for energy from the grid and gets for energy fed in."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MINUTES_PER_DAY = 24 * 60


@dataclass(frozen=True)
class Tariff:
    """A price by time of day: ``steps`` of (minute of day, price in nano-$ per Wh), the first at minute 0."""

    steps: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        starts = [minute for minute, _ in self.steps]
        if not starts or starts[0] != 0 or starts != sorted(set(starts)) or starts[-1] >= MINUTES_PER_DAY:
            raise ValueError("a tariff needs rising start times within a day, the first at 00:00")

    @classmethod
    def flat(cls, price: int) -> "Tariff":
        """One price all day."""
        return cls(((0, price),))

    def at(self, minute_of_day: int) -> int:
        """The price in force at a minute of the day."""
        return max(step for step in self.steps if step[0] <= minute_of_day)[1]


@dataclass(frozen=True)
class HomeTariffs:
    """The two tariffs of one home."""

    retail: Tariff
    feed_in: Tariff


@dataclass(frozen=True)
class TariffTable:
    """All homes' tariffs over the slots of a day.

    A period is a set of slots of the day in which no home's tariffs change; the meter posts its totals by
    period, so that the ledger can price them without seeing single slots.

    period_of_day_slot: shape (slots of a day,), the period each slot of the day belongs to
    retail, feed_in:    shape (homes, periods), nano-$ per Wh
    """

    period_of_day_slot: NDArray[np.int64]
    retail: NDArray[np.int64]
    feed_in: NDArray[np.int64]

    @property
    def periods(self) -> int:
        """How many periods the day has."""
        return int(self.retail.shape[1])

    def periods_of(self, slots: NDArray[np.int64]) -> NDArray[np.int64]:
        """The period of each slot; ``slots`` count from a midnight."""
        return self.period_of_day_slot[slots % len(self.period_of_day_slot)]


def tariff_table(homes: Sequence[HomeTariffs], slots_per_day: int) -> TariffTable:
    """Tabulate tariffs by slot of the day, merging slots in which every home has the same prices."""
    minutes = [slot * MINUTES_PER_DAY // slots_per_day for slot in range(slots_per_day)]
    columns = [tuple((home.retail.at(m), home.feed_in.at(m)) for home in homes) for m in minutes]
    distinct = list(dict.fromkeys(columns))
    prices = np.array(distinct, dtype=np.int64)  # (periods, homes, 2)
    return TariffTable(
        period_of_day_slot=np.array([distinct.index(column) for column in columns], dtype=np.int64),
        retail=prices[:, :, 0].T.copy(),
        feed_in=prices[:, :, 1].T.copy(),
    )
