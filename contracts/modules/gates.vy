# pragma version ==0.4.3
"""
@title Gates
@license MIT
@notice What becomes of a gate whose orders are open: orders, slots, settled periods.
"""


from . import book
from . import bounds
from . import community
from . import entries
from . import timeline


uses: community
uses: entries
uses: timeline


# @notice Slots cleared or void, as bit (slot - gate x HORIZON) of a gate's word.
finished_slots: public(HashMap[uint256, uint256])
# @notice Settled tariff periods, as bit (period) of a gate's word.
settled_periods: public(HashMap[uint256, uint256])
# @notice _place() x MAX_ORDER_WORDS + word -> four orders.
_order_words: HashMap[uint256, uint256]


# ---------------------------------------------------------------------------------------------------------
# Orders
# ---------------------------------------------------------------------------------------------------------


@external
@view
def order_of(slot: uint256, home: uint256) -> (bool, uint256, uint256):
    """
    @notice A home's order for a slot.
    @param slot The slot
    @param home The home's number
    @return Whether it sells, its quantity in Wh (0 without an order), its limit price
    """
    column: uint256 = slot % timeline.HORIZON
    place: uint256 = timeline._place(slot // timeline.HORIZON, home)
    word: uint256 = self._order_words[place * bounds.MAX_ORDER_WORDS + column // bounds.ORDERS_PER_WORD]
    order: uint256 = (word >> (bounds.ORDER_BITS * (column % bounds.ORDERS_PER_WORD))) & bounds.ORDER_MASK
    return order & book.SELLS != 0, book._quantity_wh(order), order & bounds.MAX_PRICE


@internal
def _store_orders(
    gate: uint256, home: uint256, ordered: DynArray[uint256, bounds.MAX_HORIZON]
) -> DynArray[uint256, bounds.MAX_ORDER_WORDS]:
    """
    @notice Keep a home's orders, four to a word, and that it has submitted.
    @param gate The gate
    @param home The home's number
    @param ordered Its packed orders, one per slot
    @return The words
    """
    words: DynArray[uint256, bounds.MAX_ORDER_WORDS] = []
    first: uint256 = timeline._place(gate, home) * bounds.MAX_ORDER_WORDS
    word: uint256 = 0
    for i: uint256 in range(len(ordered), bound=bounds.MAX_HORIZON):
        column: uint256 = i % bounds.ORDERS_PER_WORD
        word |= ordered[i] << (bounds.ORDER_BITS * column)
        if column == bounds.ORDERS_PER_WORD - 1 or i == timeline.HORIZON - 1:
            self._order_words[first + len(words)] = word
            words.append(word)
            word = 0
    entries.submitted[gate] |= timeline._bit(home)
    return words


@internal
@view
def _orders_of(slot: uint256) -> DynArray[uint256, bounds.MAX_HOMES]:
    """
    @notice The orders of all homes for a slot.
    @param slot The slot
    @return The packed orders by home, 0 without an order
    """
    ordered: DynArray[uint256, bounds.MAX_HOMES] = []
    column: uint256 = slot % timeline.HORIZON
    offset: uint256 = bounds.ORDER_BITS * (column % bounds.ORDERS_PER_WORD)
    place: uint256 = timeline._place(slot // timeline.HORIZON, 1) * bounds.MAX_ORDER_WORDS
    place += column // bounds.ORDERS_PER_WORD
    for i: uint256 in range(community.homes_enrolled, bound=bounds.MAX_HOMES):
        ordered.append((self._order_words[place] >> offset) & bounds.ORDER_MASK)
        place += bounds.MAX_ORDER_WORDS
    return ordered


# ---------------------------------------------------------------------------------------------------------
# Slots and tariff periods
# ---------------------------------------------------------------------------------------------------------


@internal
def _finish_clearing(slot: uint256, fills: uint256) -> uint256:
    """
    @notice What holds of every clearing, whatever the rule: when, of all homes, and once.
    @param slot The slot
    @param fills How many homes the clearing is of
    @return The slot's gate
    """
    gate: uint256 = slot // timeline.HORIZON
    assert timeline._closes(gate) <= block.timestamp, "gate is not closed"
    assert block.timestamp < timeline._window_end(gate) + timeline.LEAD_S, "clearing is over"
    assert fills == community.homes_enrolled, "fills must cover every home"
    self._finish(gate, slot)
    return gate


@internal
def _finish_void(slot: uint256):
    """
    @notice A slot is void that has not been cleared in time.
    @param slot The slot
    """
    gate: uint256 = slot // timeline.HORIZON
    assert timeline._window_end(gate) + timeline.LEAD_S <= block.timestamp, "clearing is not over"
    self._finish(gate, slot)


@internal
def _finish(gate: uint256, slot: uint256):
    """
    @notice A slot is cleared or void once.
    @param gate The slot's gate
    @param slot The slot
    """
    bit: uint256 = 1 << (slot - gate * timeline.HORIZON)
    assert self.finished_slots[gate] & bit == 0, "slot already cleared or void"
    self.finished_slots[gate] |= bit


@internal
def _settle_period(gate: uint256, period: uint256, totals: uint256, others: uint256) -> bool:
    """
    @notice What holds of every settlement: after delivery, of all homes, once for each period that occurs.
    @param gate The gate
    @param period The tariff period
    @param totals How many homes the one total is of
    @param others How many the other is of
    @return Whether all periods of the gate are settled now
    """
    assert timeline._delivered(gate) <= block.timestamp, "delivery has not ended"
    assert self.finished_slots[gate] == (1 << timeline.HORIZON) - 1, "slots neither cleared nor void"
    count: uint256 = community.homes_enrolled
    assert totals == count and others == count, "totals must cover every home"
    in_gate: uint256 = timeline._periods_of(gate)
    settled: uint256 = self.settled_periods[gate]
    assert in_gate & (1 << period) != 0, "no such period in the gate"
    assert settled & (1 << period) == 0, "period already settled"
    settled |= 1 << period
    self.settled_periods[gate] = settled
    return settled == in_gate
