# pragma version ==0.4.3
"""
@title Gates
@license MIT
@notice The time line of gates, and what becomes of each: commitments, orders, slots, settled periods.
@dev    Slots count from 0 at FIRST_DELIVERY; gate g trades the slots [g x HORIZON, (g + 1) x HORIZON).

        Time line of a gate, by block time:
            window ends <= commit < opens <= submit < closes <= clear < delivery starts ... ends <= settle
        The lead between the end of the window and delivery is divided 1/4 commit, 1/4 submit, 1/2 clear.

        A commitment is posted under this chain and this contract: it, and a proof that opens with it, mean
        nothing in another market.
"""


from . import book
from . import bounds
from . import community


uses: community


# @notice Logged when the meter has committed to windows of readings.
# @param gate The gate
# @param homes The homes' numbers
# @param commitments Each home's commitment as posted
event WindowsCommitted:
    gate: indexed(uint256)
    homes: DynArray[uint256, bounds.MAX_HOMES]
    commitments: DynArray[bytes32, bounds.MAX_HOMES]


# @notice When slot 0 begins, in seconds; local time counted as if it were UTC.
FIRST_DELIVERY: public(immutable(uint256))
# @notice Length of a slot in seconds.
SLOT_S: public(immutable(uint256))
# @notice Slots per gate.
HORIZON: public(immutable(uint256))
# @notice Seconds between the end of a window and the first delivery.
LEAD_S: public(immutable(uint256))
# @notice Seconds that a window of readings spans.
WINDOW_S: public(immutable(uint256))
# @notice Gates of the run.
GATES: public(immutable(uint256))
# @notice Tariff periods of a day.
PERIODS: public(immutable(uint256))

# @notice The tariff period of each slot of a day.
period_of_day_slot: public(DynArray[uint256, bounds.MAX_DAY_SLOTS])
# @notice A commitment as posted, see commitment_of -> the one gate and home it was posted for, as _place().
place_of_commitment: public(HashMap[bytes32, uint256])
# @notice Homes that are committed for, as bit (home - 1) of a gate's word.
committed: public(HashMap[uint256, uint256])
# @notice Homes that have submitted, as bit (home - 1) of a gate's word.
submitted: public(HashMap[uint256, uint256])
# @notice Slots cleared or void, as bit (slot - gate x HORIZON) of a gate's word.
finished_slots: public(HashMap[uint256, uint256])
# @notice Settled tariff periods, as bit (period) of a gate's word.
settled_periods: public(HashMap[uint256, uint256])
# @notice _place() x MAX_ORDER_WORDS + word -> four orders.
_order_words: HashMap[uint256, uint256]


@deploy
def __init__(
    first_delivery: uint256,
    slot_s: uint256,
    horizon: uint256,
    lead: uint256,
    lookback: uint256,
    gates: uint256,
    period_of_day_slot: DynArray[uint256, bounds.MAX_DAY_SLOTS],
):
    """
    @notice Fix the time line.
    @param first_delivery When slot 0 begins, in seconds
    @param slot_s Length of a slot in seconds
    @param horizon Slots per gate
    @param lead Slots between the end of a window and the first delivery
    @param lookback Slots of a window
    @param gates Gates of the run
    @param period_of_day_slot The tariff period of each slot of a day
    """
    assert 0 < horizon and horizon <= bounds.MAX_HORIZON, "horizon out of range"
    assert slot_s * lead >= bounds.MIN_LEAD_S, "lead too short"
    assert 0 < lookback, "empty window"
    FIRST_DELIVERY = first_delivery
    SLOT_S = slot_s
    HORIZON = horizon
    LEAD_S = slot_s * lead
    WINDOW_S = slot_s * lookback
    GATES = gates
    self.period_of_day_slot = period_of_day_slot
    periods: uint256 = 0
    for period: uint256 in period_of_day_slot:
        periods = max(periods, period + 1)
    assert 0 < periods and periods <= bounds.MAX_PERIODS, "periods out of range"
    PERIODS = periods


# ---------------------------------------------------------------------------------------------------------
# Commitments
# ---------------------------------------------------------------------------------------------------------


@external
def commit(
    gate: uint256,
    homes: DynArray[uint256, bounds.MAX_HOMES],
    commitments: DynArray[bytes32, bounds.MAX_HOMES],
):
    """
    @notice The meter binds each home's window of readings, salted, to this gate.
    @param gate The gate
    @param homes The homes' numbers
    @param commitments Each home's commitment as commitment_of gives it: to a window, for this market
    """
    community._only_meter()
    assert self._window_end(gate) <= block.timestamp, "window has not ended"
    assert block.timestamp < self._opens(gate), "commitments are closed"
    assert len(homes) == len(commitments), "one commitment per home"
    done: uint256 = self.committed[gate]
    for i: uint256 in range(len(homes), bound=bounds.MAX_HOMES):
        home: uint256 = homes[i]
        assert 0 < home and home <= community.homes_enrolled, "no such home"
        assert done & self._bit(home) == 0, "home already committed"
        assert commitments[i] != empty(bytes32), "empty commitment"
        assert self.place_of_commitment[commitments[i]] == 0, "commitment reused"
        self.place_of_commitment[commitments[i]] = self._place(gate, home)
        done |= self._bit(home)
    self.committed[gate] = done
    log WindowsCommitted(gate=gate, homes=homes, commitments=commitments)


@external
@view
def commitment_of(point: Bytes[64]) -> bytes32:
    """
    @notice What the meter posts of a commitment to a window: it binds it to this chain and this contract.
    @param point The commitment (x and y, 32 bytes each), with which every proof over that window begins
    @return The commitment as posted
    """
    return self._commitment_of(point)


@internal
@view
def _commitment_of(point: Bytes[64]) -> bytes32:
    """
    @notice A commitment as posted.
    @dev Neither gate nor home is part of it, so that a point posted again anywhere here is found out.
    @param point The commitment
    @return Its hash with this chain and this contract
    """
    return keccak256(concat(point, convert(chain.id, bytes32), convert(self, bytes32)))


@internal
@view
def _check_committed(gate: uint256, home: uint256, point: Bytes[64]):
    """
    @notice Refuse a commitment that was not posted for this gate and home.
    @param gate The gate
    @param home The home's number
    @param point The commitment
    """
    place: uint256 = self.place_of_commitment[self._commitment_of(point)]
    assert place == self._place(gate, home), "window not committed here"


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
    column: uint256 = slot % HORIZON
    place: uint256 = self._place(slot // HORIZON, home)
    word: uint256 = self._order_words[place * bounds.MAX_ORDER_WORDS + column // bounds.ORDERS_PER_WORD]
    order: uint256 = (word >> (bounds.ORDER_BITS * (column % bounds.ORDERS_PER_WORD))) & bounds.ORDER_MASK
    return order & book.SELLS != 0, book._quantity_wh(order), order & bounds.MAX_PRICE


@internal
@view
def _check_open(gate: uint256, home: uint256):
    """
    @notice Refuse a submission before a gate opens, after it closes, or when the home has submitted.
    @param gate The gate
    @param home The home's number
    """
    assert self._opens(gate) <= block.timestamp, "gate is not open"
    assert block.timestamp < self._closes(gate), "gate is closed"
    assert self.submitted[gate] & self._bit(home) == 0, "orders already submitted"


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
    first: uint256 = self._place(gate, home) * bounds.MAX_ORDER_WORDS
    word: uint256 = 0
    for i: uint256 in range(len(ordered), bound=bounds.MAX_HORIZON):
        column: uint256 = i % bounds.ORDERS_PER_WORD
        word |= ordered[i] << (bounds.ORDER_BITS * column)
        if column == bounds.ORDERS_PER_WORD - 1 or i == HORIZON - 1:
            self._order_words[first + len(words)] = word
            words.append(word)
            word = 0
    self.submitted[gate] |= self._bit(home)
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
    column: uint256 = slot % HORIZON
    offset: uint256 = bounds.ORDER_BITS * (column % bounds.ORDERS_PER_WORD)
    place: uint256 = self._place(slot // HORIZON, 1) * bounds.MAX_ORDER_WORDS
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
    gate: uint256 = slot // HORIZON
    assert self._closes(gate) <= block.timestamp, "gate is not closed"
    assert block.timestamp < self._window_end(gate) + LEAD_S, "clearing is over"
    assert fills == community.homes_enrolled, "fills must cover every home"
    self._finish(gate, slot)
    return gate


@internal
def _finish_void(slot: uint256):
    """
    @notice A slot is void that has not been cleared in time.
    @param slot The slot
    """
    gate: uint256 = slot // HORIZON
    assert self._window_end(gate) + LEAD_S <= block.timestamp, "clearing is not over"
    self._finish(gate, slot)


@internal
def _finish(gate: uint256, slot: uint256):
    """
    @notice A slot is cleared or void once.
    @param gate The slot's gate
    @param slot The slot
    """
    bit: uint256 = 1 << (slot - gate * HORIZON)
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
    assert self._delivered(gate) <= block.timestamp, "delivery has not ended"
    assert self.finished_slots[gate] == (1 << HORIZON) - 1, "slots neither cleared nor void"
    count: uint256 = community.homes_enrolled
    assert totals == count and others == count, "totals must cover every home"
    in_gate: uint256 = self._periods_of(gate)
    settled: uint256 = self.settled_periods[gate]
    assert in_gate & (1 << period) != 0, "no such period in the gate"
    assert settled & (1 << period) == 0, "period already settled"
    settled |= 1 << period
    self.settled_periods[gate] = settled
    return settled == in_gate


# ---------------------------------------------------------------------------------------------------------
# Time and places
# ---------------------------------------------------------------------------------------------------------


@internal
@view
def _window_end(gate: uint256) -> uint256:
    """
    @notice When the last reading of a gate's window has been taken; refuses gates that there are not.
    @param gate The gate
    @return Seconds
    """
    assert gate < GATES, "no such gate"
    return FIRST_DELIVERY + gate * HORIZON * SLOT_S - LEAD_S


@internal
@view
def _window_begin(gate: uint256) -> uint256:
    """
    @notice When the slot begins that a gate's windows begin with; refuses gates that there are not.
    @param gate The gate
    @return Seconds
    """
    return self._window_end(gate) - WINDOW_S


@internal
@view
def _opens(gate: uint256) -> uint256:
    """
    @notice When a gate opens: after a quarter of the lead.
    @param gate The gate
    @return Seconds
    """
    return self._window_end(gate) + LEAD_S // bounds.LEAD_PHASES


@internal
@view
def _closes(gate: uint256) -> uint256:
    """
    @notice When a gate closes: another quarter later.
    @param gate The gate
    @return Seconds
    """
    return self._opens(gate) + LEAD_S // bounds.LEAD_PHASES


@internal
@view
def _delivered(gate: uint256) -> uint256:
    """
    @notice When the last slot of a gate has been delivered.
    @param gate The gate
    @return Seconds
    """
    return self._window_end(gate) + LEAD_S + HORIZON * SLOT_S


@internal
@view
def _period(slot: uint256) -> uint256:
    """
    @notice The tariff period of a slot, by its time of day.
    @param slot The slot
    @return The period
    """
    if PERIODS == 1:
        return 0
    return self.period_of_day_slot[(FIRST_DELIVERY // SLOT_S + slot) % len(self.period_of_day_slot)]


@internal
@view
def _periods_of(gate: uint256) -> uint256:
    """
    @notice The tariff periods that occur in a gate.
    @param gate The gate
    @return Bit (period) of each
    """
    found: uint256 = 0
    for i: uint256 in range(HORIZON, bound=bounds.MAX_HORIZON):
        found |= 1 << self._period(gate * HORIZON + i)
    return found


@internal
@pure
def _place(gate: uint256, home: uint256) -> uint256:
    """
    @notice One number for a gate and a home.
    @param gate The gate
    @param home The home's number
    @return The number, never 0
    """
    return gate * (bounds.MAX_HOMES + 1) + home


@internal
@pure
def _bit(home: uint256) -> uint256:
    """
    @notice A home's place in a gate's word.
    @param home The home's number
    @return The word with this bit alone
    """
    return 1 << (home - 1)
