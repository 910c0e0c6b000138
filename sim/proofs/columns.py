"""Committed columns: the points that stand for them, sums of columns, and proofs of what a row holds.

A column has a row for each power of w, a root of unity of order 2^k: row j holds f(w^j) of a polynomial f,
and the column's point is f(s) G. Its first rows hold values, EZKL sets the last six to one, all between are
zero in an honest column. Points add up as columns do, so the sum of the points of n columns is the point of
the sum, whose last six rows hold n.

That row j of a point C holds v is shown by the point P = (f(s) - v) / (s - w^j) G, its opening:

    e(C - v G + w^j P, G2) = e(P, s G2)

Kate, Zaverucha & Goldberg, Constant-size commitments to polynomials and their applications, ASIACRYPT 2010.
An opening is linear in the column, so it is a sum of openings of unit columns, which are fixed points.
"""

from collections.abc import Iterable, Sequence
from functools import cache, cached_property

from sim.proofs import curve
from sim.proofs.curve import BASE_FIELD, G1
from sim.proofs.field import ELEMENT_BYTES, MODULUS, signed
from sim.proofs.srs import Srs

ONES = 6
"""Rows at a column's end in which EZKL has ones."""
_POINT_BYTES = 2 * ELEMENT_BYTES
_HEADER_BYTES = 4
_GENERATOR = 7
"""Of the scalar field's multiplicative group, as halo2 takes it."""
_TO_STANDARD = pow(2, -256, BASE_FIELD)
"""Files hold coordinates in Montgomery form."""


@cache
def columns_of(srs: Srs, logrows: int) -> "Columns":
    """The columns of circuits of 2^logrows rows."""
    return Columns(logrows, srs.content(logrows))


class Columns:
    """Commits to columns of one length, opens their rows and checks openings.

    Fixed points are made when they are first needed, and kept: for 24 rows of 2^10 in 1.5 seconds,
    for 96 of 2^11 in 8.

    logrows: binary logarithm of the rows
    root:    w
    g2, secret_g2: G2 and s G2, 128 bytes each, as contracts take them: the imaginary parts first
    """

    def __init__(self, logrows: int, srs: bytes) -> None:
        """srs: content of a file that ``load_srs`` took."""
        self.logrows = logrows
        self.root = pow(_GENERATOR, (MODULUS - 1) >> logrows, MODULUS)
        self._srs = srs
        ends = (self._coordinates(2 * 2**logrows * _POINT_BYTES + at * 2 * _POINT_BYTES, 4) for at in (0, 1))
        self.g2, self.secret_g2 = (b"".join((x[1], x[0], x[3], x[2])) for x in ends)
        self._lagrange = cache(self._read_lagrange)
        self._unit = cache(self._made_unit)
        self._last = cache(self._made_last)
        self._own = cache(self._made_own)

    @property
    def rows(self) -> int:
        """Of a column, the last six included."""
        return int(2**self.logrows)

    @property
    def most_values(self) -> int:
        """Rows that EZKL fills with values."""
        return self.rows - ONES - 1

    def committed(self, values: Sequence[int]) -> bytes:
        """The point of the honest column of these values: what ``ezkl.kzg_commit`` gives and a proof holds.

        values: signed integers or field elements. Raises ValueError for what no column holds.
        """
        self._check(values)
        return curve.weighted_sum([(1, self._ones), *((v, self._lagrange(i)) for i, v in enumerate(values))])

    def openings(self, values: Sequence[int], count: int, rows: int) -> tuple[bytes, ...]:
        """The openings of the first rows of a sum of honest columns.

        values: sums of what the columns' first rows hold
        count:  columns that were summed
        rows:   how many rows are opened, from the first; beyond the values they hold zero
        Raises ValueError for what no sum holds.
        """
        self._check(values)
        if not (0 < count < MODULUS and 0 <= rows <= self.most_values):
            raise ValueError(f"{rows} rows of a sum of {count} columns cannot be opened")
        own = self._own(rows)
        return tuple(
            curve.weighted_sum(
                [
                    (count, self._last(row)),
                    *((v, own[row] if i == row else self._unit(i, row)) for i, v in enumerate(values)),
                ]
            )
            for row in range(rows)
        )

    def opens(self, point: bytes, row: int, value: int, opening: bytes) -> bool:
        """Whether the opening shows that a row of the column, or the sum, of this point holds the value."""
        return self._opens(point, [(1, row, value, opening)])

    def all_open(
        self, point: bytes, values: Sequence[int], openings: Sequence[bytes], challenge: int
    ) -> bool:
        """The same of the first rows together, in one check under powers of the challenge.

        challenge: a number that nobody knew before all else was fixed: a hash of it, or a random one
        """
        if len(values) != len(openings) or not 0 < challenge < MODULUS:
            return False
        pairs = enumerate(zip(values, openings, strict=True))
        return self._opens(point, [(pow(challenge, row, MODULUS), row, *pair) for row, pair in pairs])

    def _opens(self, point: bytes, rows: Sequence[tuple[int, int, int, bytes]]) -> bool:
        """rows: of each its factor, its place, the value and the opening."""
        inside = all(0 <= row < self.rows and abs(value) < MODULUS for _, row, value, _ in rows)
        if not (rows and inside and all(map(curve.is_point, (point, *(opening for *_, opening in rows))))):
            return False
        together = curve.weighted_sum((factor, opening) for factor, *_, opening in rows)
        turned = curve.weighted_sum(
            (factor * pow(self.root, row, MODULUS) % MODULUS, opening) for factor, row, _, opening in rows
        )
        times = sum(factor for factor, *_ in rows) % MODULUS
        value = sum(factor * value for factor, _, value, _ in rows) % MODULUS
        left = curve.weighted_sum([(times, point), (-value, G1), (1, turned)])
        return curve.pairs_to_one([(left, self.g2), (curve.negated(together), self.secret_g2)])

    def _check(self, values: Sequence[int]) -> None:
        if len(values) > self.most_values:
            raise ValueError(f"{len(values)} values, where a column has {self.most_values} rows for them")
        for row, value in enumerate(values):
            if abs(value) >= MODULUS:
                raise ValueError(f"row {row} holds {value}, which is no element of the field")

    # Fixed points

    @cached_property
    def _ones(self) -> bytes:
        return curve.weighted_sum((1, self._lagrange(row)) for row in range(self.rows - ONES, self.rows))

    def _made_unit(self, i: int, row: int) -> bytes:
        """The opening at a row of the column that is one at row i, another one, and zero elsewhere."""
        turn = pow(self.root, i - row, MODULUS)
        share = pow(pow(self.root, i, MODULUS) - pow(self.root, row, MODULUS), -1, MODULUS)
        return curve.weighted_sum(
            [(share, self._lagrange(i)), (-share * turn % MODULUS, self._lagrange(row))]
        )

    def _made_last(self, row: int) -> bytes:
        """The opening at a row of the column that is one in its last six rows and zero elsewhere."""
        return curve.weighted_sum((1, self._unit(i, row)) for i in range(self.rows - ONES, self.rows))

    def _made_own(self, rows: int) -> list[bytes]:
        """The openings at rows 0, 1, ... of the column that is one there and zero elsewhere.

        At row j that column is the polynomial of the mean of (X / w^j)^l over l < n. So its opening is
        w^-j / n times the sum of (n - 1 - l) w^(-j l) s^l G: a Fourier transform of points, at few places.
        """
        n, back = self.rows, pow(self.root, -1, MODULUS)
        points = [curve.multiply(self._monomial(power), n - 1 - power) for power in range(n)]
        scale = pow(n, -1, MODULUS)
        sums = _transformed(points, back, rows)
        return [curve.multiply(each, scale * pow(back, row, MODULUS)) for row, each in enumerate(sums)]

    # The file: monomial points, Lagrange points, two points of G2

    def _monomial(self, power: int) -> bytes:
        return b"".join(self._coordinates(power * _POINT_BYTES, 2))

    def _read_lagrange(self, row: int) -> bytes:
        return b"".join(self._coordinates((self.rows + row) * _POINT_BYTES, 2))

    def _coordinates(self, at: int, count: int) -> list[bytes]:
        starts = range(_HEADER_BYTES + at, _HEADER_BYTES + at + count * ELEMENT_BYTES, ELEMENT_BYTES)
        words = (int.from_bytes(self._srs[start : start + ELEMENT_BYTES], "little") for start in starts)
        return [(word * _TO_STANDARD % BASE_FIELD).to_bytes(ELEMENT_BYTES, "big") for word in words]


def total(columns: Iterable[Sequence[int]]) -> tuple[int, ...]:
    """The sum of columns of equally many values, row by row, signed."""
    return tuple(signed(sum(row) % MODULUS) for row in zip(*columns, strict=True))


def _transformed(points: Sequence[bytes], root: int, rows: int) -> list[bytes]:
    """The sums over l of root^(j l) times point l, for j below rows: by halves, as Cooley and Tukey."""
    half = len(points) // 2
    if not half:
        return list(points)
    even, odd = (_transformed(points[first::2], root * root % MODULUS, min(rows, half)) for first in (0, 1))
    odd = [curve.multiply(point, pow(root, j, MODULUS)) for j, point in enumerate(odd)]
    near = list(map(curve.add, even, odd))
    far = map(curve.add, even, map(curve.negated, odd))
    return (near + list(far))[:rows]
