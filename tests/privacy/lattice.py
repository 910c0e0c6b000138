"""Short vectors of a lattice: what turns field equations about small unknowns into the unknowns.

LLL after Schnorr and Euchner (Mathematical Programming 66, 1994): the basis is exact, in Python's integers;
only the Gram-Schmidt coefficients that decide the next step are floating point. A wrong decision costs a
step, never exactness, and whoever asks checks the answer in integers.
"""

import operator
from dataclasses import dataclass

import numpy as np

DELTA = 0.99
Rows = list[list[int]]


@dataclass
class _Basis:
    """rows: exact; stars, norms, shares: Gram-Schmidt vectors, their squared lengths and coefficients."""

    rows: Rows
    stars: np.ndarray
    norms: np.ndarray
    shares: np.ndarray


def reduced(rows: Rows) -> Rows:
    """An LLL-reduced basis of the lattice that the rows, which must be independent, span."""
    size, width = len(rows), len(rows[0])
    basis = _Basis([*rows], np.zeros((size, width)), np.zeros(size), np.zeros((size, size)))
    at = 0
    while at < size:
        _reduce_size(basis, at)
        share = basis.shares[at, at - 1] if at else 0.0
        if at and basis.norms[at] < (DELTA - share**2) * basis.norms[at - 1]:
            basis.rows[at - 1], basis.rows[at] = basis.rows[at], basis.rows[at - 1]
            at -= 1
        else:
            at += 1
    return basis.rows


def _reduce_size(basis: _Basis, at: int) -> None:
    """Take multiples of earlier rows from row ``at`` until no coefficient is beyond a half.

    Large ones need several passes; where rounding stops their fall, the row stays as it is.
    """
    largest = np.inf
    while True:
        shares = _project(basis, at)
        before, largest = largest, max(abs(shares), default=0.0)
        if largest <= 0.51 or largest > before / 2:
            return
        for place in range(at - 1, -1, -1):
            whole = round(shares[place])
            if whole:
                pairs = zip(basis.rows[at], basis.rows[place], strict=True)
                basis.rows[at] = [mine - whole * theirs for mine, theirs in pairs]
                shares[:place] -= float(whole) * basis.shares[place, :place]


def _project(basis: _Basis, at: int) -> np.ndarray:
    """Gram-Schmidt of row ``at``, twice over for accuracy; its coefficients, to be worked on."""
    star, total = np.array(basis.rows[at], dtype=float), np.zeros(at)
    for _ in range(2):
        shares = basis.stars[:at] @ star / basis.norms[:at]
        star -= shares @ basis.stars[:at]
        total += shares
    basis.stars[at], basis.norms[at], basis.shares[at, :at] = star, star @ star, total
    return total


@dataclass(frozen=True)
class Equations:
    """Linear equations modulo a prime: coefficients (one row each) times the unknowns are the values."""

    coefficients: Rows
    values: list[int]
    modulus: int

    def hold(self, unknowns: list[int]) -> bool:
        """Whether they do."""
        return all(
            (sum(map(operator.mul, row, unknowns)) - value) % self.modulus == 0
            for row, value in zip(self.coefficients, self.values, strict=True)
        )


def small_solution(equations: Equations, lows: list[int], highs: list[int]) -> list[int] | None:
    """A solution with every unknown between its bounds, if LLL meets one; the only one where few fit.

    Kannan's embedding: centred and weighted to equal size, the solution is a short vector of a lattice.
    """
    centres = [(low + high) // 2 for low, high in zip(lows, highs, strict=True)]
    spans = [max(high - low, 1) for low, high in zip(lows, highs, strict=True)]
    weights = [2 * max(spans) // span for span in spans] + [max(spans)]
    for row in reduced(_embedded(equations, centres, weights)):
        if abs(row[-1]) == weights[-1]:
            sign = 1 if row[-1] > 0 else -1
            found = [sign * x // w + c for x, w, c in zip(row, weights, centres, strict=False)]
            inside = all(low <= x <= high for x, low, high in zip(found, lows, highs, strict=True))
            if inside and equations.hold(found):
                return found
    return None


def _embedded(equations: Equations, centres: list[int], weights: list[int]) -> Rows:
    """A basis of the weighted vectors (unknowns - t x centres, t) that solve the equations for t x values."""
    system = []
    for row, value in zip(equations.coefficients, equations.values, strict=True):
        system.append([*row, sum(map(operator.mul, row, centres)) - value])
    solved, basis = echelon(system, equations.modulus), []
    for place, weight in enumerate(weights):
        vector = [0] * len(weights)
        if place < len(solved):
            vector[place] = equations.modulus * weight
        else:
            for pivot, row in enumerate(solved):
                vector[pivot] = -row[place] % equations.modulus * weights[pivot]
            vector[place] = weight
        basis.append(vector)
    return basis


def echelon(system: Rows, modulus: int) -> Rows:
    """The system with the unit matrix on its left."""
    rows = [list(row) for row in system]
    for place, row in enumerate(rows):
        inverse = pow(row[place], -1, modulus)
        rows[place] = [x * inverse % modulus for x in row]
        for other in range(len(rows)):
            if other != place:
                factor = rows[other][place]
                pairs = zip(rows[other], rows[place], strict=True)
                rows[other] = [(x - factor * y) % modulus for x, y in pairs]
    return rows
