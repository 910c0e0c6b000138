# pragma version ==0.4.3
"""
@title Coefficients
@license MIT
@notice The commitment to a gate's prices, made on chain, with which trades are proved.
@dev    A column's commitment is linear in its rows: that of row j alone is the Lagrange point L_j of the
        SRS. A column as circuits commit to it has ones in its last six rows, whose points together are K. So
        prices c_0, c_1, ... have the commitment K + sum c_j L_j. A contract holds K, L_0, L_1, ...; it is
        not trusted to, its content is known by a digest. That they are the points of the SRS is for
        everybody to see.
"""


from . import bounds
from . import timeline


uses: timeline


POINT_BYTES: constant(uint256) = 64
MAX_POINTS_BYTES: constant(uint256) = POINT_BYTES * (bounds.MAX_HORIZON + 1)

# @notice Whether trades are proved, rather than posted by the meter.
PROVED: public(immutable(bool))
# @notice The contract that returns K, L_0, L_1, ..., where trades are proved.
LAGRANGE: public(immutable(address))
# @notice keccak256 of what it returns.
LAGRANGE_DIGEST: public(immutable(bytes32))

# @notice keccak256 of the commitment to a column without values, K, where trades are proved.
EMPTY_COLUMN: public(immutable(bytes32))

# @notice keccak256 of the commitment to the prices of a cleared gate.
commitment_to_prices: public(HashMap[uint256, bytes32])


@deploy
def __init__(proved: bool, lagrange: address, lagrange_digest: bytes32):
    """
    @notice Fix whether trades are proved, and the Lagrange points.
    @param proved Whether they are
    @param lagrange The contract that returns the points
    @param lagrange_digest keccak256 of what it returns
    """
    PROVED = proved
    LAGRANGE = lagrange
    LAGRANGE_DIGEST = lagrange_digest
    empty_column: bytes32 = empty(bytes32)
    if proved:
        points: Bytes[MAX_POINTS_BYTES] = raw_call(
            lagrange, b"", max_outsize=MAX_POINTS_BYTES, is_static_call=True
        )
        assert len(points) == POINT_BYTES * (timeline.HORIZON + 1), "one point per slot, and one more"
        assert keccak256(points) == lagrange_digest, "other Lagrange points"
        empty_column = keccak256(slice(points, 0, POINT_BYTES))
    EMPTY_COLUMN = empty_column


@internal
def _commit_to_prices(gate: uint256, prices: DynArray[uint256, bounds.MAX_HORIZON]):
    """
    @notice Remember the commitment to a gate's prices.
    @param gate The gate
    @param prices One per slot
    """
    points: Bytes[MAX_POINTS_BYTES] = raw_call(
        LAGRANGE, b"", max_outsize=MAX_POINTS_BYTES, is_static_call=True
    )
    assert keccak256(points) == LAGRANGE_DIGEST, "other Lagrange points"
    point: uint256[2] = self._point(points, 0)
    for i: uint256 in range(len(prices), bound=bounds.MAX_HORIZON):
        point = ecadd(point, ecmul(self._point(points, i + 1), prices[i]))
    self.commitment_to_prices[gate] = keccak256(abi_encode(point))


@internal
@view
def _begins(proof: Bytes[bounds.MAX_PROOF_BYTES], place: uint256, commitment: bytes32) -> bool:
    """
    @notice Whether one of the points that a proof begins with is a commitment.
    @param proof The proof
    @param place The point's place among them, from 0
    @param commitment keccak256 of the commitment; empty for that to a column without values
    @return Whether it is
    """
    digest: bytes32 = keccak256(slice(proof, POINT_BYTES * place, POINT_BYTES))
    return digest == (EMPTY_COLUMN if commitment == empty(bytes32) else commitment)


@internal
@pure
def _point(points: Bytes[MAX_POINTS_BYTES], place: uint256) -> uint256[2]:
    """
    @notice One of several points.
    @param points Their coordinates
    @param place The point's place among them, from 0
    @return The point
    """
    return [
        extract32(points, POINT_BYTES * place, output_type=uint256),
        extract32(points, POINT_BYTES * place + 32, output_type=uint256),
    ]
