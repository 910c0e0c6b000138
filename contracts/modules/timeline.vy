# pragma version ==0.4.3
"""
@title Timeline
@license MIT
@notice When things happen at a gate, and which tariff period a slot is of.
@dev    Slots count from 0 at FIRST_DELIVERY; gate g trades the slots [g x HORIZON, (g + 1) x HORIZON).

        Time line of a gate, by block time:
            window ends <= commit < opens <= submit < closes <= clear < delivery starts ... ends <= settle
        The lead between the end of the window and delivery is divided 1/4 commit, 1/4 submit, 1/2 clear.
"""


from . import bounds


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
