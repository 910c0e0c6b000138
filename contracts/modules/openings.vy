# pragma version ==0.4.3
"""
@title Openings
@license MIT
@notice Rows of a committed column, opened on chain: all of them in one check.
@dev    Row j of a column of 2^k rows is the value of a polynomial P at w^j. To open it is to show the point
        q = [(P(s) - v) / (s - w^j)]G1, where C = [P(s)]G1 is the commitment and s the secret of the
        structured reference string (SRS); then e(C - [v]G1 + [w^j]q, G2) = e(q, [s]G2) if and only if v is
        the row (Kate, Zaverucha, Goldberg 2010). A sum of commitments opens to the sum of rows.

        Rows 0, 1, ... are checked at once, under powers of a challenge that must be a hash of all that the
        check is about: the commitment, the values and the openings.
"""


from . import bn254
from . import bounds
from . import sealed_bounds


# @notice What of the SRS a check needs. All keys and commitments are of this SRS, and of this size.
# @param logrows Binary logarithm k of a column's rows
# @param minus_s_g2 [-s]G2, of x and of y the imaginary part first
struct Srs:
    logrows: uint256
    minus_s_g2: uint256[4]


# @notice Binary logarithm of the rows of a column.
LOGROWS: public(immutable(uint256))
# @notice [-s]G2 of the SRS, of x and of y the imaginary part first.
MINUS_S_G2: public(immutable(uint256[4]))
# @notice Where row 1 of a column stands; row j stands at its j-th power.
ROOT: public(immutable(uint256))


@deploy
def __init__(srs: Srs):
    """
    @notice Fix the SRS.
    @param srs What of it a check needs
    """
    assert srs.logrows <= sealed_bounds.MAX_LOGROWS, "rows out of range"
    LOGROWS = srs.logrows
    MINUS_S_G2 = srs.minus_s_g2
    ROOT = bn254._root(srs.logrows)


@internal
@view
def _are_rows(
    commitment: uint256[2],
    values: DynArray[int256, bounds.MAX_HORIZON],
    openings: DynArray[uint256[2], bounds.MAX_HORIZON],
    challenge: uint256,
) -> bool:
    """
    @notice Whether values are the first rows of a committed column; reverts where a point is none.
    @dev    With z the challenge: e(sum z^j (C - v_j G1 + w^j q_j), G2) = e(sum z^j q_j, [s]G2).
    @param commitment The column's commitment C
    @param values The values v_j of rows 0, 1, ...
    @param openings Their openings q_j, one per value
    @param challenge A field element that follows from all of these
    @return Whether they are
    """
    power: uint256 = 1
    place: uint256 = 1
    powers: uint256 = 0
    valued: uint256 = 0
    lifted: uint256[2] = [0, 0]
    opened: uint256[2] = [0, 0]
    for j: uint256 in range(len(values), bound=bounds.MAX_HORIZON):
        opened = ecadd(opened, ecmul(openings[j], power))
        lifted = ecadd(lifted, ecmul(openings[j], uint256_mulmod(power, place, bn254.FIELD)))
        powers = uint256_addmod(powers, power, bn254.FIELD)
        valued = uint256_addmod(
            valued, uint256_mulmod(power, bn254._element(values[j]), bn254.FIELD), bn254.FIELD
        )
        power = uint256_mulmod(power, challenge, bn254.FIELD)
        place = uint256_mulmod(place, ROOT, bn254.FIELD)
    lifted = ecadd(lifted, ecmul(commitment, powers))
    lifted = ecadd(lifted, ecmul(bn254.G1, bn254.FIELD - valued))
    return bn254._pairings_cancel(lifted, opened, MINUS_S_G2)
