"""The homes of a market as they decide: those that share a strategy at once, one row each."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from agents.kinds import Kind, assign_kinds
from agents.strategies import Cleared, Draws, Past, Strategy, View, strategies
from sim.arrays import Ints, Rows
from sim.chain.bounds import PRICE_BITS
from sim.errors import InputError
from sim.market.bills import OutsideOption
from sim.market.clearing import Trades
from sim.market.orders import Orders, asks_least
from sim.schema.values import exact
from sim.seeds import Streams
from sim.simulation.preparation import Prepared


def _to_read(array: Ints) -> Ints:
    """Refuses to be written to, where a strategy of a user's own tries."""
    array.flags.writeable = False
    return array


def strategies_of_homes(
    streams: Streams, homes: Sequence[str], shares: Mapping[str, float]
) -> tuple[str, ...]:
    """Deal strategies to shares of the homes; their names."""
    wanted: dict[Kind, Fraction] = {name: exact(share) for name, share in shares.items()}
    return tuple(map(str, assign_kinds(streams, ("strategy-choice",), homes, wanted)))


class History:
    """What has happened in a market so far: arrays of shape (homes, slots), 0 where nothing yet.

    scheduled_wh:             what they meant to trade: their forecast, or what a strategy made of it
    quantity_wh, limit_price: the orders that were accepted; of several rounds' limits the one that asks least
    fill_wh, payment, price:  as in ``Trades``, of the slots that have been cleared
    gates_cleared:            how far the market has come
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.scheduled_wh, self.quantity_wh, self.limit_price, self.fill_wh, self.payment = (
            np.zeros(shape, dtype=np.int64) for _ in range(5)
        )
        self.price: Ints = np.zeros(shape[1], dtype=np.int64)
        self.gates_cleared = 0

    def orders_of(self, slots: slice) -> Orders:
        """The accepted orders for some slots."""
        return Orders(self.quantity_wh[:, slots], self.limit_price[:, slots])

    @property
    def trades(self) -> Trades:
        """What has been traded so far."""
        return Trades(self.fill_wh, self.payment)


class Traders:
    """The homes of one strategy in one market: what they decide, and the state that they learn into.

    rows: which of the market's homes they are
    """

    def __init__(
        self, prepared: Prepared, forecast_wh: Ints, history: History, strategy: Strategy, rows: Rows
    ) -> None:
        self.strategy, self.rows = strategy, rows
        self._prepared, self._forecast_wh, self._history = prepared, forecast_wh, history
        self._import_wh = _to_read(prepared.population.import_limit_wh[rows])
        self._export_wh = _to_read(prepared.population.export_limit_wh[rows])
        self._expected: dict[int, View] = {}
        self._ordered: dict[int, tuple[View, Orders]] = {}
        first = self._draws(0)
        self.state = strategy.begin(int(np.arange(len(forecast_wh))[rows].size), first)

    def decide(self, gate: int, round_: int = 0, left_wh: Ints | None = None) -> Orders:
        """Their orders for a gate, 0 Wh at 0 where they have none.

        left_wh: in later rounds what of all homes' orders is not filled, shape (homes, horizon)
        """
        view = self._view(gate, round_, left_wh)
        made = self._checked(view, self.strategy.orders(view, self.state, self._draws(gate, round_)))
        limit_price = made.limit_price
        if not self._prepared.mechanism.asks_limits:
            limit_price = self._prepared.mechanism.limits(made.quantity_wh, self._outside(gate))
        orders = Orders(made.quantity_wh, np.where(made.quantity_wh == 0, 0, limit_price))
        self._ordered[gate] = view, orders
        self._expected.setdefault(gate, view)
        return orders

    def learn(self, gate: int, accepted: Orders, trades: Trades) -> None:
        """Be told what became of a gate's orders, or of a round's; arguments are of all homes."""
        view, ordered = self._ordered[gate]
        told = Cleared(
            view=view,
            ordered=ordered,
            accepted=Orders(*(_to_read(each[self.rows]) for each in accepted)),
            fill_wh=_to_read(trades.fill_wh[self.rows]),
            payment=_to_read(trades.payment[self.rows]),
            price=_to_read(trades.price[:]),
            book=Orders(*(_to_read(each[:]) for each in accepted)),
            book_fill_wh=_to_read(trades.fill_wh[:]),
        )
        self.state = self.strategy.learn(told, self.state, self._draws(gate, view.round))

    def read_meter(self, gate: int, reading_wh: Ints) -> None:
        """Be told what was delivered at a gate, of all homes."""
        del self._ordered[gate]  # its last round's, of what was left
        view = self._expected.pop(gate)
        self.state = self.strategy.read_meter(view, _to_read(reading_wh[self.rows]), self.state)

    def _draws(self, gate: int, round_: int = 0) -> Draws:
        return Draws(self._prepared.draws, self.rows, self._prepared.slots_of(gate), round_)

    def _outside(self, gate: int) -> OutsideOption:
        return self._prepared.outside.during(self._prepared.slots_of(gate), self.rows)

    def _view(self, gate: int, round_: int, left_wh: Ints | None) -> View:
        prepared, history, rows = self._prepared, self._history, self.rows
        slots, clock, outside = prepared.slots_of(gate), prepared.scenario.time, self._outside(gate)
        cleared = slice(history.gates_cleared * clock.horizon)
        metered = slice(max(slots.start - clock.lead, 0))
        return View(
            slots=slots,
            round=round_,
            forecast_wh=_to_read(self._forecast_wh[rows, slots] if left_wh is None else left_wh[rows]),
            buyer_value=outside.retail - outside.buyer_fee,
            seller_cost=outside.feed_in + outside.seller_fee,
            import_wh=self._import_wh,
            export_wh=self._export_wh,
            recall=lambda: Past(
                limit_price=_to_read(history.limit_price[rows, cleared]),
                fill_wh=_to_read(history.fill_wh[rows, cleared]),
                price=_to_read(history.price[cleared]),
                forecast_wh=_to_read(self._forecast_wh[rows, metered]),
                reading_wh=_to_read(prepared.reading_wh[rows, metered]),
            ),
        )

    def _checked(self, view: View, orders: Orders) -> Orders:
        """What a strategy of a user's own may get wrong. Raises InputError in a sentence that says what."""
        said = f'strategy "{self.strategy.name}"'
        if not isinstance(orders, Orders):
            raise InputError(f"{said}: gives {type(orders).__name__}, should give Orders")
        for name, given in zip(Orders._fields, orders, strict=True):
            if not isinstance(given, np.ndarray) or given.dtype != np.int64:
                raise InputError(f"{said}: {name} should be an array of int64")
            if given.shape != view.forecast_wh.shape:
                raise InputError(
                    f"{said}: {name} has shape {given.shape}, should have {view.forecast_wh.shape}, "
                    "homes and slots of the gate"
                )
        quantity_wh, limit_price = orders
        lowest, highest = int(limit_price.min()), int(limit_price.max())
        if lowest < 0 or highest >= 1 << PRICE_BITS:
            wrong = lowest if lowest < 0 else highest
            raise InputError(
                f"{said}: a limit of {wrong} nano-$ per Wh should be from 0 to below 2^{PRICE_BITS}"
            )
        if quantity_wh is view.forecast_wh or np.array_equal(quantity_wh, view.forecast_wh):
            return orders
        if not self.strategy.sets_quantities:
            raise InputError(
                f"{said}: orders other quantities than the forecast, so it should say sets_quantities = True"
            )
        if view.round:
            return Orders(view.forecast_wh, limit_price)
        bounded = np.clip(quantity_wh, -view.export_wh[:, None], view.import_wh[:, None])
        return Orders(bounded, limit_price)


Cover = Callable[[Ints, Ints], Ints]
"""Makes of what is left, and of limits, those limits that homes have credit for; shapes (homes, horizon)."""


class _Round(NamedTuple):
    """A gate's last round so far: the orders that stand in it, and what was traded in those before."""

    number: int
    orders: Orders
    traded: Trades


class Participants:
    """All homes of one market.

    history: what has happened there so far
    traders: by home, those that it decides with
    limits:  has the last word on the limits of a gate's orders in each round, shapes (homes, horizon), where
             somebody beside the strategies names some; quantities stay as they are
    """

    limits: Callable[[int, Orders], Ints] | None = None

    def __init__(self, prepared: Prepared, names: Sequence[str], forecast_wh: Ints) -> None:
        """Names: of the homes' strategies, whose states begin anew; forecast_wh: shape (homes, slots)."""
        self.history = History(forecast_wh.shape)
        parameters, assigned = prepared.scenario.market.parameters, np.array(names)
        self._prepared = prepared
        self._traders = {
            name: Traders(
                prepared,
                forecast_wh,
                self.history,
                strategies.make(name, parameters.get(name)),
                slice(None) if (assigned == name).all() else assigned == name,  # a slice saves copies
            )
            for name in dict.fromkeys(names)
        }
        self.traders = tuple(self._traders[name] for name in names)
        self._rounds: dict[int, _Round] = {}

    def decide(self, gate: int) -> Orders:
        """What all homes order at a gate, shapes (homes, horizon); 0 Wh at 0 where they do not."""
        slots = self._prepared.slots_of(gate)
        orders = Orders(*(np.zeros_like(self.history.fill_wh[:, slots]) for _ in range(2)))
        for each in self._traders.values():
            orders.quantity_wh[each.rows], orders.limit_price[each.rows] = each.decide(gate)
        orders = self._named(gate, orders)
        self.history.scheduled_wh[:, slots] = orders.quantity_wh
        return orders

    def accept(self, gate: int, accepted: Orders) -> None:
        """What of it stands in the book."""
        slots, history = self._prepared.slots_of(gate), self.history
        history.quantity_wh[:, slots], history.limit_price[:, slots] = accepted
        nothing = np.zeros_like(accepted.quantity_wh)
        self._rounds[gate] = _Round(0, accepted, Trades(nothing, nothing))

    def requote(self, gate: int, trades: Trades, cover: Cover | None = None) -> Ints:
        """What a round's orders came to; returns the limits for the next, shape (homes, horizon).

        cover: None where nobody is refused for want of credit
        """
        before = self._rounds[gate]
        self._tell(gate, before.orders, trades)
        left_wh = before.orders.quantity_wh - trades.fill_wh
        limits = np.zeros_like(left_wh)
        for each in self._traders.values():
            limits[each.rows] = each.decide(gate, before.number + 1, left_wh).limit_price
        limits = self._named(gate, Orders(left_wh, limits)).limit_price
        limits = cover(left_wh, limits) if cover else limits
        self._rounds[gate] = _Round(before.number + 1, Orders(left_wh, limits), before.traded.plus(trades))
        asked = self.history.limit_price[:, self._prepared.slots_of(gate)]
        asked[:] = asks_least(left_wh, asked, limits)
        return limits

    def _named(self, gate: int, orders: Orders) -> Orders:
        return orders._replace(limit_price=self.limits(gate, orders)) if self.limits else orders

    def learn(self, gate: int, trades: Trades) -> None:
        """What a gate's orders came to in all rounds: every home learns from what is its own."""
        slots, history = self._prepared.slots_of(gate), self.history
        history.fill_wh[:, slots], history.payment[:, slots] = trades.fill_wh, trades.payment
        history.price[slots] = trades.price
        history.gates_cleared += 1
        last = self._rounds.pop(gate)
        self._tell(gate, last.orders, trades.less(last.traded))

    def _tell(self, gate: int, orders: Orders, trades: Trades) -> None:
        for each in self._traders.values():
            each.learn(gate, orders, trades)

    def read_meters(self, gate: int, realised_wh: Ints) -> None:
        """What was delivered at a gate, shape (homes, horizon)."""
        for each in self._traders.values():
            each.read_meter(gate, realised_wh)
