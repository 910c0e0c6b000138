# pragma version ==0.4.3
# pragma evm-version cancun
"""
@title OwnPrices
@license MIT
@notice The generic clearing rule, for any mechanism: it takes whatever breaks no limit, sells what is bought
        and makes no money. That a clearing is what the market's mechanism makes of the orders is checked off
        chain, from the events alone.
"""


from ..interfaces import IClearingRule
from ..modules import bounds
from ..modules import book


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
    @notice Refuse a clearing that breaks a limit, sells what is not bought, or pays more than is paid.
    @param slot The slot; the same fills and payments are taken in any
    @param orders The packed orders by home, 0 without an order
    @param fills_wh What each home buys or sells
    @param terms What each buyer pays and each seller gets for its fill, in nano-$, fees aside
    @return True
    """
    assert len(terms) == len(orders), "payments must cover every home"
    bids: book.Side = book._side(orders, fills_wh, 0)
    asks: book.Side = book._side(orders, fills_wh, book.SELLS)
    book._check_balance(bids, asks)

    paid: uint256 = 0
    received: uint256 = 0
    for i: uint256 in range(len(orders), bound=bounds.MAX_HOMES):
        order: uint256 = orders[i]
        fill_wh: uint256 = fills_wh[i]
        payment: uint256 = terms[i]
        assert payment <= bounds.MAX_PAYMENT, "payment out of range"
        if fill_wh == 0:
            assert payment == 0, "payment without a fill"
            continue
        at_limit: uint256 = (order & bounds.MAX_PRICE) * fill_wh
        if order & book.SELLS == 0:
            assert payment <= at_limit, "buyer pays above its limit"
            paid += payment
        else:
            assert at_limit <= payment, "seller gets below its limit"
            received += payment
    assert received <= paid, "sellers get more than buyers pay"
    return True
