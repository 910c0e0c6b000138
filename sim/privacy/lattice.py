"""Integer solutions of integer equations, near what is expected: the lattice attack.

Readings and hidden signals are integers, and so are weights. So an equation says more than the real number
that it fixes: of all real solutions only a lattice is left, the sparser the larger the weights. Where fewer
than one of its points is to be expected in the region where the unknowns lie, the point next to the middle
of the region is the truth.

Kernels are reduced by the algorithm of Lenstra, Lenstra and Lovasz (Mathematische Annalen 261, 1982), points
found by Babai's nearest plane (Combinatorica 6, 1986).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.arrays import Floats, Ints
from sim.privacy.belief import Belief
from sim.privacy.bids import Equations

LOVASZ, NEARLY_HALF = 0.9, 0.501  # above a half, or ties would go to and fro
HEAVIER = 2.0**10
LEAST = 1e-3
LARGEST = 2**50
"""What floating point still adds up exactly; attacks that come to more are given up."""
FARTHEST = 2**1000
MOST_STEPS, MOST_PASSES = 20_000, 100
"""Of a reduction, and of shortening one row: many times what they take while numbers are small enough."""
SURE_BITS = 20.0
"""A window is attacked where its equations leave less than 2^-20 of a wrong solution to be expected."""
MOST_EQUATIONS = 120
"""Equations taken into lattices per run, a few hundredths of a second each; after that, no new ones."""


class GivenUpError(Exception):
    """Equations depend on each other, or numbers have left what the attack can handle."""


@dataclass(frozen=True)
class Solutions:
    """The integer solutions of equations that were taken in one after the other.

    basis: shape (kernel, unknowns), reduced: integer vectors that change no equation
    steps: per equation its row, a vector that changes it and no earlier one, and by how much
    """

    basis: Ints
    steps: tuple[tuple[Ints, Ints, int], ...] = ()

    @classmethod
    def of_nothing(cls, unknowns: int) -> "Solutions":
        """Every integer vector."""
        return cls(np.eye(unknowns, dtype=np.int64))

    def with_equation(self, row: Ints, metric: Floats) -> "Solutions":
        """Those that meet one more equation.

        metric: shape (unknowns, unknowns), |x metric| is the length of x for which the kernel is reduced
        Raises GivenUpError, as where the others imply it.
        """
        basis, unknowns = np.column_stack([self.basis, self.basis @ row]), len(row)
        if not basis[:, -1].any() or np.abs(self.basis).max() > LARGEST // (unknowns * np.abs(row).max()):
            raise GivenUpError
        heavy = np.zeros((unknowns + 1, unknowns + 1))
        heavy[:-1, :-1], heavy[-1, -1] = metric, np.abs(metric).max()
        while np.count_nonzero(basis[:, -1]) > 1:
            heavy[-1, -1] *= HEAVIER
            basis = lll(basis, heavy)
        (moving,) = np.flatnonzero(basis[:, -1])
        vector = basis[moving] * np.sign(basis[moving, -1])
        kept = lll(np.delete(basis, moving, axis=0)[:, :-1], metric)
        return Solutions(kept, (*self.steps, (row, vector[:-1], int(vector[-1]))))

    def near(self, values: Ints, mean: Floats, metric: Floats) -> Ints | None:
        """The solution for these right-hand sides that nearest planes find next to the mean.

        None where no integer solves the equations.
        """
        point: Any = np.rint(mean).astype(np.int64).astype(object)  # Python's integers: no overflow
        for (row, vector, step), value in zip(self.steps, values.tolist(), strict=True):
            missing = value - int(row.astype(object) @ point)
            if missing % step:
                return None
            point = point + missing // step * vector.astype(object)
            if max(map(abs, point)) > FARTHEST:
                return None
        point = _towards(mean, point, self.basis, metric)
        return None if max(map(abs, point)) > LARGEST else point.astype(np.int64)


def free_bits(rows: Ints, covariance: Floats) -> Floats:
    """Binary logarithm of how many integer solutions are to be expected, after each of the equations.

    rows: shape (equations, unknowns); covariance: of a Gaussian, shape (unknowns, unknowns)
    The entropy of the unknowns less that of what the equations give of them, both in whole units. Far below
    0 there is one solution, the truth; a row with a divisor, or one that others imply, says less than this.
    """
    unknowns = len(covariance)
    root = np.linalg.cholesky(covariance)
    each = np.abs(np.diag(np.linalg.qr((rows @ root).T)[1]))  # deviation of an equation, given those before
    per_unit = np.log2(2 * np.pi * np.e) / 2
    all_of_them = unknowns * per_unit + np.log2(np.diag(root)).sum()
    bits: Floats = all_of_them - np.cumsum(per_unit + np.log2(np.maximum(each, LEAST)))
    return bits


def metric_of(covariance: Floats) -> Floats:
    """The metric in which a Gaussian is round."""
    metric: Floats = np.linalg.cholesky(np.linalg.inv(covariance))
    return metric


def lll(basis: Ints, metric: Floats) -> Ints:
    """A reduced basis of the same lattice; the length of a vector x is |x metric|.

    basis: shape (vectors, coordinates), independent rows. Raises GivenUpError.
    """
    basis, count = basis.copy(), len(basis)
    real = basis @ metric
    unit, length, triangle = np.zeros_like(real), np.zeros(count), np.zeros((count, count))
    k = steps = 0
    while k < count:
        steps += 1
        along = _shorten(basis, real, unit, triangle, length, metric, k)
        rest = real[k] - along @ unit[:k]
        rest = rest - (unit[:k] @ rest) @ unit[:k]
        length[k] = np.sqrt(rest @ rest)
        if steps > MOST_STEPS or not 0 < length[k] < np.inf:
            raise GivenUpError
        if k and length[k] ** 2 < LOVASZ * length[k - 1] ** 2 - along[-1] ** 2:
            for rows in (basis, real):
                rows[[k - 1, k]] = rows[[k, k - 1]]
            k -= 1
            continue
        unit[k] = rest / length[k]
        triangle[k, :k], triangle[k, k] = along, length[k]
        k += 1
    return basis


def _shorten(
    basis: Ints, real: Floats, unit: Floats, triangle: Floats, length: Floats, metric: Floats, k: int
) -> Floats:
    """Take whole multiples of earlier rows from row k; returns its components along their directions."""
    half = NEARLY_HALF * length[:k]
    for _ in range(MOST_PASSES):
        along: Floats = unit[:k] @ real[k]
        if (np.abs(along) <= half).all():
            return along
        for i in range(k - 1, -1, -1):
            if abs(along[i]) > half[i]:
                times = round(along[i] / length[i])
                basis[k] -= times * basis[i]
                along -= times * triangle[i, :k]
        if np.abs(basis[k]).max() > LARGEST:
            raise GivenUpError
        real[k] = basis[k] @ metric
    raise GivenUpError


def _towards(mean: Floats, point: Any, basis: Ints, metric: Floats) -> Any:
    """Move a point by vectors of the basis, nearest plane by plane, until none brings it nearer."""
    if not len(basis):
        return point
    orthogonal, triangle = np.linalg.qr((basis @ metric).T)
    exact = basis.astype(object)
    for _ in range(64):
        away = np.array([float(x) for x in point]) - mean
        along, moved = orthogonal.T @ (away @ metric), False
        for i in range(len(basis) - 1, -1, -1):
            times = round(along[i] / triangle[i, i])
            if times:
                moved = True
                along = along - times * triangle[:, i]
                point = point - times * exact[i]
        if not moved:
            break
    return point


class WindowLattices:
    """Solves windows from fewer equations than readings.

    Equations are taken in the order of how many windows have them, so that windows share most of their
    lattice, and only as many as it takes.
    """

    def __init__(self, bids: Iterable[Equations]) -> None:
        """bids: of all windows that are to be attacked"""
        self._uses = Counter(row.tobytes() for bid in bids if bid.layer == 0 for row in bid.rows)
        self._solutions: dict[tuple[bytes, ...], Solutions | None] = {}
        self.equations = 0

    def solve(self, bid: Equations, window: Belief, guess_wh: Floats) -> Ints | None:
        """A window's readings; None where too many solutions are left, or the attack is given up.

        window: what is believed without the bid; guess_wh: the middle of what is believed with it
        """
        names = [row.tobytes() for row in bid.rows]
        order = sorted(range(len(names)), key=lambda i: (-self._uses[names[i]], names[i]))
        enough = _enough(bid.rows[order], window.covariance)
        if enough is None:
            return None
        rows, metric = bid.rows[order[:enough]], metric_of(window.covariance)
        solutions = self._of(tuple(names[i] for i in order[:enough]), rows, metric)
        if solutions is None:
            return None
        return solutions.near(bid.values[order[:enough]], guess_wh, metric)

    def _of(self, names: tuple[bytes, ...], rows: Ints, metric: Floats) -> Solutions | None:
        """The solutions of these equations' left sides, from those of all but the last."""
        if not names:
            return Solutions.of_nothing(len(metric))
        if names not in self._solutions:
            before = self._of(names[:-1], rows[:-1], metric)
            if before is None or self.equations == MOST_EQUATIONS:
                return None
            self.equations += 1
            try:
                self._solutions[names] = before.with_equation(rows[-1], metric)
            except GivenUpError:
                self._solutions[names] = None
        return self._solutions[names]


def _enough(rows: Ints, covariance: Floats) -> int | None:
    """How many of the equations, from the first, leave one solution; None where all do not."""
    bits = free_bits(rows, covariance)
    sure = np.flatnonzero(bits <= -SURE_BITS)
    return int(sure[0]) + 1 if len(sure) else None
