# pragma version ==0.4.3
"""
@title Sums
@license MIT
@notice Of each gate, the sum of the commitments to its homes' outputs, and what it opens to.
@dev    To open a sum one must know every column of it whole, rows that mean nothing included. So an order
        counts only with the auctioneer's word that it holds the column: its signature. With it, the order is
        in the sum, and cannot be left out.

        Challenges and signatures are bound to this chain and this contract, and to what they are for.
"""


from . import bn254
from . import bounds
from . import community
from . import entries
from . import openings
from . import sealed_bounds
from . import timeline


uses: community
uses: entries
uses: openings
uses: timeline


ORDER: constant(bytes32) = keccak256("zkpet SealedMarket order")
CLEARING: constant(bytes32) = keccak256("zkpet SealedMarket clearing")

# @notice The sum of the commitments to a gate's outputs; (0, 0) before the first.
sum_of: public(HashMap[uint256, uint256[2]])


@external
@view
def receipt_of(gate: uint256, home: uint256, point: uint256[2]) -> bytes32:
    """
    @notice What the auctioneer signs when it is told a home's column.
    @param gate The gate
    @param home The home's number
    @param point The commitment to the column
    @return The digest
    """
    return self._receipt_of(gate, home, point)


@internal
@view
def _receipt_of(gate: uint256, home: uint256, point: uint256[2]) -> bytes32:
    """
    @notice What the auctioneer signs: that it holds the column of a home for a gate of this market.
    @param gate The gate
    @param home The home's number
    @param point The commitment to the column
    @return The digest
    """
    return keccak256(abi_encode(ORDER, chain.id, self, gate, home, point))


@internal
@view
def _check_signed(
    gate: uint256, home: uint256, point: uint256[2], signature: Bytes[sealed_bounds.SIGNATURE_BYTES]
):
    """
    @notice Refuse an order that the auctioneer has not signed.
    @dev    A signature has a second form, with s negated; both say the same, and nothing is known by a
            signature's bytes, so both are taken. ecrecover answers what is no signature with the zero
            address.
    @param gate The gate
    @param home The home's number
    @param point The commitment to the home's outputs
    @param signature The auctioneer's: r, s, v
    """
    assert len(signature) == sealed_bounds.SIGNATURE_BYTES, "signature of wrong length"
    signer: address = ecrecover(
        self._receipt_of(gate, home, point),
        convert(slice(signature, 64, 1), uint256),
        extract32(signature, 0, output_type=uint256),
        extract32(signature, 32, output_type=uint256),
    )
    assert signer != empty(address) and signer == community.AUCTIONEER, "not signed by the auctioneer"


@internal
def _add(gate: uint256, home: uint256, point: uint256[2]):
    """
    @notice Add a home's commitment to its gate's sum; reverts where the point is none.
    @param gate The gate
    @param home The home's number
    @param point The commitment to its outputs
    """
    self.sum_of[gate] = ecadd(self.sum_of[gate], point)
    entries.submitted[gate] |= timeline._bit(home)


@internal
@view
def _homes_in(gate: uint256) -> uint256:
    """
    @notice How many homes have submitted to a gate.
    @param gate The gate
    @return Their number
    """
    count: uint256 = 0
    left: uint256 = entries.submitted[gate]
    for _: uint256 in range(bounds.MAX_HOMES):
        if left == 0:
            break
        left &= left - 1
        count += 1
    return count


@internal
@view
def _check_totals(
    gate: uint256,
    homes: uint256,
    totals: DynArray[int256, bounds.MAX_HORIZON],
    opened: DynArray[uint256[2], bounds.MAX_HORIZON],
):
    """
    @notice Refuse totals that are not the sums of the homes' outputs.
    @param gate The gate
    @param homes How many homes have submitted
    @param totals One per slot, at the community's scale
    @param opened The openings, one per slot
    """
    slots: uint256 = timeline.HORIZON
    assert len(totals) == slots and len(opened) == slots, "one total and opening per slot"
    for total: int256 in totals:
        assert -sealed_bounds.MAX_TOTAL <= total and total <= sealed_bounds.MAX_TOTAL, "total out of range"
    point: uint256[2] = self.sum_of[gate]
    digest: bytes32 = keccak256(
        abi_encode(CLEARING, chain.id, self, gate, gate * timeline.HORIZON, homes, point, totals, opened)
    )
    challenge: uint256 = convert(digest, uint256) % bn254.FIELD
    assert openings._are_rows(point, totals, opened, challenge), "totals do not open the sum"
