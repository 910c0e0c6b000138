"""Energy in whole Wh and exact parts of one, so that nothing is lost before the last rounding."""

from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray

from sim.imports.answers import Kind

PARTS = 3_600 * 10**9
"""Parts of a Wh: every unit, over every whole number of seconds, is a whole number of them."""
POWER_UNITS = {"W": 1, "kW": 10**3, "MW": 10**6}
ENERGY_UNITS = {"Wh": 1, "kWh": 10**3, "MWh": 10**6}
_BLOCK = 2**16
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Energy:
    """Amounts of energy: ``wh`` whole Wh, at or below, and 0 to PARTS - 1 ``parts`` above; shape (n,)."""

    wh: Integers
    parts: Integers

    def __add__(self, other: "Energy") -> "Energy":
        return _carried(self.wh + other.wh, self.parts + other.parts)

    def __neg__(self) -> "Energy":
        return _carried(-self.wh, -self.parts)

    def __sub__(self, other: "Energy") -> "Energy":
        return self + -other

    def __getitem__(self, places: NDArray[np.bool_] | Integers) -> "Energy":
        return Energy(self.wh[places], self.parts[places])

    @property
    def negative(self) -> NDArray[np.bool_]:
        """Which are below zero."""
        return self.wh < 0

    def where(self, chosen: NDArray[np.bool_]) -> "Energy":
        """The chosen ones, and zero in place of the others."""
        return Energy(np.where(chosen, self.wh, 0), np.where(chosen, self.parts, 0))

    def total(self) -> int:
        """Of all, in parts."""
        low = self.parts & 0xFFFFF  # two sums, so that none is too large for 64 bits
        return int(self.wh.sum()) * PARTS + (int((self.parts >> 20).sum()) << 20) + int(low.sum())

    def summed(self, groups: int) -> "Energy":
        """Of each so many in a row one sum."""
        return _carried(self.wh.reshape(-1, groups).sum(1), self.parts.reshape(-1, groups).sum(1))

    def rounded_wh(self, chosen: NDArray[np.bool_]) -> Integers:
        """Whole Wh of the chosen ones, 0 elsewhere; what rounding leaves is carried on, so that all together
        are off by half a Wh at most."""
        wh, parts, carry = np.where(chosen, self.wh, 0), np.where(chosen, self.parts, 0), PARTS // 2
        for start in range(0, len(wh), _BLOCK):
            block = slice(start, start + _BLOCK)
            so_far = carry + np.cumsum(parts[block])
            wh[block] += np.diff(so_far // PARTS, prepend=0)
            carry = int(so_far[-1]) % PARTS
        return wh


def none(count: int) -> Energy:
    """So many times no energy."""
    return Energy(np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64))


def energy_of(values: Integers, kind: Kind, unit: str, step_s: int) -> Energy:
    """Energy of values in 10^-9 of a unit, power over a step. Raises OverflowError where it is too large."""
    many = POWER_UNITS[unit] * step_s if kind == "power" else ENERGY_UNITS[unit] * 3_600
    common = gcd(many, PARTS)
    factor, whole = many // common, PARTS // common
    if len(values) and max(abs(int(values.max())), abs(int(values.min()))) > (2**63 - 1) // factor:
        raise OverflowError
    scaled = values * factor
    return Energy(scaled // whole, scaled % whole * common)


def kwh(parts: int) -> float:
    """In kWh, for display only."""
    return parts / PARTS / 1000


def _carried(wh: Integers, parts: Integers) -> Energy:
    return Energy(wh + parts // PARTS, parts % PARTS)
