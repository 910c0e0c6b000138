"""Strategies: one contract for all of them, and what is particular to each."""

import pickle
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.strategies import Cleared, Draws, Past, Strategy, View, strategies
from agents.strategies.draws import DrawsByDay
from agents.strategies.gd import Book, believed, best_price
from sim.market.orders import Orders
from sim.seeds import Streams
from tests.market.books import UNIFORM
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
    """What some homes order over the gates of a market whose prices and book do not depend on them."""
    given = np.random.default_rng(seed)
    shape, some = (HOMES, GATES * HORIZON), list(rows)
    forecast_wh, reading_wh = (given.integers(-3_000, 3_000, shape) for _ in range(2))
    cost = given.integers(0, 10 ** given.integers(1, 10), shape)
    value = cost + given.integers(0, 10 ** given.integers(1, 10), shape)
    price = np.where(given.random(shape[1]) < 0.3, 0, given.integers(1, int(value.max()) + 2, shape[1]))
    book = Orders(given.integers(-3_000, 3_000, shape), given.integers(0, int(value.max()) + 2, shape))
    book_fill_wh = (book.quantity_wh * given.random(shape)).astype(np.int64)
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
        remembered = pickle.dumps(state)
        orders = strategy.orders(view, state, draws)
        again = strategy.orders(view, state, draws)
        assert all(map(np.array_equal, orders, again))  # to order is not to learn
        limit[:, slots] = orders.limit_price
        crosses = np.where(
            orders.quantity_wh > 0, orders.limit_price >= price[slots], orders.limit_price <= price[slots]
        )
        fill_wh[:, slots] = np.where(crosses & (price[slots] > 0), orders.quantity_wh, 0)
        fills = to_read(fill_wh[:, slots].copy())
        public = [to_read(each[:, slots].copy()) for each in (*book, book_fill_wh)]
        told = Cleared(
            view, orders, orders, fills, fills * price[slots], price[slots], Orders(*public[:2]), public[2]
        )
        learned = strategy.learn(told, state, draws)
        assert pickle.dumps(state) == remembered  # it is replaced, not written into
        state = learned
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

GOLDEN = {
    "gd": [
        [152121, 152121, 127879, 127879],
        [119798, 119798, 160202, 160202],
        [160202, 160202, 152121, 152121],
        [158586, 158586, 152121, 152121],
    ],
    "roth-erev": [
        [131725, 126207, 109655, 164827],
        [126207, 71035, 60000, 197931],
        [148276, 203449, 120689, 126206],
        [60000, 87587, 60000, 82068],
    ],
    "truthful": [
        [220000, 220000, 60000, 60000],
        [220000, 220000, 60000, 60000],
        [220000, 220000, 60000, 60000],
        [220000, 220000, 60000, 60000],
    ],
    "zic": [
        [145466, 155216, 109402, 165384],
        [157747, 205140, 62243, 197494],
        [123751, 80008, 135018, 126014],
        [217610, 192684, 60604, 82980],
    ],
    "zip": [
        [208519, 186449, 71449, 77792],
        [207258, 195703, 101048, 110628],
        [205445, 199989, 124360, 137131],
        [206631, 203300, 143723, 155656],
    ],
    "ziu": [
        [267080, 297549, 154383, 329324],
        [305459, 453561, 7011, 429669],
        [199224, 62527, 234430, 206294],
        [492531, 414635, 1888, 71812],
    ],
}


def traded(strategy: Strategy) -> list[np.ndarray]:
    """What four homes with the same tariffs ask for at each of four gates, cleared at a uniform price."""
    quantity_wh = np.array([[500, 300], [400, -200], [-300, -100], [-200, 600]])
    most_wh = np.full(4, 12_000)
    drawn = DrawsByDay(Streams(7), NAMES[:4], PER_DAY)
    state, asked = strategy.begin(4, Draws(drawn, slice(None), slice(0, 2))), []
    for gate in range(4):
        slots = slice(2 * gate, 2 * gate + 2)
        value, cost = (np.full_like(quantity_wh, each) for each in (220_000, 60_000))
        view = View(slots, quantity_wh, value, cost, most_wh, most_wh, no_past)
        orders = strategy.orders(view, state, draws := Draws(drawn, slice(None), slots))
        trades = orders.cleared_by(UNIFORM)
        told = (orders, orders, trades.fill_wh, trades.payment, trades.price, orders, trades.fill_wh)
        state = strategy.learn(Cleared(view, *told), state, draws)
        asked.append(orders.limit_price)
    return asked


@pytest.mark.parametrize("name", [name for name in strategies.names if strategies.origin(name) is None])
def test_golden_sequence(name: str) -> None:
    """What each of four homes asks for in the first slot of four gates."""
    asked = [limits[:, 0].tolist() for limits in traded(strategies.make(name))]
    assert asked == GOLDEN[name]


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


def test_gd_beliefs_count_wh_by_hand() -> None:
    """Bids of 2 Wh at 30, taken, 2 at 20, one of them taken, 1 at 10; asks of 3 at 20, taken, 1 at 40."""
    book = Book(*np.array([[2, 2, 1, -3, -1], [30, 20, 10, 20, 40], [2, 1, 0, -3, 0]]))
    price, belief = believed(1, [book])
    assert price.tolist() == [10, 20, 30, 40]
    assert belief.tolist() == [0 / (0 + 2), (1 + 3) / (4 + 1), 1, 1]
    price, belief = believed(-1, [book])
    assert (-price).tolist() == [40, 30, 20, 10]
    assert belief.tolist() == [0 / (0 + 1), (0 + 2) / (2 + 0), 1, 1]


def test_gd_asks_where_expected_profit_is_largest() -> None:
    """Where all asked 20 and 30 had been refused below, it bids 20; where nothing helps, its worth."""
    low, worth = np.array([0, 0, 25]), np.array([100, 15, 35])
    price, belief = np.array([10.0, 20.0, 30.0]), np.array([0.0, 1.0, 1.0])
    assert best_price(low, worth, price, belief, 101).tolist()[0] == 20
    assert best_price(low[1:2], worth[1:2], np.array([14.999]), np.array([0.0]), 2).tolist() == [15]
    without = best_price(low[:1], worth[:1], np.zeros(0), np.zeros(0), 10_001)
    assert without.tolist() == [58]  # 100 (15 - sqrt 33) / 16, where (1 - t) (3 t^2 - 2 t^3) is largest


def test_roth_erev_learns_by_hand() -> None:
    """A buyer drew the middle of three markups and gained it; another got nothing; nothing traded later."""
    strategy = strategies.make("roth-erev", {"markups": 3, "strength": 6})
    forecast_wh, limit = (
        np.array([[10, 10], [10, 10], [-20, 10]]),
        np.array([[150, 150], [100, 150], [150, 200]]),
    )
    most, cost = np.full_like(limit, 200), np.full_like(limit, 100)
    view = View(slice(0, 2), forecast_wh, most, cost, most[:, 0], most[:, 0], no_past)
    orders, fill_wh = Orders(forecast_wh, limit), np.array([[10, 0], [0, 0], [-10, 0]])
    price, draws = np.array([150, 0]), Draws(DrawsByDay(Streams(7), NAMES[:3], 24), slice(None), slice(0, 2))
    told = Cleared(view, orders, orders, fill_wh, price * fill_wh, price, orders, fill_wh)
    learned = strategy.learn(told, strategy.begin(3, draws), draws)
    # All begin at 6 x 0.5 / 3 = 1; forgetting 0.1, experimentation 0.2; rewards of 1/2, 0, and 1/2 x 1/2.
    assert learned[0].tolist() == [pytest.approx([1.0, 1.3, 1.0]), [1, 1, 1]]
    assert learned[1].tolist() == [pytest.approx([1.0, 1.0, 0.9]), [1, 1, 1]]
    assert learned[2].tolist() == [[1, 1, 1], pytest.approx([1.0, 1.1, 1.0])]


def test_ziu_is_zic_between_0_and_the_highest_price() -> None:
    assert prices("ziu", [500] * 24) == prices("zic", [500] * 24, value=500_000, cost=0)


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
