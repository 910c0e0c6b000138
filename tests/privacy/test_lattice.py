"""Lattices: reduced bases span the same vectors, and where one solution is left it is found."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.privacy.lattice import Solutions, free_bits, lll, metric_of

UNKNOWNS, DEVIATION_WH = 24, 500.0
PRIOR = np.eye(UNKNOWNS) * DEVIATION_WH**2
METRIC = metric_of(PRIOR)


def equations(count: int, most: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(-most, most + 1, (count, UNKNOWNS))


def solutions(rows: np.ndarray) -> Solutions:
    found = Solutions.of_nothing(UNKNOWNS)
    for row in rows:
        found = found.with_equation(row, METRIC)
    return found


def windows(count: int, seed: int = 2) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, DEVIATION_WH, (count, UNKNOWNS)).astype(np.int64)


@given(st.integers(0, 2**32))
@settings(max_examples=25, derandomize=True, deadline=None)
def test_a_reduced_basis_spans_the_same_lattice_with_shorter_vectors(seed: int) -> None:
    basis = np.random.default_rng(seed).integers(-1_000, 1_001, (6, 6)) + 5_000 * np.eye(6, dtype=np.int64)
    reduced = lll(basis, np.eye(6))
    change = reduced @ np.linalg.inv(basis)
    assert np.allclose(change, np.rint(change), atol=1e-6)
    assert abs(np.linalg.det(change)) == pytest.approx(1)
    shortest = np.sqrt(np.square(reduced).sum(axis=1)).min()
    assert shortest <= 2 ** (5 / 4) * abs(np.linalg.det(basis.astype(float))) ** (1 / 6) * 1.01


def test_where_one_solution_is_left_it_is_found() -> None:
    rows = equations(16, 150)
    assert free_bits(rows, PRIOR)[-1] < -20
    found = solutions(rows)
    for window in windows(20):
        assert (found.near(rows @ window, np.zeros(UNKNOWNS), METRIC) == window).all()


def test_where_many_are_left_another_is_found() -> None:
    rows = equations(8, 150)
    assert free_bits(rows, PRIOR)[-1] > 60
    found = solutions(rows)
    for window in windows(5):
        other = found.near(rows @ window, np.zeros(UNKNOWNS), METRIC)
        assert other is not None
        assert (rows @ other == rows @ window).all()
        assert (other != window).any()


def test_fewer_bits_are_free_with_every_equation_and_with_larger_weights() -> None:
    small, large = (free_bits(equations(20, most), PRIOR) for most in (20, 2_000))
    assert (np.diff(small) < 0).all()
    assert small[-1] - large[-1] == pytest.approx(20 * np.log2(100), rel=0.02)


def test_what_no_integers_solve_has_no_solution() -> None:
    even = 2 * np.eye(UNKNOWNS, dtype=np.int64)[:1]
    found, middle = solutions(even), np.zeros(UNKNOWNS)
    assert found.near(np.array([6]), middle, METRIC)[0] == 3
    assert found.near(np.array([7]), middle, METRIC) is None
