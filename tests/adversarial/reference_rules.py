"""What each mechanism whose whole rule the contract replays makes of a book: by definition, slowly."""

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence

from sim.market.mechanisms.mechanism import GENERIC, PAY_AS_BID
from tests.adversarial.reference_clearing import Order, check_own_prices, check_pay_as_bid, require

Book = Mapping[int, Order]
Amounts = dict[int, int]
"""By home's number, from 1."""


def mcafee(slot: int, book: Book) -> tuple[Amounts, Amounts]:
    """Fills, and payments of buyers and sellers alike."""
    volume_wh, bid, ask = _last_matched(book)
    next_bid, next_ask = _limit(book, False, volume_wh + 1), _limit(book, True, volume_wh + 1)
    if volume_wh and next_bid is not None and next_ask is not None:
        middle = (next_bid + next_ask) / 2
        if ask <= middle <= bid:
            filled = {home: each.quantity_wh for home, each in book.items() if _accepts(each, bid, ask)}
            return filled, {home: int(middle) * wh for home, wh in filled.items()}
    return _reduced(slot, book, bid, ask, _pro_rata)


def huang(slot: int, book: Book) -> tuple[Amounts, Amounts]:
    """See ``mcafee``."""
    _, bid, ask = _last_matched(book)
    return _reduced(slot, book, bid, ask, _equal_burden)


def muda_lottery(slot: int, book: Book) -> tuple[Amounts, Amounts]:
    """See ``mcafee``."""
    fills, payments = {}, {}
    for half, price in _halves(slot, book):
        short, long, energy_wh = _sides_at(half, price)
        filled = short | _in_turn(long, sorted(long, key=lambda home: _priority(slot, home)), energy_wh)
        fills |= filled
        payments |= {home: price * wh for home, wh in filled.items()}
    return fills, payments


def muda_balanced(slot: int, book: Book) -> tuple[Amounts, Amounts]:
    """Fees by the definition of Vickrey, Clarke and Groves: what the others would gain without a home."""
    fills, payments = {}, {}
    for half, price in _halves(slot, book):
        short, long, energy_wh = _sides_at(half, price)
        gain = {home: abs(book[home].limit - price) for home in long}
        order = sorted(long, key=lambda home: (-gain[home], _priority(slot, home)))
        filled = _in_turn(long, order, energy_wh)
        fills |= short | filled
        payments |= {home: price * wh for home, wh in (short | filled).items()}
        for home, wh in filled.items():
            others = [other for other in order if other != home]
            with_it = sum(gain[other] * filled[other] for other in others)
            without_it = sum(gain[each] * wh for each, wh in _in_turn(long, others, energy_wh).items())
            fee = without_it - with_it if wh else 0
            payments[home] += -fee if book[home].sells else fee
    return fills, payments


REPLAYED: dict[str, Callable[[int, Book], tuple[Amounts, Amounts]]] = {
    "mcafee": mcafee,
    "huang": huang,
    "muda-lottery": muda_lottery,
    "muda-balanced": muda_balanced,
}
AT_OWN_PRICES = (PAY_AS_BID, *REPLAYED)
"""The rules with a price for each home of which the contract checks everything."""


def check_at_own_prices(
    rule: str, slot: int, book: Book, fills: Mapping[int, int], payments: Mapping[int, int]
) -> None:
    """Refuse a clearing with a price for each home that is not by the rule, as the contract does.

    fills, payments: of every home, by number
    """
    if rule == GENERIC:
        check_own_prices(book, fills, payments)
    elif rule == PAY_AS_BID:
        check_pay_as_bid(slot, book, fills, payments)
    else:
        made = REPLAYED[rule](slot, book)
        for what, said, amounts in zip(("fill", "payment"), (fills, payments), made, strict=True):
            expected = {home: amounts.get(home, 0) for home in said}
            require(said == expected, f"{what} off the rule")


def _side(book: Book, sells: bool) -> list[tuple[int, Order]]:
    return [(home, order) for home, order in book.items() if order.sells == sells]


def _wanted_wh(book: Book, sells: bool, price: int) -> int:
    """What a side would trade at a price."""
    side = (order for _, order in _side(book, sells))
    return sum(each.quantity_wh for each in side if (each.limit <= price if sells else each.limit >= price))


def _limit(book: Book, sells: bool, number: int) -> int | None:
    """The limit of a side's Wh of that number, from 1, best first; None where there are not so many."""
    limits = {order.limit for _, order in _side(book, sells)}
    enough = [limit for limit in limits if _wanted_wh(book, sells, limit) >= number]
    return (min if sells else max)(enough, default=None)


def _last_matched(book: Book) -> tuple[int, int, int]:
    """How many Wh accept each other, and the limits of the last of them; all 0 where none does."""
    prices = {order.limit for order in book.values()}
    volumes = [min(_wanted_wh(book, sells, price) for sells in (False, True)) for price in prices]
    volume_wh = max(volumes, default=0)
    bid, ask = (_limit(book, sells, volume_wh) if volume_wh else 0 for sells in (False, True))
    return volume_wh, bid or 0, ask or 0


def _accepts(order: Order, bid: int, ask: int) -> bool:
    return order.limit <= ask if order.sells else order.limit >= bid


def _reduced(
    slot: int, book: Book, bid: int, ask: int, share: Callable[[int, Amounts, int], Amounts]
) -> tuple[Amounts, Amounts]:
    """Those ahead of the last matched orders trade, at their limits."""
    volume_wh, *_ = _last_matched(book)
    sides = [_ahead(slot, book, sells, volume_wh) for sells in (False, True)]
    energy_wh = min(sum(side.values()) for side in sides)
    fills = {home: wh for side in sides for home, wh in share(slot, side, energy_wh).items()}
    return fills, {home: (ask if book[home].sells else bid) * wh for home, wh in fills.items()}


def _ahead(slot: int, book: Book, sells: bool, number: int) -> Amounts:
    """What a side's orders want that come before the one with its Wh of that number, from 1."""
    ahead: Amounts = {}
    for home, order in sorted(
        _side(book, sells), key=lambda each: (each[1].limit * (1 if sells else -1), _priority(slot, each[0]))
    ):
        if sum(ahead.values()) + order.quantity_wh >= number:
            break
        ahead[home] = order.quantity_wh
    return ahead


def _pro_rata(slot: int, wanted_wh: Amounts, energy_wh: int) -> Amounts:
    whole_wh = sum(wanted_wh.values())
    fills = {home: energy_wh * wh // whole_wh for home, wh in wanted_wh.items()}
    return _with_rest(slot, fills, list(wanted_wh), energy_wh)


def _equal_burden(slot: int, wanted_wh: Amounts, energy_wh: int) -> Amounts:
    def left(burden: int) -> Amounts:
        return {home: max(wh - burden, 0) for home, wh in wanted_wh.items()}

    burdens = range(max(wanted_wh.values(), default=0) + 1)
    burden = bisect_left(burdens, True, key=lambda each: sum(left(each).values()) <= energy_wh)
    return _with_rest(slot, left(burden), [home for home, wh in wanted_wh.items() if wh >= burden], energy_wh)


def _with_rest(slot: int, fills: Amounts, homes: Sequence[int], energy_wh: int) -> Amounts:
    """The Wh still over, one each to the first of these."""
    rest = energy_wh - sum(fills.values())
    first = sorted(homes, key=lambda home: _priority(slot, home))[:rest]
    return {home: wh + (home in first) for home, wh in fills.items()}


def _halves(slot: int, book: Book) -> list[tuple[Book, int]]:
    """Each half with the price of the other one; without those that get none."""
    even, odd = (
        {home: order for home, order in book.items() if _priority(slot, home) % 2 == bit} for bit in (0, 1)
    )
    pairs = ((even, _price_of(odd)), (odd, _price_of(even)))
    return [(half, price) for half, price in pairs if price is not None]


def _price_of(half: Book) -> int | None:
    """The middle of the prices at which nothing more would trade; or of the best bid and the best ask."""
    bids, asks = ([order.limit for _, order in _side(half, sells)] for sells in (False, True))
    if not (bids and asks):
        return None
    if max(bids) < min(asks):
        return (max(bids) + min(asks)) // 2
    volume_wh, bid, ask = _last_matched(half)
    next_bid, next_ask = _limit(half, False, volume_wh + 1), _limit(half, True, volume_wh + 1)
    lower = max(ask, -1 if next_bid is None else next_bid)
    return (lower + (bid if next_ask is None else min(bid, next_ask))) // 2


def _sides_at(half: Book, price: int) -> tuple[Amounts, Amounts, int]:
    """What the side with less has filled, what the other wants, and how much there is for it."""
    accepting = {home: order for home, order in half.items() if _accepts(order, price, price)}
    bids, asks = (
        {home: order.quantity_wh for home, order in _side(accepting, sells)} for sells in (False, True)
    )
    short, long = sorted((bids, asks), key=lambda side: sum(side.values()))
    return short, long, sum(short.values())


def _in_turn(wanted_wh: Amounts, order: Sequence[int], energy_wh: int) -> Amounts:
    fills = {}
    for home in order:
        fills[home] = min(wanted_wh[home], energy_wh)
        energy_wh -= fills[home]
    return fills


def _priority(slot: int, home: int) -> int:
    digest = hashlib.sha256(slot.to_bytes(32, "big") + (home - 1).to_bytes(32, "big")).digest()
    return int.from_bytes(digest, "big")
