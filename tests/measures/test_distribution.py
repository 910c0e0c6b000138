"""How gains, prices and load are spread, by hand and by what the measures must keep to."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.market.clearing import Trades
from sim.measures.distribution import gini, jain, peak_import_w, power_flatness, price_volatility
from tests.market.books import ints


def test_even_and_uneven_gains() -> None:
    assert gini(ints(1, 2, 3, 4)) == 0.25
    assert jain(ints(1, 2, 3, 4)) == pytest.approx(0.8333, abs=1e-4)
    assert (gini(ints(5, 5, 5)), jain(ints(5, 5, 5))) == (0, 1)
    assert (gini(ints(0, 0, 0, 8)), jain(ints(0, 0, 0, 8))) == (0.75, 0.25)
    assert gini(ints(-3, 1)) is gini(ints(0, 0)) is jain(ints(0, 0)) is None


@given(gains=st.lists(st.integers(0, 10**12), min_size=1, max_size=9), factor=st.integers(1, 9))
def test_they_do_not_depend_on_the_unit_nor_on_the_order(gains: list[int], factor: int) -> None:
    for index in (gini, jain):
        value = index(ints(*gains))
        assert value == index(ints(*gains[::-1]))
        if value is not None:
            assert value == pytest.approx(index(factor * ints(*gains)), abs=1e-12)
    pairs = sum(abs(one - other) for one in gains for other in gains)
    if sum(gains):
        assert gini(ints(*gains)) == pytest.approx(pairs / (2 * len(gains) * sum(gains)), abs=1e-12)


def of(**facts: Any) -> Any:
    return SimpleNamespace(**facts)


def test_prices_weigh_by_energy() -> None:
    trades = Trades.at_one_price(ints(1, 3, 0, -1, -3, 0).reshape(2, 3), ints(100, 200, 0))
    assert price_volatility(of(trades=trades)) == pytest.approx(np.std([100, 200, 200, 200]))
    assert price_volatility(of(trades=Trades(ints(0)[:, None], ints(0)[:, None]))) is None


def test_the_peak_is_the_community_s_and_a_mean_power() -> None:
    """Two homes in two slots of a quarter of an hour: together 500 Wh, then -200 Wh."""
    readings = of(slot_s=900)
    outcome = of(
        prepared=of(reading_wh=ints(300, 100, 200, -300).reshape(2, 2), population=of(readings=readings))
    )
    assert peak_import_w(outcome) == 2_000
    assert power_flatness(outcome) == (500 + 200) / 2 / 500
