"""Strategies: one contract for all of them, and what is particular to each."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.strategies import Cleared, Draws, Past, Strategy, View, strategies
from agents.strategies.draws import DrawsByDay
from sim.market.orders import Orders
from sim.seeds import Streams
from tests.plugins import every, plugged  # noqa: F401

HOMES, GATES, HORIZON, PER_DAY = 5, 4, 6, 12
NAMES = [f"home-{i:02d}" for i in range(HOMES)]
ALL_ROWS = tuple(range(HOMES))


def to_read(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


def no_past() -> Past:
    raise AssertionError("nobody asks for the past here")


def play(strategy: Strategy, seed: int, rows: Sequence[int] = ALL_ROWS) -> list[tuple[View, Orders]]:
    """What some homes order over the gates of a market whose prices do not depend on them."""
    given = np.random.default_rng(seed)
    shape, some = (HOMES, GATES * HORIZON), list(rows)
    forecast_wh, reading_wh = (given.integers(-3_000, 3_000, shape) for _ in range(2))
    cost = given.integers(0, 10 ** given.integers(1, 10), shape)
    value = cost + given.integers(0, 10 ** given.integers(1, 10), shape)
    price = np.where(given.random(shape[1]) < 0.3, 0, given.integers(1, int(value.max()) + 2, shape[1]))
    forecast_wh, reading_wh, cost, value = (each[some] for each in (forecast_wh, reading_wh, cost, value))
    limit, fill_wh = np.zeros_like(cost), np.zeros_like(cost)
    drawn = DrawsByDay(Streams(seed), [NAMES[row] for row in rows], PER_DAY)
    state, played = strategy.begin(len(rows), Draws(drawn, slice(None), slice(0, HORIZON))), []
    for gate in range(GATES):
        slots = slice(gate * HORIZON, (gate + 1) * HORIZON)
        draws, so_far = Draws(drawn, slice(None), slots), slice(slots.start)
        past = Past(*(each[..., so_far] for each in (limit, fill_wh, price, forecast_wh, reading_wh)))
        most_wh = np.full(len(rows), 2_500)
        seen = (to_read(each[:, slots].copy()) for each in (forecast_wh, value, cost))
        view = View(slots, *seen, most_wh, most_wh, lambda past=past: past)
        orders = strategy.orders(view, state, draws)
        again = strategy.orders(view, state, draws)
        assert all(map(np.array_equal, orders, again))  # to order is not to learn
        limit[:, slots] = orders.limit_price
        crosses = np.where(
            orders.quantity_wh > 0, orders.limit_price >= price[slots], orders.limit_price <= price[slots]
        )
        fill_wh[:, slots] = np.where(crosses & (price[slots] > 0), orders.quantity_wh, 0)
        fills = to_read(fill_wh[:, slots].copy())
        told = Cleared(view, orders, orders, fills, fills * price[slots], price[slots])
        state = strategy.learn(told, state, draws)
        state = strategy.read_meter(view, reading_wh[:, slots], state)
        played.append((view, orders))
    return played


def limits(played: list[tuple[View, Orders]]) -> np.ndarray:
    return np.stack([orders.limit_price for _, orders in played])


@pytest.mark.parametrize("name", every(strategies))
class TestEveryStrategy:
    """What holds of all that are registered."""

    @settings(max_examples=25)
    @given(seed=st.integers(0, 2**32))
    def test_orders_are_whole_and_at_no_loss(self, name: str, seed: int) -> None:
        strategy = strategies.make(name)
        for view, orders in play(strategy, seed):
            for array in orders:
                assert (array.dtype, array.shape) == (np.int64, (HOMES, HORIZON))
            assert strategy.sets_quantities or np.array_equal(orders.quantity_wh, view.forecast_wh)
            assert orders.limit_price.min() >= 0
            buys, limit = orders.quantity_wh > 0, orders.limit_price
            no_loss = np.where(buys, limit <= view.buyer_value, limit >= view.seller_cost)
            assert not strategy.never_loses or no_loss.all()

    def test_the_same_market_is_ordered_for_alike_again(self, name: str) -> None:
        once = strategies.make(name)
        assert np.array_equal(limits(play(once, 7)), limits(play(once, 7)))
        assert np.array_equal(limits(play(once, 7)), limits(play(strategies.make(name), 7)))
        assert not np.array_equal(limits(play(once, 7)), limits(play(once, 8)))

    @pytest.mark.parametrize("rows", [(3,), (0, 2, 4), (4, 1, 3, 0, 2)])
    def test_a_home_orders_as_if_it_were_alone(self, name: str, rows: tuple[int, ...]) -> None:
        strategy = strategies.make(name)
        assert np.array_equal(limits(play(strategy, 7))[:, list(rows)], limits(play(strategy, 7, rows)))


# Draws ----------------------------------------------------------------------------------------------------


def drawn(seed: int, homes: Sequence[str], slots: slice, k: int = 0) -> list[list[int]]:
    return Draws(DrawsByDay(Streams(seed), homes, 24), slice(None), slots).per_slot(k).tolist()


def test_draws_belong_to_home_slot_seed_and_number() -> None:
    first = drawn(7, NAMES, slice(0, 24))
    assert [row[6:12] for row in first][2:3] == drawn(7, [NAMES[2]], slice(6, 12))
    over_midnight = drawn(7, NAMES, slice(20, 30))
    assert [row[4:] for row in over_midnight] == drawn(7, NAMES, slice(24, 30))
    assert [row[:4] for row in over_midnight] == [row[20:] for row in first]
    others = [drawn(7, NAMES, slice(24, 48)), drawn(8, NAMES, slice(0, 24)), drawn(7, NAMES, slice(0, 24), 1)]
    others += [drawn(7, NAMES, slice(0, 24), 2), drawn(7, NAMES[::-1], slice(0, 24))]
    assert len({tuple(map(tuple, each)) for each in (first, *others)}) == 6


# Each -----------------------------------------------------------------------------------------------------


def prices(
    strategy: str, quantity_wh: list[int], value: int = 220_000, cost: int = 60_000, day: int = 0
) -> list[int]:
    """What home-01 asks for the first slots of a day."""
    quantity = np.array([quantity_wh])
    most, slots = np.full(1, 12_000), slice(24 * day, 24 * day + len(quantity_wh))
    worth = (np.full_like(quantity, each) for each in (value, cost))
    view = View(slots, quantity, *worth, most, most, no_past)
    draws = Draws(DrawsByDay(Streams(7), ["home-01"], 24), slice(None), slots)
    return strategies.make(strategy).orders(view, None, draws).limit_price[0].tolist()


def test_truthful_asks_for_its_outside_option() -> None:
    assert prices("truthful", [500, -300]) == [220_000, 60_000]


def test_zic_golden_sequence() -> None:
    assert prices("zic", [500, -300, 0, 20]) == [155216, 184710, 205140, 212495]
    assert prices("zic", [500, -300, 0, 20], day=1) != prices("zic", [500, -300, 0, 20])


def test_zic_draws_do_not_depend_on_quantities() -> None:
    assert prices("zic", [500, -300, 0, 20]) == prices("zic", [-1, 0, 7, 7])


def test_zic_draws_are_paired_over_tariffs() -> None:
    narrow, wide = (
        np.array(prices("zic", [1] * 24, value=60_000 + span)) - 60_000 for span in (100_000, 200_000)
    )
    assert np.all(np.abs(2 * narrow - wide) <= 1)


def test_zic_is_uniform_between_cost_and_value() -> None:
    asked = Counter(
        price for day in range(420) for price in prices("zic", [1] * 24, value=4, cost=0, day=day)
    )
    assert set(asked) == {0, 1, 2, 3, 4}
    assert max(asked.values()) - min(asked.values()) < 290  # each 2,016 expected, standard deviation 40
