# pragma version ==0.4.3
# pragma evm-version cancun
"""
@title PayAsBid
@license MIT
@notice The clearing rule of the mechanism "pay-as-bid": fills in merit order, each at its own limit. The
        whole mechanism is checked here.
"""


from ..interfaces import IClearingRule
from ..modules import book
from ..modules import bounds
from ..modules import merit_order


implements: IClearingRule


# @notice Whether each home has a price of its own.
AT_OWN_PRICES: public(constant(bool)) = True


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
    @param terms What each buyer pays and each seller gets for its fill, in nano-$, fees aside
    @return True
    """
    assert len(terms) == len(orders), "payments must cover every home"
    bids: book.Side = book._side(orders, fills_wh, 0)
    asks: book.Side = book._side(orders, fills_wh, book.SELLS)
    merit_order._check_sides(bids, asks, 0)
    if bids.filled_wh != 0:
        if bids.has_left:
            merit_order._check_rationing(slot, orders, fills_wh, bids.worst_filled)
        if asks.has_left:
            merit_order._check_rationing(slot, orders, fills_wh, book.SELLS | asks.worst_filled)
    for i: uint256 in range(len(orders), bound=bounds.MAX_HOMES):
        assert terms[i] == (orders[i] & bounds.MAX_PRICE) * fills_wh[i], "payment off the rule"
    return True
