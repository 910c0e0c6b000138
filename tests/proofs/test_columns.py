"""Points of columns, sums of columns, and openings of their rows."""

import secrets

import numpy as np
import pytest

from sim.proofs import curve
from sim.proofs.circuit import commitment_of
from sim.proofs.columns import ONES, Columns, columns_of, total
from sim.proofs.curve import BASE_FIELD, G1, INFINITY
from sim.proofs.field import MODULUS

HOMES, ROWS = 5, 4
LOGROWS = 9
CHALLENGE = 2**200 + 17


@pytest.fixture(scope="module")
def columns(srs):
    return columns_of(srs, LOGROWS)


@pytest.fixture(scope="module")
def homes():
    """Signed outputs of both sides, each column with a salt."""
    rng = np.random.default_rng(3)
    return [(*rng.integers(-(2**33), 2**33, ROWS).tolist(), secrets.randbelow(MODULUS)) for _ in range(HOMES)]


@pytest.fixture(scope="module")
def totals(homes):
    return total(homes)


@pytest.fixture(scope="module")
def point(columns, homes):
    return curve.weighted_sum((1, columns.committed(home)) for home in homes)


@pytest.fixture(scope="module")
def openings(columns, totals):
    return columns.openings(totals, HOMES, ROWS)


def with_ones(columns: Columns, values, ones: int = 1) -> list[int]:
    return [*values, *[0] * (columns.rows - ONES - len(values)), *[ones] * ONES]


def point_of(columns: Columns, column) -> bytes:
    """By every row's Lagrange point."""
    return curve.weighted_sum((value, columns._lagrange(row)) for row, value in enumerate(column))


def opened(columns: Columns, column, row: int) -> bytes:
    """By every value of the quotient (f - f(w^row)) / (X - w^row), the removable one from the others."""
    powers = [pow(columns.root, i, MODULUS) for i in range(columns.rows)]
    quotient = [
        (value - column[row]) * pow(powers[i] - powers[row], -1, MODULUS) % MODULUS if i != row else 0
        for i, value in enumerate(column)
    ]
    back = pow(powers[row], -1, MODULUS)
    quotient[row] = -sum(q * powers[i] * back for i, q in enumerate(quotient)) % MODULUS
    return point_of(columns, quotient)


def test_a_point_is_what_ezkl_commits_to(columns, linear_circuit, homes, srs):
    full = [secrets.randbits(20) for _ in range(columns.most_values)]
    for values in (homes[0], (0, -1, MODULUS - 1, 1 - MODULUS), full):
        assert columns.committed(values) == commitment_of(linear_circuit, values, [], srs)


def test_every_row_moves_the_point_and_zeros_do_not(columns):
    values = [3, -1, 4]
    moved = [columns.committed([*values[:i], values[i] + 1, *values[i + 1 :]]) for i in range(3)]
    assert len({columns.committed(values), *moved}) == 4
    assert columns.committed([*values, 0, 0]) == columns.committed(values)


def test_a_sum_of_points_is_the_point_of_the_sum(columns, totals, point):
    assert totals[:ROWS] != (0,) * ROWS
    assert point == point_of(columns, with_ones(columns, totals, HOMES))
    assert point != columns.committed(totals)  # which has one in its last rows, and not five


def test_openings_are_quotients_at_the_secret(columns, totals, openings):
    for row in (0, ROWS - 1):
        assert openings[row] == opened(columns, with_ones(columns, totals, HOMES), row)


def test_a_row_beyond_the_values_holds_zero(columns):
    values = (7,)
    opening = columns.openings(values, 1, ROWS)[2]
    assert columns.opens(columns.committed(values), 2, 0, opening)
    assert not columns.opens(columns.committed(values), 2, 7, opening)


def test_openings_show_totals_one_by_one_and_together(columns, totals, point, openings):
    assert [columns.opens(point, row, totals[row], openings[row]) for row in range(ROWS)] == [True] * ROWS
    assert columns.opens(point, 0, totals[0] % MODULUS, openings[0])
    assert columns.all_open(point, totals[:ROWS], openings, CHALLENGE)


def test_nothing_else_is_shown(columns, homes, totals, point, openings):
    """A wrong total, row, opening, gate or number of columns."""
    other = columns.committed(homes[0])
    wrong = [
        (point, 0, totals[0] + 1, openings[0]),
        (point, 1, totals[0], openings[0]),
        (point, 0, totals[0], openings[1]),
        (other, 0, totals[0], openings[0]),
        (other, 0, homes[0][0], openings[0]),
        (point, 0, totals[0], curve.negated(openings[0])),
        (point, 0, totals[0], columns.openings(totals, HOMES - 1, ROWS)[0]),
    ]
    assert [columns.opens(*each) for each in wrong] == [False] * len(wrong)
    first, second, *rest = totals[:ROWS]
    assert not columns.all_open(point, (first + 1, second - 1, *rest), openings, CHALLENGE)
    assert not columns.all_open(point, (second, first, *rest), openings, CHALLENGE)
    assert not columns.all_open(point, totals[:ROWS], (openings[1], openings[0], *openings[2:]), CHALLENGE)
    assert not columns.all_open(other, totals[:ROWS], openings, CHALLENGE)


def test_errors_that_cancel_under_one_challenge_do_not_under_another(columns, totals, point, openings):
    """So it is a hash of all that is checked: openings can be made for a challenge that is known before."""
    shift = curve.multiply(G1, 5)
    forged = [curve.add(openings[0], shift), *openings[1:]]
    forged[1] = curve.add(openings[1], curve.multiply(shift, -pow(CHALLENGE, -1, MODULUS) % MODULUS))
    gap = 5 * (1 - columns.root)  # what the shifts leave of w^row times them
    values = ((totals[0] + gap) % MODULUS, *totals[1:ROWS])
    assert columns.all_open(point, values, forged, CHALLENGE)
    assert not columns.all_open(point, values, forged, CHALLENGE + 1)


def test_a_column_with_junk_in_free_rows_is_not_that_of_its_values(columns, homes):
    """Its rows open, but only for who knows the junk."""
    junk = with_ones(columns, homes[0])
    junk[60] = 1
    point = point_of(columns, junk)
    assert point != columns.committed(homes[0])
    assert not columns.opens(point, 0, homes[0][0], columns.openings(homes[0], 1, ROWS)[0])
    knowing = columns.openings([*homes[0], *[0] * (60 - len(homes[0])), 1], 1, ROWS)[0]
    assert columns.opens(point, 0, homes[0][0], knowing)


def test_points_that_are_none_are_refused(columns, totals, point, openings):
    x, y = curve.coordinates(openings[0])
    off = x.to_bytes(32, "big") + ((y + 1) % BASE_FIELD).to_bytes(32, "big")
    beyond = (x + BASE_FIELD).to_bytes(32, "big") + openings[0][32:]
    for bad in (INFINITY, off, beyond, openings[0][:-1], openings[0] + b"\0", b""):
        assert not columns.opens(point, 0, totals[0], bad)
        assert not columns.opens(bad, 0, totals[0], openings[0])
        assert not columns.all_open(point, totals[:ROWS], [bad, *openings[1:]], CHALLENGE)
    assert curve.is_point(openings[0])


def test_numbers_beyond_their_bounds_are_refused(columns, totals, point, openings):
    assert not columns.opens(point, 0, totals[0] % MODULUS + MODULUS, openings[0])
    assert not columns.opens(point, columns.rows, totals[0], openings[0])
    assert not columns.all_open(point, totals[:ROWS], openings[1:], CHALLENGE)
    for challenge in (0, MODULUS):
        assert not columns.all_open(point, totals[:ROWS], openings, challenge)
    with pytest.raises(ValueError, match=f"row 1 holds {MODULUS}, which is no element of the field"):
        columns.committed([0, MODULUS])
    with pytest.raises(ValueError, match="506 values, where a column has 505 rows"):
        columns.committed([0] * 506)
    for count, rows in ((0, 1), (1, 506), (1, -1)):
        with pytest.raises(ValueError, match=f"{rows} rows of a sum of {count} columns cannot be opened"):
            columns.openings([1], count, rows)
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        total([(1, 2), (1,)])
