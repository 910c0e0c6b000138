# pragma version ==0.4.3
"""
@title BN254
@license MIT
@notice The curve that proofs and commitments are made on: its scalar field, its points, its pairing.
@dev    Points of G1 are x and y, infinity is (0, 0). The precompiles refuse coordinates beyond the base
        field and points off the curve, and a refusal of theirs reverts. G1 has prime order: whatever is on
        the curve is in the group.
"""


# Scalar field: public outputs are its elements, the upper half negative.
FIELD: constant(uint256) = 21888242871839275222246405745257275088548364400416034343698204186575808495617
# 7^((FIELD - 1) / 2^28): its powers of two are the roots of unity that rows of columns stand at.
ROOT_OF_UNITY: constant(uint256) = 1748695177688661943023146337482803886740723238769601073607632802312037301404
TWO_ADICITY: constant(uint256) = 28
# Generators. Those of G2 as the pairing takes them: of x and of y the imaginary part first.
G1: constant(uint256[2]) = [1, 2]
G2: constant(uint256[4]) = [
    11559732032986387107991004021392285783925812861821192530917403151452391805634,
    10857046999023057135944570762232829481370756359578518086990519993285655852781,
    4082367875863433681332203403145435568316851327593401208105741076214120093531,
    8495653923123431417604973247489272438418190587263600148770280649306958101930,
]
PAIRING: constant(address) = 0x0000000000000000000000000000000000000008


@internal
@pure
def _root(logrows: uint256) -> uint256:
    """
    @notice The root of unity that row 1 of a column stands at; row j stands at its j-th power.
    @param logrows Binary logarithm of the column's rows, at most TWO_ADICITY
    @return A field element of order 2^logrows
    """
    root: uint256 = ROOT_OF_UNITY
    for _: uint256 in range(TWO_ADICITY - logrows, bound=TWO_ADICITY):
        root = uint256_mulmod(root, root, FIELD)
    return root


@internal
@pure
def _element(number: int256) -> uint256:
    """
    @notice The field element of a signed number.
    @param number The number, its magnitude below the field's modulus
    @return It, or the modulus less its magnitude
    """
    if number < 0:
        return FIELD - convert(-number, uint256)
    return convert(number, uint256)


@internal
@view
def _pairings_cancel(a: uint256[2], b: uint256[2], of_b: uint256[4]) -> bool:
    """
    @notice Whether e(a, G2) x e(b, of_b) = 1.
    @param a A point of G1
    @param b A point of G1
    @param of_b A point of G2
    @return Whether it is
    """
    output: Bytes[32] = raw_call(
        PAIRING, abi_encode(a, G2, b, of_b), max_outsize=32, is_static_call=True
    )
    return convert(output, uint256) == 1
