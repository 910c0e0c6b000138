"""What a clearing must be under either rule, as reasons to refuse all others."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MOST_PAYMENT = 2**128 - 1


class RefusedError(Exception):
    """The market refuses a call, for the reason that the exception says."""


@dataclass(frozen=True)
class Order:
    """What a home asks for in one slot."""

    sells: bool
    quantity_wh: int
    limit: int


def check_clearing(
    slot: int, book: Mapping[int, Order], price: int, fills: Mapping[int, int], k_ppm: int | None = None
) -> None:
    """Refuse all but the one clearing of a slot that a rule with one price allows.

    fills: of every home, by number; k_ppm: see ``one_price``
    """
    if _check_merit_order(book, price, fills):
        reason = "price off the rule" if k_ppm is None else "price not k of the interval"
        require(price == one_price(book, fills, k_ppm), reason)
        _check_margins(slot, book, fills)


def check_pay_as_bid(
    slot: int, book: Mapping[int, Order], fills: Mapping[int, int], payments: Mapping[int, int]
) -> None:
    """Refuse all but merit order at everybody's own limit."""
    if _check_merit_order(book, 0, fills):
        _check_margins(slot, book, fills)
    at_limits = {home: book[home].limit * fill_wh if home in book else 0 for home, fill_wh in fills.items()}
    require(payments == at_limits, "payment off the rule")


def _check_merit_order(book: Mapping[int, Order], price: int, fills: Mapping[int, int]) -> bool:
    """Refuse what leaves or passes over what should trade; whether anything does."""
    _check_fills(book, fills)
    bids, asks = _sides(book)
    bought_wh = _check_balance(bids, asks, fills)
    best_left = {
        sells: best([book[home].limit for home in side if fills[home] < book[home].quantity_wh], default=None)
        for sells, side, best in ((False, bids, max), (True, asks, min))
    }
    left_bid, left_ask = best_left[False], best_left[True]
    crossed = left_bid is not None and left_ask is not None and left_bid >= left_ask
    require(not crossed, "orders that accept each other left")
    if not bought_wh:
        require(price == 0, "price without trade")
        return False
    lowest_bid = min(book[home].limit for home in bids if fills[home])
    highest_ask = max(book[home].limit for home in asks if fills[home])
    require(lowest_bid >= highest_ask, "filled against a limit")
    if left_bid is not None:
        require(left_bid <= lowest_bid, "better bid passed over")
    if left_ask is not None:
        require(left_ask >= highest_ask, "better ask passed over")
    return True


def _check_margins(slot: int, book: Mapping[int, Order], fills: Mapping[int, int]) -> None:
    """Refuse margins that are not rationed by the rule, where a side has anything left."""
    for side, worst in zip(_sides(book), (min, max), strict=True):
        if any(fills[home] < book[home].quantity_wh for home in side):
            margin = worst(book[home].limit for home in side if fills[home])
            _check_margin(slot, book, fills, [home for home in side if book[home].limit == margin])


def one_price(book: Mapping[int, Order], fills: Mapping[int, int], k_ppm: int | None) -> int:
    """k of the way up the interval of market-clearing prices, in parts per million; 0 without trade.

    k_ppm: None for the middle between the last filled bid and the last filled ask
    """
    filled = {home for home in book if fills[home]}
    left = {home for home, order in book.items() if fills[home] < order.quantity_wh}
    bids, asks = (set(side) for side in _sides(book))
    if not (filled & bids and filled & asks):
        return 0
    limit = {home: order.limit for home, order in book.items()}
    last_bid, last_ask = (
        min(limit[home] for home in filled & bids),
        max(limit[home] for home in filled & asks),
    )
    if k_ppm is None:
        return (last_bid + last_ask) // 2
    lower = max([last_ask, *(limit[home] for home in left & bids)])
    upper = min([last_bid, *(limit[home] for home in left & asks)])
    return lower + (upper - lower) * k_ppm // 1_000_000


def check_own_prices(
    book: Mapping[int, Order], fills: Mapping[int, int], payments: Mapping[int, int]
) -> None:
    """Refuse what breaks a limit, sells what nobody buys, or pays out more than it takes in.

    fills, payments: of every home, by number
    """
    _check_fills(book, fills)
    bids, asks = _sides(book)
    _check_balance(bids, asks, fills)
    for home, payment in payments.items():
        require(payment <= MOST_PAYMENT, "payment out of range")
        require(fills[home] > 0 or payment == 0, "payment without a fill")
        if fills[home]:
            at_limit, sells = book[home].limit * fills[home], book[home].sells
            require(sells or payment <= at_limit, "buyer pays above its limit")
            require(not sells or payment >= at_limit, "seller gets below its limit")
    paid, received = (sum(payments[home] for home in side) for side in (bids, asks))
    require(received <= paid, "sellers get more than buyers pay")


def _check_fills(book: Mapping[int, Order], fills: Mapping[int, int]) -> None:
    """In the contract's order: buyers and homes without an order first, then sellers."""
    for sells in (False, True):
        for home, fill_wh in fills.items():
            require(home in book or fill_wh == 0, "fill without an order")
            if home in book and book[home].sells == sells:
                require(fill_wh <= book[home].quantity_wh, "fill above the order")


def _sides(book: Mapping[int, Order]) -> tuple[list[int], list[int]]:
    """Homes that buy, and homes that sell."""
    bids, asks = ([home for home, order in book.items() if order.sells == sells] for sells in (False, True))
    return bids, asks


def _check_balance(bids: Sequence[int], asks: Sequence[int], fills: Mapping[int, int]) -> int:
    """What is bought, in Wh."""
    bought_wh, sold_wh = (sum(fills[home] for home in side) for side in (bids, asks))
    require(bought_wh == sold_wh, "bought and sold differ")
    return bought_wh


def _check_margin(
    slot: int, book: Mapping[int, Order], fills: Mapping[int, int], homes: Sequence[int]
) -> None:
    """Pro rata, rounded down, and the Wh still over one each to the first by sha-256 of slot and index."""
    ordered_wh = sum(book[home].quantity_wh for home in homes)
    energy_wh = sum(fills[home] for home in homes)
    shares = {home: energy_wh * book[home].quantity_wh // ordered_wh for home in homes}
    extra = [home for home in homes if fills[home] == shares[home] + 1]
    exact = [home for home in homes if fills[home] == shares[home]]
    require(len(extra) + len(exact) == len(homes), "margin not rationed pro rata")
    first = sorted(homes, key=lambda home: _priority(slot, home - 1))[: len(extra)]
    require(set(first) == set(extra), "remainder out of order")


def _priority(slot: int, index: int) -> bytes:
    return hashlib.sha256(slot.to_bytes(32, "big") + index.to_bytes(32, "big")).digest()


def require(condition: bool, reason: str) -> None:
    """Refuse, for this reason, unless the condition holds."""
    if not condition:
        raise RefusedError(reason)
