# pragma version ==0.4.3
# pragma evm-version cancun
"""
@title MudaBalanced
@license MIT
@notice The clearing rule of the mechanism "muda-balanced": two half markets, each at the other's price; on
        the side that has more the best limits trade, and pay what those gain less whom they displace. The
        whole mechanism is replayed here.
"""


from ..interfaces import IClearingRule
from ..modules import book
from ..modules import bounds
from ..modules import halves
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
    odd: uint256 = halves._odd(slot, len(orders))
    has_even_price: bool = False
    has_odd_price: bool = False
    even_price: uint256 = 0
    odd_price: uint256 = 0
    has_even_price, even_price = halves._price_of(slot, orders, ~odd)
    has_odd_price, odd_price = halves._price_of(slot, orders, odd)
    even: halves.Half = halves._check_half(slot, orders, fills_wh, ~odd, has_odd_price, odd_price, True)
    uneven: halves.Half = halves._check_half(slot, orders, fills_wh, odd, has_even_price, even_price, True)
    fees: DynArray[uint256, bounds.MAX_HOMES] = []
    for _: uint256 in range(len(orders), bound=bounds.MAX_HOMES):
        fees.append(0)
    fees = self._with_fees(slot, orders, fills_wh, even, fees)
    fees = self._with_fees(slot, orders, fills_wh, uneven, fees)
    for i: uint256 in range(len(orders), bound=bounds.MAX_HOMES):
        payment: uint256 = fills_wh[i] * (even.price if odd & (1 << i) == 0 else uneven.price)
        payment = payment + fees[i] if orders[i] & book.SELLS == 0 else payment - fees[i]
        assert terms[i] == payment, "payment off the rule"
    return True


@internal
@pure
def _with_fees(
    slot: uint256,
    orders: DynArray[uint256, bounds.MAX_HOMES],
    fills_wh: DynArray[uint256, bounds.MAX_HOMES],
    half: halves.Half,
    others: DynArray[uint256, bounds.MAX_HOMES],
) -> DynArray[uint256, bounds.MAX_HOMES]:
    """
    @notice What each trade of the side that has more costs those that would have it in its place.
    @param slot The slot
    @param orders The packed orders by home
    @param fills_wh What each home buys or sells
    @param half The half
    @param others Fees of the other half
    @return Fees of both
    """
    fees: DynArray[uint256, bounds.MAX_HOMES] = others
    turns: DynArray[uint256, bounds.MAX_HOMES] = []  # of those with anything left, first come first
    left: DynArray[uint256, bounds.MAX_HOMES] = []  # their indices
    for i: uint256 in range(len(orders), bound=bounds.MAX_HOMES):
        if half.long & (1 << i) == 0 or fills_wh[i] == book._quantity_wh(orders[i]):
            continue
        turn: uint256 = shares._turn(slot, i, orders[i], True)
        at: uint256 = len(turns)
        turns.append(turn)
        left.append(i)
        for _: uint256 in range(len(turns), bound=bounds.MAX_HOMES):
            if at == 0 or turns[at - 1] < turn:
                break
            turns[at] = turns[at - 1]
            left[at] = left[at - 1]
            at -= 1
        turns[at] = turn
        left[at] = i
    for i: uint256 in range(len(orders), bound=bounds.MAX_HOMES):
        if half.long & (1 << i) == 0 or fills_wh[i] == 0:
            continue
        missing_wh: uint256 = fills_wh[i]
        for other: uint256 in left:
            if other == i:
                continue
            displaced_wh: uint256 = min(missing_wh, book._quantity_wh(orders[other]) - fills_wh[other])
            limit: uint256 = orders[other] & bounds.MAX_PRICE
            fees[i] += displaced_wh * (max(limit, half.price) - min(limit, half.price))
            missing_wh -= displaced_wh
            if missing_wh == 0:
                break
    return fees
