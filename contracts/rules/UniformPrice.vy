# pragma version ==0.4.3
# pragma evm-version cancun
"""
@title UniformPrice
@license MIT
@notice The clearing rule of the double auction: one price, k = 1/2; largest volume; nobody passed over;
        margins rationed pro rata. It takes the one clearing that follows from the orders and no other: the
        whole mechanism is checked here.
"""


from ..interfaces import IClearingRule
from ..modules import bounds
from ..modules import book


implements: IClearingRule


# @notice Whether each home has a price of its own: no, all trade at one.
AT_OWN_PRICES: public(constant(bool)) = False


@external
@view
def takes(
    slot: uint256,
    orders: DynArray[uint256, bounds.MAX_HOMES],
    fills_wh: DynArray[uint256, bounds.MAX_HOMES],
    terms: DynArray[uint256, bounds.MAX_HOMES],
) -> bool:
    """
    @notice Refuse all but the one clearing that follows from the orders.
    @param slot The slot
    @param orders The packed orders by home, 0 without an order
    @param fills_wh What each home buys or sells
    @param terms The uniform price; 0 where nothing trades
    @return True
    """
    price: uint256 = terms[0]
    bids: book.Side = book._side(orders, fills_wh, 0)
    asks: book.Side = book._side(orders, fills_wh, book.SELLS)
    book._check_balance(bids, asks)
    if bids.has_left and asks.has_left:
        assert bids.best_left < asks.best_left, "orders that accept each other left"
    if bids.filled_wh == 0:
        assert price == 0, "price without trade"
    else:
        assert asks.worst_filled <= bids.worst_filled, "filled against a limit"
        assert price == (bids.worst_filled + asks.worst_filled) // 2, "price off the rule"
        if bids.has_left:
            assert bids.best_left <= bids.worst_filled, "better bid passed over"
            self._check_rationing(slot, orders, fills_wh, bids.worst_filled)
        if asks.has_left:
            assert asks.best_left >= asks.worst_filled, "better ask passed over"
            self._check_rationing(slot, orders, fills_wh, book.SELLS | asks.worst_filled)
    return True


@internal
@pure
def _check_rationing(
    slot: uint256,
    orders: DynArray[uint256, bounds.MAX_HOMES],
    fills_wh: DynArray[uint256, bounds.MAX_HOMES],
    at_margin: uint256,
):
    """
    @notice Orders at the margin get floor(F x q / Q) each, and the remaining Wh go one each to the first of
            them by sha256(slot, index): an order nobody can choose, and that favours nobody over time.
    @param slot The slot
    @param orders The packed orders by home
    @param fills_wh What each home buys or sells
    @param at_margin Side and limit price of the orders at the margin, as packed
    """
    quantity_wh: uint256 = 0
    filled_wh: uint256 = 0
    for i: uint256 in range(len(orders), bound=bounds.MAX_HOMES):
        order: uint256 = orders[i]
        if order & (book.SELLS | bounds.MAX_PRICE) == at_margin:
            quantity_wh += book._quantity_wh(order)
            filled_wh += fills_wh[i]
    if filled_wh == quantity_wh:
        return

    last_with: uint256 = 0
    first_without: uint256 = max_value(uint256)
    for i: uint256 in range(len(orders), bound=bounds.MAX_HOMES):
        order: uint256 = orders[i]
        if order == 0 or order & (book.SELLS | bounds.MAX_PRICE) != at_margin:
            continue
        fill_wh: uint256 = fills_wh[i]
        share_wh: uint256 = filled_wh * book._quantity_wh(order) // quantity_wh
        priority: uint256 = convert(sha256(concat(convert(slot, bytes32), convert(i, bytes32))), uint256)
        if fill_wh == share_wh + 1:
            last_with = max(last_with, priority)
        else:
            assert fill_wh == share_wh, "margin not rationed pro rata"
            first_without = min(first_without, priority)
    assert last_with < first_without, "remainder out of order"
