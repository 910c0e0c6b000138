# pragma version ==0.4.3
# pragma evm-version cancun
"""
@title MudaLottery
@license MIT
@notice The clearing rule of the mechanism "muda-lottery": two half markets, each at the other's price; on
        the side that has more a lottery decides. The whole mechanism is replayed here.
"""


from ..interfaces import IClearingRule
from ..modules import bounds
from ..modules import halves


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
    odd: uint256 = halves._odd(slot, len(orders))
    has_even_price: bool = False
    has_odd_price: bool = False
    even_price: uint256 = 0
    odd_price: uint256 = 0
    has_even_price, even_price = halves._price_of(slot, orders, ~odd)
    has_odd_price, odd_price = halves._price_of(slot, orders, odd)
    even: halves.Half = halves._check_half(slot, orders, fills_wh, ~odd, has_odd_price, odd_price, False)
    uneven: halves.Half = halves._check_half(slot, orders, fills_wh, odd, has_even_price, even_price, False)
    for i: uint256 in range(len(orders), bound=bounds.MAX_HOMES):
        price: uint256 = even.price if odd & (1 << i) == 0 else uneven.price
        assert terms[i] == price * fills_wh[i], "payment off the rule"
    return True
