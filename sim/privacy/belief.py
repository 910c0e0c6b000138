"""Gaussian beliefs: least squares with a prior."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats

ROUNDING = 1e-10
"""Share of an equation's own variance that is taken for rounding, so that dependent ones do no harm."""

LEAST = 0.01
"""Deviation per unit of an equation, below which it says nothing new: unknowns are integers."""


@dataclass(frozen=True)
class Belief:
    """Mean, shape (unknowns,), and covariance, shape (unknowns, unknowns)."""

    mean: Floats
    covariance: Floats

    def given(self, rows: Floats, values: Floats, noise: Floats | None = None) -> "Belief":
        """With ``rows @ unknowns = values`` known: the best linear estimate, and what is left to know.

        noise: shape (equations, equations), covariance of the equations' errors; None where they are exact
        """
        shared = rows @ self.covariance
        own = shared @ rows.T + (0 if noise is None else noise)
        spread = np.sqrt(np.maximum(np.diag(own), 0))
        new = spread > LEAST * np.sqrt(np.square(rows).sum(axis=1))
        scale, shared, own = spread[new, None], shared[new], own[np.ix_(new, new)]
        own = own / scale / scale.T + ROUNDING * np.eye(len(own))
        gain = np.linalg.solve(own, shared / scale).T
        surprise = (values - rows @ self.mean)[new] / scale[:, 0]
        return Belief(self.mean + gain @ surprise, self.covariance - gain @ (shared / scale))
