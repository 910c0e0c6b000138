"""The curve BN254, over which EZKL commits, by revm's precompiled contracts.

A point is 64 bytes, x then y, big-endian, as contracts and proofs hold it; zeros are the point at infinity.
"""

from collections.abc import Iterable

import pyrevm

from sim.proofs.field import ELEMENT_BYTES, MODULUS, signed

BASE_FIELD = 21888242871839275222246405745257275088696311157297823662689037894645226208583
INFINITY = bytes(2 * ELEMENT_BYTES)
G1 = (1).to_bytes(ELEMENT_BYTES, "big") + (2).to_bytes(ELEMENT_BYTES, "big")
ADD, MULTIPLY, PAIRING = 6, 7, 8
"""Addresses of the contracts: EIP-196 and EIP-197."""
_ENOUGH_GAS = 1_000_000_000
_CALLER = "0x" + "11" * 20
_ONE_THIRD_OF_B = 3


def precompiled(address: int, data: bytes) -> bytes:
    """What a precompiled contract returns. Raises ValueError where it refuses its input."""
    evm = pyrevm.EVM(gas_limit=_ENOUGH_GAS)  # 4 us; one that is kept holds on to memory at each call
    try:
        return bytes(evm.message_call(_CALLER, f"0x{address:040x}", calldata=data, gas=_ENOUGH_GAS))
    except RuntimeError:
        raise ValueError(f"invalid input to BN254 precompile {address}") from None


def coordinates(point: bytes) -> tuple[int, int]:
    """x and y."""
    return int.from_bytes(point[:ELEMENT_BYTES], "big"), int.from_bytes(point[ELEMENT_BYTES:], "big")


def is_point(point: bytes) -> bool:
    """Whether these are 64 bytes of a point of the curve, not that at infinity. The group has prime order."""
    x, y = coordinates(point)
    on_curve = (y * y - x**3 - _ONE_THIRD_OF_B) % BASE_FIELD == 0
    return len(point) == len(INFINITY) and max(x, y) < BASE_FIELD and on_curve


def add(one: bytes, other: bytes) -> bytes:
    """The sum of two points."""
    return precompiled(ADD, one + other)


def negated(point: bytes) -> bytes:
    """The point with the opposite y."""
    x, y = coordinates(point)
    return x.to_bytes(ELEMENT_BYTES, "big") + (-y % BASE_FIELD).to_bytes(ELEMENT_BYTES, "big")


def multiply(point: bytes, factor: int) -> bytes:
    """A multiple of a point; quick where the factor is a small integer of either sign."""
    factor = signed(factor % MODULUS)
    if factor < 0:
        point, factor = negated(point), -factor
    return point if factor == 1 else precompiled(MULTIPLY, point + factor.to_bytes(ELEMENT_BYTES, "big"))


def weighted_sum(terms: Iterable[tuple[int, bytes]]) -> bytes:
    """The sum of factors times points."""
    total = INFINITY
    for factor, point in terms:
        if factor:
            total = add(total, multiply(point, factor))
    return total


def pairs_to_one(pairs: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether the product of the pairings of points of G1 with points of G2 is one.

    A point of G2 is 128 bytes, the imaginary part of each coordinate first.
    """
    return precompiled(PAIRING, b"".join(one + other for one, other in pairs))[-1] == 1
