# pragma version ==0.4.3
"""
@title Merit order
@license MIT
@notice What fills must be under every rule with one price: the largest volume, nobody passed over, and the
        orders at a margin rationed pro rata. Only one set of fills is.
"""


from . import book
from . import bounds


@internal
@pure
def _check_sides(bids: book.Side, asks: book.Side, price: uint256):
    """
    @notice Refuse fills that leave or pass over what should trade, and a price without trade.
    @param bids The bids, as they are filled
    @param asks The asks
    @param price The price of all of them
    """
    book._check_balance(bids, asks)
    if bids.has_left and asks.has_left:
        assert bids.best_left < asks.best_left, "orders that accept each other left"
    if bids.filled_wh == 0:
        assert price == 0, "price without trade"
    else:
        assert asks.worst_filled <= bids.worst_filled, "filled against a limit"
        if bids.has_left:
            assert bids.best_left <= bids.worst_filled, "better bid passed over"
        if asks.has_left:
            assert asks.best_left >= asks.worst_filled, "better ask passed over"


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
