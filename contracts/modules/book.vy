# pragma version ==0.4.3
"""
@title Book
@license MIT
@notice Packed orders, and what one side of a slot looks like once it is filled.
@dev    An order is 64 bits, as `bounds` has them: whether it sells, quantity, limit price. 0 is no order.
"""


from . import bounds


SELLS: constant(uint256) = 2**63


# @notice One side of a slot. "Worst" and "best" are by price: for bids low is worst, for asks high.
# @param filled_wh Energy filled in all
# @param worst_filled Limit price of the worst order that is filled at all
# @param best_left Limit price of the best order that is not filled to the end
# @param has_left Whether there is such an order
struct Side:
    filled_wh: uint256
    worst_filled: uint256
    best_left: uint256
    has_left: bool


@internal
@pure
def _quantity_wh(order: uint256) -> uint256:
    """
    @notice The quantity of an order.
    @param order The packed order
    @return Energy in Wh
    """
    return (order >> bounds.PRICE_BITS) & bounds.MAX_QUANTITY_WH


@internal
@pure
def _side(
    orders: DynArray[uint256, bounds.MAX_HOMES],
    fills_wh: DynArray[uint256, bounds.MAX_HOMES],
    sells: uint256,
) -> Side:
    """
    @notice Sum up one side; refuses fills above an order, and those without one, which count as bids.
    @param orders The packed orders by home
    @param fills_wh What each home buys or sells
    @param sells SELLS for the asks, 0 for the bids
    @return The side
    """
    side: Side = empty(Side)
    for i: uint256 in range(len(orders), bound=bounds.MAX_HOMES):
        order: uint256 = orders[i]
        if order & SELLS != sells:
            continue
        fill_wh: uint256 = fills_wh[i]
        if order == 0:
            assert fill_wh == 0, "fill without an order"
            continue
        quantity_wh: uint256 = self._quantity_wh(order)
        limit: uint256 = order & bounds.MAX_PRICE
        assert fill_wh <= quantity_wh, "fill above the order"
        if fill_wh != 0:
            worse: bool = limit > side.worst_filled if sells != 0 else limit < side.worst_filled
            if worse or side.filled_wh == 0:
                side.worst_filled = limit
            side.filled_wh += fill_wh
        if fill_wh != quantity_wh:
            better: bool = limit < side.best_left if sells != 0 else limit > side.best_left
            if better or not side.has_left:
                side.best_left = limit
            side.has_left = True
    return side


@internal
@pure
def _check_balance(bids: Side, asks: Side):
    """
    @notice Refuse to sell what is not bought, or the other way round.
    @param bids The one side
    @param asks The other
    """
    assert bids.filled_wh == asks.filled_wh, "bought and sold differ"
