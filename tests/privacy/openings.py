"""What a proof opens: the challenge at which its columns are evaluated, and what they are there.

A proof is points and field elements. Who hashes the public part of it as the verifier contract does gets the
challenge x; the words after the points are the columns' values at x. Most columns end in random rows, so
their values say nothing. Two kinds do not:

- the committed column, window and salts from row 0 on, with ones in the last six rows;
- for each lookup, how often every row of its table is looked up. The tables are the signs and the digits
  into which hidden and output values are decomposed: no salt is among them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from eth_hash.auto import keccak

from sim.proofs.circuit import Circuit
from sim.proofs.field import ELEMENT_BYTES, MODULUS

POINT_BYTES = 64
RANDOM_ROWS = 6
"""At a column's end; of ones where the column is unblinded."""
_EVALUATIONS_PER_LOOKUP = 3  # a running sum here and at the next row, then the multiplicities
_DIGEST, _EVALUATIONS, _LOGROWS, _OMEGA, _PHASES = 0, 3, 5, 7, 33  # words of the key


@dataclass(frozen=True)
class Opening:
    """A proof's evaluations.

    x:           the challenge
    points:      commitments of the columns, by phase: witness; lookups; products; quotient
    evaluations: all columns at x, some also at neighbouring rows, as the proof lists them
    at_x:        of each row, its Lagrange polynomial at x: a column with values v is sum(v x at_x)
    """

    x: int
    points: tuple[tuple[bytes, ...], ...]
    evaluations: tuple[int, ...]
    at_x: tuple[int, ...]

    @property
    def committed(self) -> int:
        """Window and salts at x."""
        return self._unblinded(0)

    @property
    def sealed(self) -> int:
        """Outputs and their salts at x, where they are committed to."""
        return self._unblinded(1)

    def _unblinded(self, place: int) -> int:
        return (self.evaluations[place] - sum(self.at_x[-RANDOM_ROWS:])) % MODULUS

    @property
    def multiplicities(self) -> tuple[int, ...]:
        """How often each row of each lookup's table is looked up, at x: signs, then digits."""
        lookups = len(self.points[1])
        return self.evaluations[-_EVALUATIONS_PER_LOOKUP * lookups :][2::_EVALUATIONS_PER_LOOKUP]

    def value(self, column: Sequence[int]) -> int:
        """What a column that starts so, and is zero below, would be at x."""
        return sum(a * b for a, b in zip(column, self.at_x, strict=False)) % MODULUS

    def at_neighbours(self, values: Sequence[int]) -> set[int]:
        """An unblinded column up to eight rows up and down from x, as a rotated query would open it."""
        column = [*values, *[0] * (len(self.at_x) - len(values) - RANDOM_ROWS), *[1] * RANDOM_ROWS]
        rotations = [turn % len(column) for turn in range(-8, 9) if turn]
        return {self.value([*column[turn:], *column[:turn]]) for turn in rotations}


def opening(circuit: Circuit, proof: bytes, instances: Sequence[int]) -> Opening:
    """What anybody reads in a published proof."""
    phases = _phases(circuit)
    hashed = circuit.key_words[_DIGEST] + b"".join(map(_word, instances))
    points, challenge, at = [], 0, 0
    for count, challenges in phases:
        column_points = [proof[p : p + POINT_BYTES] for p in range(at, at + count * POINT_BYTES, POINT_BYTES)]
        at += count * POINT_BYTES
        points.append(tuple(column_points))
        hashed = keccak(hashed + b"".join(column_points))
        for _ in range(1, challenges):
            hashed = keccak(hashed + b"\x01")
        challenge = int.from_bytes(hashed, "big") % MODULUS
    words = range(at, at + _number(circuit, _EVALUATIONS) * ELEMENT_BYTES, ELEMENT_BYTES)
    evaluations = tuple(int.from_bytes(proof[p : p + ELEMENT_BYTES], "big") for p in words)
    return Opening(challenge, tuple(points), evaluations, _lagrange(circuit, challenge))


def _phases(circuit: Circuit) -> list[tuple[int, int]]:
    """Points read and challenges squeezed in each phase, as the contract unpacks them from the key."""
    words, phases = _number(circuit, _PHASES) & 0xFF, []
    for place in range(words):
        packed = _number(circuit, _PHASES + place) >> (0 if place else 8)
        while packed:
            phases.append(((packed & 0xFFFF) // POINT_BYTES, packed >> 16 & 0xFF))
            packed >>= 24
    return phases


def _lagrange(circuit: Circuit, x: int) -> tuple[int, ...]:
    """omega^i (x^n - 1) / (n (x - omega^i)) for every row i of n."""
    rows, omega = 2 ** _number(circuit, _LOGROWS), _number(circuit, _OMEGA)
    common = (pow(x, rows, MODULUS) - 1) * pow(rows, -1, MODULUS) % MODULUS
    power, values = 1, []
    for _ in range(rows):
        values.append(power * common * pow(x - power, -1, MODULUS) % MODULUS)
        power = power * omega % MODULUS
    return tuple(values)


def _number(circuit: Circuit, word: int) -> int:
    return int.from_bytes(circuit.key_words[word], "big")


def _word(value: int) -> bytes:
    return value.to_bytes(ELEMENT_BYTES, "big")
