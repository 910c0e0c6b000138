# pragma version ==0.4.3
"""
@title Curves
@license MIT
@notice Supply and demand of a slot, or of some of its homes: who would trade in merit order, and at which
        limits the last of them does. For rules that replay a mechanism.
@dev    Sets of homes are words with bit i for index i.
"""


from . import book
from . import bounds
from . import shares


ALL: constant(uint256) = max_value(uint256)


# @notice Where supply and demand meet in merit order.
# @param matched Whether any orders accept each other
# @param bid Limit price of the last matched bid
# @param ask Limit price of the last matched ask
# @param bids_ahead The homes whose bids come before it
# @param asks_ahead The homes whose asks do
# @param last The homes of the two
# @param has_next_bid Whether any energy asked for is left out
# @param next_bid Limit price of the first that is
# @param has_next_ask Whether any energy offered is left out
# @param next_ask Limit price of the first that is
struct Margin:
    matched: bool
    bid: uint256
    ask: uint256
    bids_ahead: uint256
    asks_ahead: uint256
    last: uint256
    has_next_bid: bool
    next_bid: uint256
    has_next_ask: bool
    next_ask: uint256


@internal
@pure
def _by_merit(
    slot: uint256, orders: DynArray[uint256, bounds.MAX_HOMES], sells: uint256, among: uint256
) -> DynArray[uint256, bounds.MAX_HOMES]:
    """
    @notice One side in merit order; equal limits by sha256(slot, index), of which the first 208 bits count.
    @param slot The slot
    @param orders The packed orders by home, 0 without an order
    @param sells SELLS for the asks, 0 for the bids
    @param among The homes that count
    @return Indices
    """
    keys: DynArray[uint256, bounds.MAX_HOMES] = []
    for i: uint256 in range(len(orders), bound=bounds.MAX_HOMES):
        order: uint256 = orders[i]
        if order == 0 or order & book.SELLS != sells or among & (1 << i) == 0:
            continue
        limit: uint256 = order & bounds.MAX_PRICE
        merit: uint256 = limit if sells != 0 else bounds.MAX_PRICE - limit
        key: uint256 = merit << 216 | shares._priority(slot, i) >> 48 << 8 | i
        at: uint256 = len(keys)
        keys.append(key)
        for _: uint256 in range(len(keys), bound=bounds.MAX_HOMES):
            if at == 0 or keys[at - 1] < key:
                break
            keys[at] = keys[at - 1]
            at -= 1
        keys[at] = key
    for i: uint256 in range(len(keys), bound=bounds.MAX_HOMES):
        keys[i] &= 255
    return keys


@internal
@pure
def _margin(slot: uint256, orders: DynArray[uint256, bounds.MAX_HOMES], among: uint256) -> Margin:
    """
    @notice Match in merit order.
    @param slot The slot
    @param orders The packed orders by home, 0 without an order
    @param among The homes that count
    @return Where supply and demand meet
    """
    margin: Margin = empty(Margin)
    bids: DynArray[uint256, bounds.MAX_HOMES] = self._by_merit(slot, orders, 0, among)
    asks: DynArray[uint256, bounds.MAX_HOMES] = self._by_merit(slot, orders, book.SELLS, among)
    bid_at: uint256 = 0
    ask_at: uint256 = 0
    taken_wh: uint256 = 0  # of the bid at hand
    given_wh: uint256 = 0  # of the ask at hand
    last_bid: uint256 = 0
    last_ask: uint256 = 0
    for _: uint256 in range(len(bids) + len(asks), bound=2 * bounds.MAX_HOMES):
        if bid_at == len(bids) or ask_at == len(asks):
            break
        bid: uint256 = orders[bids[bid_at]]
        ask: uint256 = orders[asks[ask_at]]
        if bid & bounds.MAX_PRICE < ask & bounds.MAX_PRICE:
            break
        margin.matched = True
        margin.bid = bid & bounds.MAX_PRICE
        margin.ask = ask & bounds.MAX_PRICE
        wanted_wh: uint256 = book._quantity_wh(bid) - taken_wh
        offered_wh: uint256 = book._quantity_wh(ask) - given_wh
        traded_wh: uint256 = min(wanted_wh, offered_wh)
        taken_wh += traded_wh
        given_wh += traded_wh
        last_bid = 1 << bids[bid_at]
        last_ask = 1 << asks[ask_at]
        margin.bids_ahead |= last_bid
        margin.asks_ahead |= last_ask
        if traded_wh == wanted_wh:
            bid_at += 1
            taken_wh = 0
        if traded_wh == offered_wh:
            ask_at += 1
            given_wh = 0
    margin.bids_ahead &= ~last_bid
    margin.asks_ahead &= ~last_ask
    margin.last = last_bid | last_ask
    if bid_at < len(bids):
        margin.has_next_bid = True
        margin.next_bid = orders[bids[bid_at]] & bounds.MAX_PRICE
    if ask_at < len(asks):
        margin.has_next_ask = True
        margin.next_ask = orders[asks[ask_at]] & bounds.MAX_PRICE
    return margin
