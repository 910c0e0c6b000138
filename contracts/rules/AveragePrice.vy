# pragma version ==0.4.3
# pragma evm-version cancun
"""
@title AveragePrice
@license MIT
@notice The clearing rule of the mechanism "average": the price is the middle between the last filled bid and
        the last filled ask, rounded down. The whole mechanism is checked here.
"""


from ..interfaces import IClearingRule
from ..modules import book
from ..modules import bounds
from ..modules import merit_order


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
    merit_order._check_sides(bids, asks, price)
    if bids.filled_wh != 0:
        assert price == (bids.worst_filled + asks.worst_filled) // 2, "price off the rule"
        if bids.has_left:
            merit_order._check_rationing(slot, orders, fills_wh, bids.worst_filled)
        if asks.has_left:
            merit_order._check_rationing(slot, orders, fills_wh, book.SELLS | asks.worst_filled)
    return True
