"""Metered readings of homes on a regular time grid."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

DAY_S = 24 * 60 * 60
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Missing:
    """Which readings are missing; in the readings themselves 0 stands there.

    load, pv:    shape (homes, slots); of homes without a column of PV none is missing
    temperature, irradiance: shape (slots,); None where the data have no such column
    """

    load: Flags
    pv: Flags
    temperature: Flags | None = None
    irradiance: Flags | None = None

    @property
    def of_homes(self) -> Flags:
        """Where a home's load or PV is missing: shape (homes, slots)."""
        return self.load | self.pv


@dataclass(frozen=True)
class Readings:
    """Load and PV of homes, slot by slot.

    homes:   names, in order
    start:   local time without daylight saving at which slot 0 begins
    slot_s:  length of a slot in seconds; divides a day
    load_wh: shape (homes, slots), Wh consumed, at least 0
    pv_wh:   shape (homes, slots), Wh generated, at least 0
    temperature_dc: shape (slots,), outside, in tenths of a degree Celsius; None where nothing is known of it
    irradiance_dw_m2: shape (slots,), of the sun, in tenths of W/m2, at least 0; None likewise
    missing: what of these was not measured; None where all was
    """

    homes: tuple[str, ...]
    start: datetime
    slot_s: int
    load_wh: NDArray[np.int64]
    pv_wh: NDArray[np.int64]
    temperature_dc: NDArray[np.int64] | None = None
    irradiance_dw_m2: NDArray[np.int64] | None = None
    missing: Missing | None = None

    @property
    def net_wh(self) -> NDArray[np.int64]:
        """Shape (homes, slots): load minus PV; positive wants to buy."""
        return self.load_wh - self.pv_wh

    @property
    def slots(self) -> int:
        """Length of the grid."""
        return int(self.load_wh.shape[1])

    @property
    def slots_per_day(self) -> int:
        """How many slots a day has."""
        return DAY_S // self.slot_s

    @property
    def end(self) -> datetime:
        """Local time at which the last slot ends."""
        return self.time_of(self.slots)

    def time_of(self, slot: int) -> datetime:
        """Local time at which a slot begins."""
        return self.start + timedelta(seconds=slot * self.slot_s)


def part(outdoors: NDArray[np.int64] | None, slots: slice) -> NDArray[np.int64] | None:
    """Some slots of what is measured outdoors, where it is."""
    return None if outdoors is None else outdoors[slots]
