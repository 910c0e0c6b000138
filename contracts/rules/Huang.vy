# pragma version ==0.4.3
# pragma evm-version cancun
"""
@title Huang
@license MIT
@notice The clearing rule of the mechanism "huang": the last matched orders set the prices and do not trade;
        on the side that has more, all bear the same burden. The whole mechanism is replayed here.
"""


from ..interfaces import IClearingRule
from ..modules import bounds
from ..modules import curves
from ..modules import reduction


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
    margin: curves.Margin = curves._margin(slot, orders, curves.ALL)
    reduction._check_traded(slot, orders, fills_wh, margin.bids_ahead, margin.asks_ahead, True)
    reduction._check_paid(orders, fills_wh, terms, margin.bid, margin.ask)
    return True
