# pragma version ==0.4.3
"""
@title Shares
@license MIT
@notice What becomes of orders that a rule lets trade, where one side has more than the other.
@dev    Sets of homes are words with bit i for index i. What cannot be shared in whole Wh goes, one each, to
        the first by sha256(slot, index): an order nobody can choose, and that favours nobody over time.
"""


from . import book
from . import bounds


# @notice Some orders of one side.
# @param homes Whose
# @param quantity_wh Their energy
struct Group:
    homes: uint256
    quantity_wh: uint256


@internal
@pure
def _group(orders: DynArray[uint256, bounds.MAX_HOMES], homes: uint256) -> Group:
    """
    @notice The orders of some homes, all of one side.
    @param orders The packed orders by home
    @param homes Whose
    @return They, and their energy
    """
    group: Group = Group(homes=homes, quantity_wh=0)
    for i: uint256 in range(len(orders), bound=bounds.MAX_HOMES):
        if homes & (1 << i) != 0:
            group.quantity_wh += book._quantity_wh(orders[i])
    return group


@internal
@pure
def _accepting(
    orders: DynArray[uint256, bounds.MAX_HOMES], sells: uint256, among: uint256, price: uint256
) -> Group:
    """
    @notice The orders of a side that accept a price.
    @param orders The packed orders by home, 0 without an order
    @param sells SELLS for the asks, 0 for the bids
    @param among The homes that count
    @param price The price
    @return Who they are
    """
    group: Group = empty(Group)
    for i: uint256 in range(len(orders), bound=bounds.MAX_HOMES):
        order: uint256 = orders[i]
        if order == 0 or order & book.SELLS != sells or among & (1 << i) == 0:
            continue
        limit: uint256 = order & bounds.MAX_PRICE
        if limit != price and (limit < price) == (sells == 0):
            continue
        group.homes |= 1 << i
        group.quantity_wh += book._quantity_wh(order)
    return group


@internal
@pure
def _priority(slot: uint256, i: uint256) -> uint256:
    """
    @notice A home's place in a slot.
    @param slot The slot
    @param i Its index
    @return The place, lowest first
    """
    return convert(sha256(concat(convert(slot, bytes32), convert(i, bytes32))), uint256)


@internal
@pure
def _check_filled(
    orders: DynArray[uint256, bounds.MAX_HOMES],
    fills_wh: DynArray[uint256, bounds.MAX_HOMES],
    full: uint256,
    shared: uint256,
):
    """
    @notice Refuse fills of others, and of those to be filled anything but all.
    @param orders The packed orders by home
    @param fills_wh What each home buys or sells
    @param full Whose orders are filled
    @param shared Who shares what there is, which is checked elsewhere
    """
    for i: uint256 in range(len(orders), bound=bounds.MAX_HOMES):
        if full & (1 << i) != 0:
            assert fills_wh[i] == book._quantity_wh(orders[i]), "fill off the rule"
        elif shared & (1 << i) == 0:
            assert fills_wh[i] == 0, "fill off the rule"


@internal
@pure
def _check_shared(
    slot: uint256,
    orders: DynArray[uint256, bounds.MAX_HOMES],
    fills_wh: DynArray[uint256, bounds.MAX_HOMES],
    sharing: Group,
    energy_wh: uint256,
    equal_burden: bool,
):
    """
    @notice Refuse all but one way of sharing energy: pro rata, rounded down; or by equal burdens, where each
            gets its order less one and the same quantity, as long as that leaves anything.
    @param slot The slot
    @param orders The packed orders by home
    @param fills_wh What each home buys or sells
    @param sharing Who shares
    @param energy_wh What they share, at most all that they want
    @param equal_burden Whether by equal burdens
    """
    burden_wh: uint256 = 0
    if equal_burden:
        burden_wh = self._burden_wh(orders, sharing.homes, energy_wh)
    filled_wh: uint256 = 0
    last_with: uint256 = 0
    first_without: uint256 = max_value(uint256)
    for i: uint256 in range(len(orders), bound=bounds.MAX_HOMES):
        if sharing.homes & (1 << i) == 0:
            continue
        wanted_wh: uint256 = book._quantity_wh(orders[i])
        share_wh: uint256 = 0
        if equal_burden:
            if wanted_wh < burden_wh:
                assert fills_wh[i] == 0, "fill off the rule"
                continue
            share_wh = wanted_wh - burden_wh
        else:
            share_wh = energy_wh * wanted_wh // sharing.quantity_wh
        if fills_wh[i] == share_wh + 1:
            last_with = max(last_with, self._priority(slot, i))
        else:
            assert fills_wh[i] == share_wh, "fill off the rule"
            first_without = min(first_without, self._priority(slot, i))
        filled_wh += fills_wh[i]
    assert filled_wh == energy_wh, "fill off the rule"
    assert last_with < first_without, "fill off the rule"


@internal
@pure
def _burden_wh(
    orders: DynArray[uint256, bounds.MAX_HOMES], homes: uint256, energy_wh: uint256
) -> uint256:
    """
    @notice The least burden that leaves at most the energy.
    @param orders The packed orders by home
    @param homes Who bears it
    @param energy_wh What is to be shared
    @return The burden in Wh
    """
    least: uint256 = 0
    most: uint256 = bounds.MAX_QUANTITY_WH
    for _: uint256 in range(24):  # one more than an order has bits for its quantity
        if least == most:
            break
        middle: uint256 = (least + most) // 2
        left_wh: uint256 = 0
        for i: uint256 in range(len(orders), bound=bounds.MAX_HOMES):
            if homes & (1 << i) != 0:
                wanted_wh: uint256 = book._quantity_wh(orders[i])
                left_wh += wanted_wh - min(wanted_wh, middle)
        if left_wh > energy_wh:
            least = middle + 1
        else:
            most = middle
    return least


@internal
@pure
def _check_in_turn(
    slot: uint256,
    orders: DynArray[uint256, bounds.MAX_HOMES],
    fills_wh: DynArray[uint256, bounds.MAX_HOMES],
    homes: uint256,
    energy_wh: uint256,
    by_merit: bool,
):
    """
    @notice Refuse all but one way of filling orders one after the other until the energy is used up.
    @param slot The slot
    @param orders The packed orders by home
    @param fills_wh What each home buys or sells
    @param homes Whose orders, all of one side
    @param energy_wh The energy, at most all that they want
    @param by_merit Whether better limits come first; else, and among equals, the order is by priority
    """
    filled_wh: uint256 = 0
    last_filled: uint256 = 0
    partly: uint256 = max_value(uint256)
    first_left: uint256 = max_value(uint256)
    for i: uint256 in range(len(orders), bound=bounds.MAX_HOMES):
        if homes & (1 << i) == 0:
            continue
        turn: uint256 = self._turn(slot, i, orders[i], by_merit)
        fill_wh: uint256 = fills_wh[i]
        if fill_wh == 0:
            first_left = min(first_left, turn)
        elif fill_wh == book._quantity_wh(orders[i]):
            last_filled = max(last_filled, turn)
        else:
            assert fill_wh < book._quantity_wh(orders[i]), "fill off the rule"
            assert partly == max_value(uint256), "fill off the rule"
            partly = turn
        filled_wh += fill_wh
    assert filled_wh == energy_wh, "fill off the rule"
    assert last_filled < partly and last_filled < first_left, "fill off the rule"
    assert partly == max_value(uint256) or partly < first_left, "fill off the rule"


@internal
@pure
def _turn(slot: uint256, i: uint256, order: uint256, by_merit: bool) -> uint256:
    """
    @notice When an order is filled, of orders of one side.
    @param slot The slot
    @param i The home's index
    @param order The packed order
    @param by_merit Whether better limits come first
    @return Its turn, lowest first; with merit all but the last 40 bits of the priority count
    """
    priority: uint256 = self._priority(slot, i)
    if not by_merit:
        return priority
    limit: uint256 = order & bounds.MAX_PRICE
    merit: uint256 = limit if order & book.SELLS != 0 else bounds.MAX_PRICE - limit
    return merit << 216 | priority >> 40
