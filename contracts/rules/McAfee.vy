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
from ..modules import shares


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
    margin: curves.Margin = curves._margin(orders, curves.ALL)
    bid: uint256 = margin.bid
    ask: uint256 = margin.ask
    reduced: bool = True
    if margin.has_next_bid and margin.has_next_ask:
        both: uint256 = margin.next_bid + margin.next_ask
        if 2 * margin.ask <= both and both <= 2 * margin.bid:
            reduced = False
            bid = both // 2
            ask = both // 2
    bids: shares.Group = empty(shares.Group)
    asks: shares.Group = empty(shares.Group)
    if margin.matched:
        bids = shares._accepting(orders, 0, curves.ALL, margin.bid, reduced)
        asks = shares._accepting(orders, book.SELLS, curves.ALL, margin.ask, reduced)
    reduction._check_traded(slot, orders, fills_wh, bids, asks, False)
    reduction._check_paid(orders, fills_wh, terms, bid, ask)
    return True
