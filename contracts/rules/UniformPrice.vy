# pragma version ==0.4.3
# pragma evm-version cancun
"""
@title UniformPrice
@license MIT
@notice The clearing rule of the mechanism "uniform": a k-double auction over the interval of market-clearing
        prices. At a price of the interval no order left unfilled, in whole or part, strictly gains, and
        none filled loses. The whole mechanism is checked here.
"""


from ..interfaces import IClearingRule
from ..modules import book
from ..modules import bounds
from ..modules import merit_order


implements: IClearingRule


# @notice Whether each home has a price of its own: no, all trade at one.
AT_OWN_PRICES: public(constant(bool)) = False

PPM: constant(uint256) = 1_000_000
# @notice Where in the interval the price lies, in parts per million of its length.
K_PPM: public(immutable(uint256))


@deploy
def __init__(k_ppm: uint256):
    """
    @notice A k-double auction.
    @param k_ppm Where in the interval the price lies: 0 is its lower end, 1,000,000 its upper end
    """
    assert k_ppm <= PPM, "k out of range"
    K_PPM = k_ppm


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
        # A side with nothing left has a best limit left of 0: nothing above it binds the lower end.
        lower: uint256 = max(asks.worst_filled, bids.best_left)
        upper: uint256 = bids.worst_filled
        if asks.has_left:
            upper = min(upper, asks.best_left)
        assert price == lower + (upper - lower) * K_PPM // PPM, "price not k of the interval"
        if bids.has_left:
            merit_order._check_rationing(slot, orders, fills_wh, bids.worst_filled)
        if asks.has_left:
            merit_order._check_rationing(slot, orders, fills_wh, book.SELLS | asks.worst_filled)
    return True
