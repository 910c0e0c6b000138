"""Strategies: one contract for all of them, and what is particular to each."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.strategies import STRATEGIES, Strategy, View, assign_strategies
from sim.seeds import Streams

NONE = np.zeros(0, dtype=np.int64)


def view(quantity_wh: list[int], value: int = 220_000, cost: int = 60_000) -> View:
    quantity = np.array(quantity_wh, dtype=np.int64)
    return View(quantity, np.full_like(quantity, value), np.full_like(quantity, cost), NONE, NONE, NONE)


def prices(strategy: str, seen: View, gate: int = 0) -> list[int]:
    return STRATEGIES[strategy].limit_prices(seen, Streams(7).generator("strategy", "home-01", gate)).tolist()


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES.keys())
@given(
    quantity_wh=st.lists(st.integers(-12_000, 12_000), min_size=1, max_size=24),
    cost=st.integers(0, 10**9),
    spread=st.integers(0, 10**9),
)
def test_nobody_trades_at_a_loss(strategy: Strategy, quantity_wh: list[int], cost: int, spread: int) -> None:
    seen = view(quantity_wh, value=cost + spread, cost=cost)
    limits = strategy.limit_prices(seen, Streams(1).generator("strategy"))
    assert limits.dtype == np.int64
    assert len(limits) == len(quantity_wh)
    assert all(cost <= limit <= cost + spread for limit in limits.tolist())


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_same_view_and_stream_give_the_same_prices(strategy: str) -> None:
    seen = view([500, -300, 0, 20])
    assert prices(strategy, seen) == prices(strategy, seen)


def test_every_strategy_cites_its_source() -> None:
    assert all(strategy.source for strategy in STRATEGIES.values())


def test_truthful_asks_for_its_outside_option() -> None:
    assert prices("truthful", view([500, -300])) == [220_000, 60_000]


def test_zic_golden_sequence() -> None:
    assert prices("zic", view([500, -300, 0, 20])) == [155216, 184710, 205140, 212495]
    assert prices("zic", view([500, -300, 0, 20]), gate=1) != prices("zic", view([500, -300, 0, 20]))


def test_zic_draws_do_not_depend_on_quantities() -> None:
    assert prices("zic", view([500, -300, 0, 20])) == prices("zic", view([-1, 0, 7, 7]))


def test_zic_draws_are_paired_over_tariffs() -> None:
    narrow, wide = (
        np.array(prices("zic", view([1] * 24, 60_000 + span))) - 60_000 for span in (100_000, 200_000)
    )
    assert np.all(np.abs(2 * narrow - wide) <= 1)


def test_zic_is_uniform_between_cost_and_value() -> None:
    drawn = Counter(
        price for gate in range(2_000) for price in prices("zic", view([1], value=4, cost=0), gate)
    )
    assert set(drawn) == {0, 1, 2, 3, 4}
    assert max(drawn.values()) - min(drawn.values()) < 130  # each 400 expected, standard deviation 18


@given(st.integers(1, 60), st.integers(0, 100))
def test_shares_hold_in_every_prefix(homes: int, percent: int) -> None:
    shares = {"zic": percent / 100, "truthful": 1 - percent / 100}
    assigned = [strategy.name for strategy in assign_strategies(shares, homes)]
    assert abs(assigned.count("zic") - shares["zic"] * homes) <= 1
    assert [s.name for s in assign_strategies(shares, homes + 5)][:homes] == assigned
