"""Gaussian beliefs: least squares with a prior."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.arrays import Bools, Floats

ROUNDING = 1e-10
"""Share of an equation's own variance that is taken for rounding, so that dependent ones do no harm."""

LEAST = 0.01
"""Deviation per unit of an equation, below which it says nothing new: unknowns are integers."""


@dataclass(frozen=True)
class Told:
    """Equations about unknowns, each in units of its own deviation, before anything is concluded.

    new:      shape (equations,), whether one says something new; what follows is of these alone
    shared:   shape (new, unknowns), covariance with the unknowns
    own:      shape (new, new), covariance with each other
    surprise: shape (new,), how far values are from what was believed
    """

    new: Bools
    shared: Floats
    own: Floats
    surprise: Floats

    def shift(self, of: slice, used: Bools) -> Floats:
        """How far the best estimate of some unknowns moves, given the equations that are used."""
        there = used[self.new]
        moved: Floats = self.shared[there, of].T @ np.linalg.solve(
            self.own[np.ix_(there, there)], self.surprise[there]
        )
        return moved


@dataclass(frozen=True)
class Belief:
    """Mean, shape (unknowns,), and covariance, shape (unknowns, unknowns)."""

    mean: Floats
    covariance: Floats

    def given(self, rows: Floats, values: Floats, noise: Floats | None = None) -> "Belief":
        """With ``rows @ unknowns = values`` known: the best linear estimate, and what is left to know.

        noise: shape (equations, equations), covariance of the equations' errors; None where they are exact
        """
        told = self.told(rows, values, noise)
        gain = np.linalg.solve(told.own, told.shared).T
        return Belief(self.mean + gain @ told.surprise, self.covariance - gain @ told.shared)

    def told(self, rows: Any, values: Floats, noise: Floats | None = None) -> Told:
        """What equations have to do with the unknowns; rows may be sparse."""
        shared = rows @ self.covariance
        own = (rows @ shared.T).T + (0 if noise is None else noise)
        spread = np.sqrt(np.maximum(np.diag(own), 0))
        new = spread > LEAST * np.sqrt((rows * rows).sum(axis=1))
        scale, shared, own = spread[new, None], shared[new], own[np.ix_(new, new)]
        own = own / scale / scale.T + ROUNDING * np.eye(len(own))
        return Told(new, shared / scale, own, (values - rows @ self.mean)[new] / scale[:, 0])
