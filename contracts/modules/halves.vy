# pragma version ==0.4.3
"""
@title Halves
@license MIT
@notice The two half markets of MUDA, by the last bit of sha256(slot, index), each cleared at a price that the
        other one makes.
@dev    Sets of homes are words with bit i for index i.
"""


from . import book
from . import bounds
from . import curves
from . import shares


# @notice One half at the other one's price.
# @param price The price
# @param long Who is on the side that has more, and accepts the price
struct Half:
    price: uint256
    long: uint256


@internal
@pure
def _odd(slot: uint256, homes: uint256) -> uint256:
    """
    @notice The second half.
    @param slot The slot
    @param homes How many homes there are
    @return Which of them
    """
    odd: uint256 = 0
    for i: uint256 in range(homes, bound=bounds.MAX_HOMES):
        odd |= (shares._priority(slot, i) & 1) << i
    return odd


@internal
@pure
def _price_of(slot: uint256, orders: DynArray[uint256, bounds.MAX_HOMES], half: uint256) -> (bool, uint256):
    """
    @notice The price that a half makes: the middle of its clearing prices, or of its best bid and ask.
    @param slot The slot
    @param orders The packed orders by home, 0 without an order
    @param half Its homes
    @return Whether it makes one, which it does not without buyers or sellers; the price
    """
    margin: curves.Margin = curves._margin(slot, orders, half)
    if not margin.matched:
        both: bool = margin.has_next_bid and margin.has_next_ask
        return both, (margin.next_bid + margin.next_ask) // 2
    lower: uint256 = max(margin.ask, margin.next_bid)
    upper: uint256 = margin.bid
    if margin.has_next_ask:
        upper = min(upper, margin.next_ask)
    return True, (lower + upper) // 2


@internal
@pure
def _check_half(
    slot: uint256,
    orders: DynArray[uint256, bounds.MAX_HOMES],
    fills_wh: DynArray[uint256, bounds.MAX_HOMES],
    half: uint256,
    has_price: bool,
    price: uint256,
    by_merit: bool,
) -> Half:
    """
    @notice Refuse fills other than those of one half at a price.
    @param slot The slot
    @param orders The packed orders by home, 0 without an order
    @param fills_wh What each home buys or sells
    @param half The half's homes
    @param has_price Whether the other half makes a price
    @param price The price
    @param by_merit In which turn the side that has more is filled, see shares
    @return The half
    """
    if not has_price:
        shares._check_filled(orders, fills_wh, 0, ~half)
        return empty(Half)
    bids: shares.Group = shares._accepting(orders, 0, half, price)
    asks: shares.Group = shares._accepting(orders, book.SELLS, half, price)
    energy_wh: uint256 = min(bids.quantity_wh, asks.quantity_wh)
    long: uint256 = bids.homes if bids.quantity_wh > asks.quantity_wh else asks.homes
    full: uint256 = (bids.homes | asks.homes) & ~long
    shares._check_filled(orders, fills_wh, full if energy_wh != 0 else 0, long | ~half)
    shares._check_in_turn(slot, orders, fills_wh, long, energy_wh, by_merit)
    return Half(price=price, long=long)
