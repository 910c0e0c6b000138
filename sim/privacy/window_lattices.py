"""The lattice attack on windows: which equations to take, and lattices shared by the windows of a model."""

from collections import Counter
from collections.abc import Iterable

import numpy as np

from sim.arrays import Floats, Ints
from sim.privacy.belief import Belief
from sim.privacy.bids import Equations
from sim.privacy.lattice import GivenUpError, Solutions, free_bits, metric_of

SURE_BITS = 20.0
"""A window is attacked where its equations leave less than 2^-20 of a wrong solution to be expected."""
MOST_STEPS = 120
"""Equations taken into lattices per run, a few hundredths of a second each; after that, no new ones."""


class WindowLattices:
    """Solves windows from fewer equations than readings.

    Equations are taken in the order of how many windows have them, so that windows share most of their
    lattice, and only as many as it takes.
    """

    def __init__(self, bids: Iterable[Equations]) -> None:
        """bids: of all windows that are to be attacked"""
        self._uses = Counter(row.tobytes() for bid in bids if bid.layer == 0 for row in bid.rows)
        self._solutions: dict[tuple[bytes, ...], Solutions | None] = {}
        self.steps = 0

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
            if before is None or self.steps == MOST_STEPS:
                return None
            self.steps += 1
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
