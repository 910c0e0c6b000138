# pragma version ==0.4.3
"""
@title Settlement
@license MIT
@notice Settlement periods: what their gates have traded, and what homes have reserved until they are settled.
@dev    Period p settles the gates [p x SETTLEMENT_GATES, (p + 1) x SETTLEMENT_GATES), as far as there are
        gates. Sums of money are price times output, so that they are at the outputs' scale s: a nano-$ is
        2^s.
"""


from . import balances
from . import bounds
from . import community
from . import sealed_bounds
from . import timeline


uses: balances
uses: community
uses: timeline


CLEARED: constant(uint256) = 1
VOID: constant(uint256) = 2

# @notice Gates that are settled together.
SETTLEMENT_GATES: public(immutable(uint256))

# @notice What has become of a gate: 0 nothing yet, 1 it is cleared, 2 it is void.
outcome_of: public(HashMap[uint256, uint256])
# @notice Gates of a settlement period that are cleared or void.
finished_gates: public(HashMap[uint256, uint256])
# @notice Sum over the cleared slots of a settlement period of price times total.
traded: public(HashMap[uint256, int256])
# @notice What the orders of a settlement period could cost a home at worst, by period and home, in nano-$.
exposure: public(HashMap[uint256, HashMap[uint256, uint256]])
# @notice Whether that is no longer reserved: the period is settled or released.
is_freed: public(HashMap[uint256, bool])
# @notice Whether the period is settled.
is_settled: public(HashMap[uint256, bool])
# @notice Homes whose trades of a settlement period are proved, as bit (home - 1) of its word.
proved: public(HashMap[uint256, uint256])
# @notice A home's proved trade, by settlement period and home.
proved_sum: public(HashMap[uint256, HashMap[uint256, int256]])


@deploy
def __init__(settlement_gates: uint256):
    """
    @notice Fix how many gates are settled together.
    @param settlement_gates Their number, all gates at most
    """
    assert 0 < settlement_gates and settlement_gates <= timeline.GATES, "settlement period out of range"
    SETTLEMENT_GATES = settlement_gates


# ---------------------------------------------------------------------------------------------------------
# Gates
# ---------------------------------------------------------------------------------------------------------


@internal
def _finish_clearing(gate: uint256, traded: int256):
    """
    @notice A gate is cleared between its closing and its delivery.
    @param gate The gate
    @param traded Sum over its slots of price times total
    """
    self._finish(gate, CLEARED)
    self.traded[gate // SETTLEMENT_GATES] += traded


@internal
@view
def _check_clearing(gate: uint256):
    """
    @notice Refuse a clearing before a gate has closed or after its delivery has begun.
    @param gate The gate
    """
    assert timeline._closes(gate) <= block.timestamp, "gate is not closed"
    assert block.timestamp < timeline._window_end(gate) + timeline.LEAD_S, "clearing is over"
    assert self.outcome_of[gate] == 0, "gate already cleared or void"


@internal
def _finish_void(gate: uint256):
    """
    @notice A gate is void that has not been cleared in time.
    @param gate The gate
    """
    assert timeline._window_end(gate) + timeline.LEAD_S <= block.timestamp, "clearing is not over"
    assert self.outcome_of[gate] == 0, "gate already cleared or void"
    self._finish(gate, VOID)


@internal
def _finish(gate: uint256, outcome: uint256):
    """
    @notice Remember what has become of a gate.
    @param gate The gate
    @param outcome CLEARED or VOID
    """
    self.outcome_of[gate] = outcome
    self.finished_gates[gate // SETTLEMENT_GATES] += 1


# ---------------------------------------------------------------------------------------------------------
# Reservations
# ---------------------------------------------------------------------------------------------------------


@internal
def _expose(gate: uint256, home: uint256, cost: uint256, credit_limit: uint256):
    """
    @notice Reserve what a home's orders of a gate could cost at worst, until they are settled.
    @param gate The gate
    @param home The home's number
    @param cost What to reserve
    @param credit_limit How far the home's balance may fall
    """
    balances._reserve(home, cost, credit_limit)
    self.exposure[gate // SETTLEMENT_GATES][home] += cost


@internal
def _unexpose(gate: uint256, home: uint256, cost: uint256):
    """
    @notice Free what a home's orders of a void gate reserve.
    @param gate The gate
    @param home The home's number
    @param cost What they reserve
    """
    period: uint256 = gate // SETTLEMENT_GATES
    self.exposure[period][home] -= cost
    if not self.is_freed[period]:
        balances.reserved[home] -= cost


@internal
def _free(period: uint256) -> uint256:
    """
    @notice Free what all homes' orders of a settlement period still reserve.
    @param period The settlement period
    @return What was freed
    """
    if self.is_freed[period]:
        return 0
    self.is_freed[period] = True
    freed: uint256 = 0
    for i: uint256 in range(community.homes_enrolled, bound=bounds.MAX_HOMES):
        exposure: uint256 = self.exposure[period][i + 1]
        if exposure != 0:
            balances.reserved[i + 1] -= exposure
            freed += exposure
    return freed


# ---------------------------------------------------------------------------------------------------------
# Periods
# ---------------------------------------------------------------------------------------------------------


@internal
@view
def _gates_of(period: uint256) -> uint256:
    """
    @notice How many gates a settlement period has; refuses periods that there are not.
    @param period The settlement period
    @return Their number
    """
    assert period <= (timeline.GATES - 1) // SETTLEMENT_GATES, "no such settlement period"
    return min(SETTLEMENT_GATES, timeline.GATES - period * SETTLEMENT_GATES)


@internal
@view
def _delivered(period: uint256) -> uint256:
    """
    @notice When the last slot of a settlement period has been delivered.
    @param period The settlement period
    @return Seconds
    """
    return timeline._delivered(period * SETTLEMENT_GATES + self._gates_of(period) - 1)


@internal
@view
def _check_finished(period: uint256):
    """
    @notice Refuse a settlement period that still has gates to be cleared or declared void.
    @param period The settlement period
    """
    assert self.finished_gates[period] == self._gates_of(period), "gates neither cleared nor void"


@internal
def _finish_settlement(period: uint256, sums: uint256, others: uint256):
    """
    @notice What holds of every settlement: after delivery, when all gates are finished, of all homes, once.
    @param period The settlement period
    @param sums How many homes the one sum is of
    @param others How many the other is of
    """
    assert self._delivered(period) <= block.timestamp, "delivery has not ended"
    self._check_finished(period)
    count: uint256 = community.homes_enrolled
    assert sums == count and others == count, "sums must cover every home"
    assert not self.is_settled[period], "period already settled"
    self.is_settled[period] = True


@internal
def _pay(home: uint256, scaled: int256, scale: uint256) -> int256:
    """
    @notice A home pays a sum of money at the outputs' scale, rounded down, so that the utility bears less
            than a nano-$.
    @param home The home's number
    @param scaled The sum
    @param scale Binary logarithm of the scale
    @return What it pays, for balances._collect
    """
    cost: int256 = scaled >> scale
    if cost != 0:
        balances.balance_of[home] -= cost
    return cost
