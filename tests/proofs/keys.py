"""What a sealed circuit states, read from its proving key: gates, constants, and which cells are equal.

EZKL 23.0.5 writes, as halo2 does, the verifying key with its selectors, then polynomials: three of the
domain, fixed columns and the permutation's, each as values of rows, as coefficients, and on a coset. Columns
of one block are: those committed to; some of left operands, as many of right ones and of results; constants,
if any; public outputs, if any. A row's selectors say which equation its cells are in:

    result = left + right, left - right, left x right   in any column of the block
    result = left . right                               of the block, into the first column
    result = result of the row above + left . right     likewise
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.arrays import Ints
from sim.proofs.circuit import Compiled
from sim.proofs.field import ELEMENT_BYTES, MODULUS, signed

WINDOW, OUTPUTS = 0, 1
"""The columns that a forecast's circuit commits to."""
_POINT_BYTES = 64
_COUNT_AT, _COUNT_BYTES = 3, 4
_COSET_SHIFT = pow(7, 2**28, MODULUS)
_FROM_MONTGOMERY = pow(2, -256, MODULUS)

Cell = tuple[int, int]
"""A column that takes part in copies, and a row."""


@dataclass(frozen=True)
class Key:
    """A proving key, as far as it states something.

    constants: by row
    same:      of each cell, one that stands for all that are equal to it
    selectors: by row, which of them are set
    committed: columns that are committed to
    width:     columns of left operands, of right ones and of results
    """

    constants: list[int]
    same: dict[Cell, Cell]
    selectors: list[set[int]]
    committed: int
    width: int

    @property
    def right(self) -> int:
        """The first column of right operands."""
        return self.committed + self.width

    @property
    def result(self) -> int:
        """The first column of results."""
        return self.committed + 2 * self.width

    @property
    def behind(self) -> int:
        """The column behind those of results: of constants, or of public outputs where there are none."""
        return self.committed + 3 * self.width

    def copies(self, column: int) -> set[int]:
        """Rows of a column that are equal to another cell."""
        sizes = Counter(self.same.values())
        return {row for row in range(len(self.selectors)) if sizes[self.same[column, row]] > 1}


def key_of(circuit: Compiled, committed: int) -> Key:
    """The key of a circuit of one block that commits to so many columns."""
    verifying, proving = circuit.vk_path.read_bytes(), circuit.pk_path.read_bytes()
    assert proving.startswith(verifying)
    rows = 2**circuit.logrows
    reader = _Reader(proving[len(verifying) :])
    for _ in range(3):
        reader.polynomial()
    fixed, _, _, permutation, _, _ = (list(reader.polynomials()) for _ in range(6))
    assert reader.at == len(reader.content)
    commitments = int.from_bytes(verifying[_COUNT_AT : _COUNT_AT + _COUNT_BYTES], "little") + len(permutation)
    packed = verifying[_COUNT_AT + _COUNT_BYTES + commitments * _POINT_BYTES :]
    bits = np.unpackbits(np.frombuffer(packed, np.uint8), bitorder="little").reshape(-1, rows)
    selectors = [set(np.flatnonzero(bits[:, row]).tolist()) for row in range(rows)]
    constants = [signed(value) for value in fixed[0]]
    return Key(constants, _same(permutation, rows), selectors, committed, circuit.settings.num_inner_cols)


def stated(key: Key, size: int, outputs: int) -> Ints:
    """Shape (outputs, size + 1): what the first rows of outputs are of the first of the window, and of 1.

    Raises KeyError where the key leaves a row of outputs open, AssertionError for equations of other kinds.
    """
    units = np.eye(size + 1, dtype=object)
    given = {(WINDOW, place): units[place] for place in range(size)}
    given |= {(key.behind, row): units[size] * constant for row, constant in enumerate(key.constants)}
    return solved(key, given, [(OUTPUTS, row) for row in range(outputs)])


def solved(key: Key, given: Mapping[Cell, np.ndarray], asked: Sequence[Cell]) -> Ints:
    """What cells are of what others are, which are affine maps: coefficients, then a constant."""
    known: dict[Cell, np.ndarray] = {}
    for cell, value in given.items():
        _set(key, known, cell, value)
    pending = [(row, each) for row, those in enumerate(key.selectors) for each in sorted(those)]
    while pending:
        left = [gate for gate in pending if not _follow(key, known, *gate)]
        assert len(left) < len(pending), f"equations that nothing leads to: {left}"
        pending = left
    return np.array([[signed(int(each) % MODULUS) for each in known[key.same[cell]]] for cell in asked])


def _follow(key: Key, known: dict[Cell, np.ndarray], row: int, selector: int) -> bool:
    """Whether a row's equation has given its result."""

    def value(column: int, at: int = row) -> np.ndarray:
        return known[key.same[column, at]]

    dot = selector - 3 * key.width
    assert dot in (0, 1) or dot < 0, f"row {row} has an equation of another kind"
    try:
        if dot < 0:
            column, kind = divmod(selector, 3)
            operands = value(key.committed + column), value(key.right + column)
            result = (np.add, np.subtract, _product)[kind](*operands)
        else:
            column = 0
            result = sum(
                _product(value(key.committed + each), value(key.right + each)) for each in range(key.width)
            )
            result = result + (value(key.result, row - 1) if dot else 0)
    except KeyError:
        return False
    _set(key, known, (key.result + column, row), result)
    return True


def _product(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Of affine maps, one of which is a constant."""
    if other[:-1].any():
        one, other = other, one
    assert not other[:-1].any(), "a product of two secrets"
    return one * other[-1]


def _set(key: Key, known: dict[Cell, np.ndarray], cell: Cell, value: np.ndarray) -> None:
    value = value % MODULUS
    before = known.setdefault(key.same[cell], value)
    assert (before == value).all(), f"cell {cell} is bound to more than it should be"


def _same(permutation: list[list[int]], rows: int) -> dict[Cell, Cell]:
    root = pow(7, (MODULUS - 1) // rows, MODULUS)
    names = [
        (pow(_COSET_SHIFT, column, MODULUS) * pow(root, row, MODULUS) % MODULUS, (column, row))
        for column in range(len(permutation))
        for row in range(rows)
    ]
    cells, same = dict(names), dict[Cell, Cell]()
    for first in cells.values():
        cell = first
        while cell not in same:
            same[cell] = first
            cell = cells[permutation[cell[0]][cell[1]]]
    return same


class _Reader:
    def __init__(self, content: bytes) -> None:
        self.content, self.at = content, 0

    def count(self) -> int:
        self.at += _COUNT_BYTES
        return int.from_bytes(self.content[self.at - _COUNT_BYTES : self.at], "big")

    def polynomial(self) -> list[int]:
        words = self.count() * ELEMENT_BYTES
        content, self.at = self.content[self.at : self.at + words], self.at + words
        starts = range(0, words, ELEMENT_BYTES)
        values = (int.from_bytes(content[at : at + ELEMENT_BYTES], "little") for at in starts)
        return [value * _FROM_MONTGOMERY % MODULUS for value in values]

    def polynomials(self) -> Iterator[list[int]]:
        for size in [self.count() for _ in range(self.count())]:
            values = self.polynomial()
            assert len(values) == size
            yield values
