# pragma version ==0.4.3
"""
@title Entries
@license MIT
@notice Who enters a gate: the windows that the meter has committed to, and the homes that have submitted.
@dev    A commitment is posted under this chain and this contract: it, and a proof that opens with it, mean
        nothing in another market.
"""


from . import bounds
from . import community
from . import timeline


uses: community
uses: timeline


# @notice Logged when the meter has committed to windows of readings.
# @param gate The gate
# @param homes The homes' numbers
# @param commitments Each home's commitment as posted
event WindowsCommitted:
    gate: indexed(uint256)
    homes: DynArray[uint256, bounds.MAX_HOMES]
    commitments: DynArray[bytes32, bounds.MAX_HOMES]


# @notice A commitment as posted, see commitment_of -> the one gate and home it was posted for, as _place().
place_of_commitment: public(HashMap[bytes32, uint256])
# @notice Homes that are committed for, as bit (home - 1) of a gate's word.
committed: public(HashMap[uint256, uint256])
# @notice Homes that have submitted, as bit (home - 1) of a gate's word.
submitted: public(HashMap[uint256, uint256])


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
    assert timeline._window_end(gate) <= block.timestamp, "window has not ended"
    assert block.timestamp < timeline._opens(gate), "commitments are closed"
    assert len(homes) == len(commitments), "one commitment per home"
    done: uint256 = self.committed[gate]
    for i: uint256 in range(len(homes), bound=bounds.MAX_HOMES):
        home: uint256 = homes[i]
        assert 0 < home and home <= community.homes_enrolled, "no such home"
        assert done & timeline._bit(home) == 0, "home already committed"
        assert commitments[i] != empty(bytes32), "empty commitment"
        assert self.place_of_commitment[commitments[i]] == 0, "commitment reused"
        self.place_of_commitment[commitments[i]] = timeline._place(gate, home)
        done |= timeline._bit(home)
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
    assert place == timeline._place(gate, home), "window not committed here"


@internal
@view
def _check_open(gate: uint256, home: uint256):
    """
    @notice Refuse a submission before a gate opens, after it closes, or when the home has submitted.
    @param gate The gate
    @param home The home's number
    """
    assert timeline._opens(gate) <= block.timestamp, "gate is not open"
    assert block.timestamp < timeline._closes(gate), "gate is closed"
    assert self.submitted[gate] & timeline._bit(home) == 0, "orders already submitted"
