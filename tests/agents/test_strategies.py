"""Strategies: one contract for all of them, and what is particular to each."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.strategies import STRATEGIES, Strategy, View, day_draws, strategies_of_homes
from sim.seeds import Streams

NEVER = np.zeros(0, dtype=np.int64)


def view(*quantity_wh: list[int], value: int = 220_000, cost: int = 60_000) -> View:
    """One row per home."""
    quantity = np.array(quantity_wh, dtype=np.int64)
    never = np.zeros((len(quantity), 0), dtype=np.int64)
    values, costs = np.full_like(quantity, value), np.full_like(quantity, cost)
    return View(quantity, values, costs, NEVER, never, never, never)


def prices(strategy: str, seen: View, day: int = 0) -> list[int]:
    draws = day_draws(Streams(7), ["home-01"], day, seen.quantity_wh.shape[1])
    return STRATEGIES[strategy].limit_prices(seen, draws)[0].tolist()


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES.keys())
@given(
    quantity_wh=st.lists(st.integers(-12_000, 12_000), min_size=1, max_size=24),
    cost=st.integers(0, 10**9),
    spread=st.integers(0, 10**9),
)
def test_nobody_trades_at_a_loss(strategy: Strategy, quantity_wh: list[int], cost: int, spread: int) -> None:
    seen = view(quantity_wh, value=cost + spread, cost=cost)
    limits = strategy.limit_prices(seen, day_draws(Streams(1), ["home-01"], 0, len(quantity_wh)))
    assert limits.dtype == np.int64
    assert limits.shape == (1, len(quantity_wh))
    assert all(cost <= limit <= cost + spread for limit in limits[0].tolist())


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES.keys())
@given(st.lists(st.tuples(st.integers(-5_000, 5_000), st.integers(-5_000, 5_000)), min_size=2, max_size=6))
def test_a_home_is_priced_as_if_it_were_alone(strategy: Strategy, quantity_wh: list[list[int]]) -> None:
    homes = [f"home-{i:02d}" for i in range(len(quantity_wh))]
    together = strategy.limit_prices(view(*quantity_wh), day_draws(Streams(7), homes, 0, 2))
    for row, home in enumerate(homes):
        alone = strategy.limit_prices(view(quantity_wh[row]), day_draws(Streams(7), [home], 0, 2))
        assert np.array_equal(together[row], alone[0])


def test_draws_belong_to_home_day_and_seed() -> None:
    first = day_draws(Streams(7), ["home-01", "home-02"], 0, 24)
    assert np.array_equal(first[:1, :6], day_draws(Streams(7), ["home-01"], 0, 6))
    assert not np.array_equal(first[0], first[1])
    assert not np.array_equal(first, day_draws(Streams(7), ["home-01", "home-02"], 1, 24))
    assert not np.array_equal(first, day_draws(Streams(8), ["home-01", "home-02"], 0, 24))


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
    assert prices("zic", view([500, -300, 0, 20]), day=1) != prices("zic", view([500, -300, 0, 20]))


def test_zic_draws_do_not_depend_on_quantities() -> None:
    assert prices("zic", view([500, -300, 0, 20])) == prices("zic", view([-1, 0, 7, 7]))


def test_zic_draws_are_paired_over_tariffs() -> None:
    narrow, wide = (
        np.array(prices("zic", view([1] * 24, value=60_000 + span))) - 60_000 for span in (100_000, 200_000)
    )
    assert np.all(np.abs(2 * narrow - wide) <= 1)


def test_zic_is_uniform_between_cost_and_value() -> None:
    drawn = Counter(price for day in range(2_000) for price in prices("zic", view([1], value=4, cost=0), day))
    assert set(drawn) == {0, 1, 2, 3, 4}
    assert max(drawn.values()) - min(drawn.values()) < 130  # each 400 expected, standard deviation 18


def test_strategies_are_dealt_in_their_shares() -> None:
    homes = [f"home-{i:02d}" for i in range(10)]
    dealt = strategies_of_homes(Streams(7), homes, {"zic": 0.3, "truthful": 0.7})
    assert Counter(strategy.name for strategy in dealt) == {"zic": 3, "truthful": 7}
