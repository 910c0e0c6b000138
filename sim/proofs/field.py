"""Elements of BN254's scalar field, in which EZKL computes, and the hex in which it writes them."""

MODULUS = 21888242871839275222246405745257275088548364400416034343698204186575808495617
ELEMENT_BYTES = 32
COMMITMENT_BYTES = 64
"""A point of the curve."""


def to_hex(value: int) -> str:
    """Little-endian hex of an integer; negative ones wrap around the modulus."""
    return (value % MODULUS).to_bytes(ELEMENT_BYTES, "little").hex()


def from_hex(text: str) -> int:
    """The field element that little-endian hex stands for."""
    return int.from_bytes(bytes.fromhex(text), "little")


def signed(element: int) -> int:
    """The integer of smallest magnitude that a field element stands for."""
    return element - MODULUS if element > MODULUS // 2 else element
