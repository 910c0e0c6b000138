# pragma version ==0.4.3
# pragma evm-version cancun
"""
@title McAfee
@license MIT
@notice The clearing rule of the mechanism "mcafee": all trade at the middle of the first limits left out,
        where the last matched orders accept it; else these set the prices, and do not trade. The whole
        mechanism is replayed here.
"""


from ..interfaces import IClearingRule
from ..modules import book
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
    bid: uint256 = margin.bid
    ask: uint256 = margin.ask
    buyers: uint256 = margin.bids_ahead
    sellers: uint256 = margin.asks_ahead
    if margin.has_next_bid and margin.has_next_ask:
        both: uint256 = margin.next_bid + margin.next_ask
        if margin.matched and 2 * margin.ask <= both and both <= 2 * margin.bid:
            bid = both // 2
            ask = both // 2
            for i: uint256 in range(len(orders), bound=bounds.MAX_HOMES):
                if margin.last & (1 << i) != 0:
                    if orders[i] & book.SELLS == 0:
                        buyers |= 1 << i
                    else:
                        sellers |= 1 << i
    reduction._check_traded(slot, orders, fills_wh, buyers, sellers, False)
    reduction._check_paid(orders, fills_wh, terms, bid, ask)
    return True
