# pragma version ==0.4.3
"""
@title Trade reduction
@license MIT
@notice What must come of orders with better limits than those that set the prices: see McAfee and Huang.
"""


from . import book
from . import bounds
from . import shares


@internal
@pure
def _check_traded(
    slot: uint256,
    orders: DynArray[uint256, bounds.MAX_HOMES],
    fills_wh: DynArray[uint256, bounds.MAX_HOMES],
    buyers: uint256,
    sellers: uint256,
    equal_burden: bool,
):
    """
    @notice All of the side that has less trades, and the other side shares that; nobody else trades.
    @param slot The slot
    @param orders The packed orders by home
    @param fills_wh What each home buys or sells
    @param buyers Who would buy, bit i for index i
    @param sellers Who would sell
    @param equal_burden See shares
    """
    bids: shares.Group = shares._group(orders, buyers)
    asks: shares.Group = shares._group(orders, sellers)
    energy_wh: uint256 = min(bids.quantity_wh, asks.quantity_wh)
    long: shares.Group = bids if bids.quantity_wh > asks.quantity_wh else asks
    full: uint256 = (bids.homes | asks.homes) & ~long.homes
    if energy_wh == 0:
        shares._check_filled(orders, fills_wh, 0, 0)
    else:
        shares._check_filled(orders, fills_wh, full, long.homes)
        shares._check_shared(slot, orders, fills_wh, long, energy_wh, equal_burden)


@internal
@pure
def _check_paid(
    orders: DynArray[uint256, bounds.MAX_HOMES],
    fills_wh: DynArray[uint256, bounds.MAX_HOMES],
    payments: DynArray[uint256, bounds.MAX_HOMES],
    bid: uint256,
    ask: uint256,
):
    """
    @notice All buyers pay one price, and all sellers get one.
    @param orders The packed orders by home
    @param fills_wh What each home buys or sells
    @param payments What each buyer pays and each seller gets
    @param bid The buyers' price
    @param ask The sellers' price
    """
    for i: uint256 in range(len(orders), bound=bounds.MAX_HOMES):
        price: uint256 = bid if orders[i] & book.SELLS == 0 else ask
        assert payments[i] == price * fills_wh[i], "payment off the rule"
