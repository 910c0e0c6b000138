from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.costs.money import energy_cost, gas_cost, shared_out
from sim.market.clearing import MOST_MONEY
from tests.market.books import ints


def test_energy_by_hand():
    """Half an hour at 15 W is 7.5 Wh."""
    assert energy_cost(ints(1_800_000_000), 15_000, ints(220_000)).tolist() == [7 * 220_000 + 110_000]


def test_energy_is_rounded_half_up():
    """3.6 s at 1 W is a thousandth of a Wh."""
    price = ints(499, 500, 1_499, 1_500)
    assert energy_cost(ints(3_600_000), 1_000, price).tolist() == [0, 1, 1, 2]


@given(st.integers(0, 10**9), st.integers(0, 10**6), st.integers(0, 10**9))
def test_energy_is_within_half_a_nano_of_the_truth(cpu_us: int, power_mw: int, price: int):
    cost = int(energy_cost(ints(cpu_us), power_mw, ints(price))[0])
    assert abs(cost - Fraction(cpu_us * power_mw * price, 3_600 * 10**9)) <= Fraction(1, 2)


def test_gas_at_a_price():
    assert gas_cost(ints(21_000, 0), 20).tolist() == [420_000, 0]
    with pytest.raises(OverflowError, match="gas costs"):
        gas_cost(ints(MOST_MONEY // 2, 1), 2)


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=5), st.integers(1, 9))
def test_shares_are_equal_and_nothing_is_lost(whole: list[int], homes: int):
    shares = shared_out(ints(*whole), homes)
    assert (shares.shape, shares.sum(axis=0).tolist()) == ((homes, len(whole)), whole)
    assert np.all(shares.max(axis=0) - shares.min(axis=0) <= 1)
