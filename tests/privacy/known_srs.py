"""An SRS whose secret is known: with it, what a proof's points say can be solved as what it opens can."""

import hashlib
from pathlib import Path

from py_ecc.optimized_bn128 import G2, multiply, normalize

from sim.proofs import curve
from sim.proofs.curve import BASE_FIELD, G1
from sim.proofs.field import MODULUS
from sim.proofs.srs import Srs

LOGROWS = 9
SECRET = 0x0123_4567_89AB_CDEF_0123_4567_89AB_CDEF_0123_4567_89AB_CDEF_0123_4567_89AB_CDEF % MODULUS
_TO_MONTGOMERY = 2**256


def lagrange_at(x: int, rows: int) -> list[int]:
    """Of each row, its Lagrange polynomial at x: w^i (x^n - 1) / (n (x - w^i))."""
    root, common = (
        pow(7, (MODULUS - 1) // rows, MODULUS),
        (pow(x, rows, MODULUS) - 1) * pow(rows, -1, MODULUS),
    )
    powers = [pow(root, i, MODULUS) for i in range(rows)]
    return [power * common * pow(x - power, -1, MODULUS) % MODULUS for power in powers]


def known_srs(folder: Path) -> Srs:
    """Of 2^9 points, in ``folder``."""
    rows = 2**LOGROWS
    factors = [pow(SECRET, power, MODULUS) for power in range(rows)] + lagrange_at(SECRET, rows)
    points = b"".join(map(_stored, (curve.multiply(G1, factor) for factor in factors)))
    ends = b"".join(map(_stored_g2, (1, SECRET)))
    content = LOGROWS.to_bytes(4, "little") + points + ends
    path = folder / "known.srs"
    path.write_bytes(content)
    return Srs(((LOGROWS, path),), (hashlib.sha256(content).hexdigest(),))


def _stored(point: bytes) -> bytes:
    return b"".join(map(_coordinate, curve.coordinates(point)))


def _stored_g2(factor: int) -> bytes:
    x, y = normalize(multiply(G2, factor))
    return b"".join(_coordinate(int(part)) for each in (x, y) for part in each.coeffs)


def _coordinate(value: int) -> bytes:
    return (value * _TO_MONTGOMERY % BASE_FIELD).to_bytes(32, "little")
