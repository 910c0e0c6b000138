from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.costs.break_even import break_even_gas_price, energy_cost, gas_cost, shared_out
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
    assert shares.shape == (homes, len(whole))
    assert shares.sum(axis=0).tolist() == whole
    assert np.all(shares.max(axis=0) - shares.min(axis=0) <= 1)


def test_break_even_by_hand():
    assert break_even_gas_price(saving=1_000, energy_cost=100, gas=7) == 128.571  # 128.5714...
    assert break_even_gas_price(saving=100, energy_cost=100, gas=7) == 0
    assert break_even_gas_price(saving=99, energy_cost=100, gas=7) is None
    assert break_even_gas_price(saving=-1, energy_cost=0, gas=7) is None


@given(st.integers(0, 10**15), st.integers(0, 10**12), st.integers(10**5, 10**12))  # thousandths fit a float
def test_break_even_is_the_last_price_that_pays(saving: int, energy: int, gas: int):
    price = break_even_gas_price(saving, energy, gas)
    if price is None:
        assert saving < energy
        return
    thousandths = round(price * 1_000)
    assert 1_000 * energy + thousandths * gas <= 1_000 * saving
    assert 1_000 * energy + (thousandths + 1) * gas > 1_000 * saving
