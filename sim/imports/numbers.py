"""Columns of text as exact decimals."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sim.errors import InputError, plain

Texts: TypeAlias = pa.StringArray
MISSING = ("", "-", "--", "?", "na", "n/a", "#n/a", "nan", "null", "none", "missing")
"""Cells that say that there is no reading, in lower case."""
DIGITS = 9
LARGEST = 2**62
"""Of a number, in 10^-9."""
_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_SHORT = r"[+-]?[0-9]{1,18}(?:\.[0-9]{0,18})?"
_GROUPED = r"^[+-]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+$"
"""12.345,678: points between thousands, a decimal comma."""
_ONE_IN = 50
"""Numbers below 1,000 without a point, where points stand between thousands; fewer may end in zeros."""
_THOUSANDS = r"^[+-]?[1-9][0-9]{0,2}\.[0-9]{3}$"
_LONGEST = 60
_SAMPLE = 1000


@dataclass(frozen=True)
class Numbers:
    """A column's numbers: 10^-9 of its unit, and where there is none (the value there is 0)."""

    values: NDArray[np.int64]
    missing: NDArray[np.bool_]


@dataclass(frozen=True)
class Where:
    """Where cells stand, for messages.

    line:    that of the first cell
    without: rows before which the file has lines that are none
    """

    name: str
    line: int
    column: str
    without: Sequence[int] = ()

    def cell(self, row: int) -> str:
        """Of one cell: "file, line 12, column KWH"."""
        return f"{self.name}, line {self.line + row + bisect_right(self.without, row)}, column {self.column}"


def is_missing(texts: Texts) -> NDArray[np.bool_]:
    """Which cells say that there is no reading."""
    return as_bools(pc.is_in(pc.utf8_lower(texts), value_set=pa.array(MISSING)))


def as_bools(found: pa.BooleanArray) -> NDArray[np.bool_]:
    """An array of pyarrow, which has no nulls."""
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def is_numeric(texts: Texts) -> bool:
    """Whether most of a column's first cells, those that are there, are numbers, with either decimal mark."""
    sample = texts.slice(0, _SAMPLE)
    sample = sample.filter(pa.array(~is_missing(sample)))
    if not len(sample):
        sample = texts.filter(pa.array(~is_missing(texts))).slice(0, _SAMPLE)
    if not len(sample):
        return False
    grouped = pc.match_substring_regex(sample, _GROUPED)
    plain = pc.replace_substring(pc.if_else(grouped, "0", sample), ",", ".")
    return bool(pc.sum(pc.match_substring_regex(plain, f"^{_NUMBER}$")).as_py() * 2 > len(sample))


def decimal_mark(columns: Sequence[Texts]) -> str:
    """A comma where a number of the first rows has it as only a decimal mark can stand, else a point."""
    comma = (
        r"^[+-]?(?:[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})|(?:0|[0-9]{4,}),[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]*)$"
    )
    found = any(pc.any(pc.match_substring_regex(each.slice(0, _SAMPLE), comma)).as_py() for each in columns)
    return "," if found else "."


def numbers_of(texts: Texts, decimal: str, where: Where) -> Numbers:
    """Exact decimals in 10^-9, what is finer rounded. Raises InputError at the first cell that is none."""
    missing = is_missing(texts)
    plain = pc.if_else(pa.array(missing), "0", texts)
    if decimal == ",":
        plain = _with_point(plain)
    elif _may_have_thousands(plain):
        example = next(text for text in plain.to_pylist() if "." in text)
        raise InputError(
            f'{where.name}, column {where.column}: "{example}" beside whole numbers, none with another count '
            "of decimals, may be thousands or a fraction; write numbers without marks between thousands"
        )
    good = as_bools(pc.match_substring_regex(plain, f"^{_NUMBER}$"))
    if not good.all():
        row = int(np.argmin(good))
        raise _not_a_number(where, row, str(texts[row]), decimal)
    short = as_bools(pc.match_substring_regex(plain, f"^{_SHORT}$"))
    exact = pc.cast(pc.if_else(pa.array(short), plain, "0"), pa.decimal128(38, 18))
    scaled = pc.cast(pc.round(exact, DIGITS, "half_towards_infinity"), pa.decimal128(38, DIGITS), safe=False)
    halves = np.frombuffer(scaled.buffers()[1], dtype=np.int64).reshape(-1, 2)
    halves = halves[scaled.offset : scaled.offset + len(texts)]
    values = halves[:, 0].copy()
    large = (halves[:, 1] != values >> 63) | (np.abs(values) > LARGEST)
    for row in np.flatnonzero(~short).tolist():
        values[row], large[row] = _exact(str(plain[row]))
    if large.any():
        row = int(np.argmax(large))
        raise InputError(f"{where.cell(row)}: {_shown(str(texts[row]))} is too large to be a reading")
    return Numbers(values, missing)


def _with_point(texts: Texts) -> Texts:
    """Decimal commas as points; a number that has a point without a comma stays none: "1.234" may be 1234."""
    grouped = pc.match_substring_regex(texts, _GROUPED)
    texts = pc.if_else(grouped, pc.replace_substring(texts, ".", ""), texts)
    with_comma = pc.replace_substring(texts, ",", ".")
    return pc.if_else(pc.match_substring(texts, "."), pc.binary_join_element_wise(texts, "?", ""), with_comma)


def _may_have_thousands(texts: Texts) -> bool:
    """Whether numbers with a point all have three digits after it, none below one, and others have none."""
    if pc.any(pc.starts_with(texts.slice(0, _SAMPLE), "0.")).as_py():
        return False
    pointed = pc.match_substring(texts, ".")
    count = pc.sum(pointed).as_py() or 0
    if not 0 < count < len(texts):
        return False
    own, others = texts.filter(pointed), texts.filter(pc.invert(pointed))
    whole = pc.sum(pc.match_substring_regex(others, "^[+-]?[1-9][0-9]{1,2}$")).as_py()
    return bool(whole * _ONE_IN >= len(texts) and pc.all(pc.match_substring_regex(own, _THOUSANDS)).as_py())


def _exact(text: str) -> tuple[int, bool]:
    """A number with an exponent, or with many digits: in 10^-9, and whether it is too large."""
    if len(text) > _LONGEST:
        return 0, True
    number = Decimal(text)
    if abs(number) > LARGEST // 10**DIGITS:
        return 0, True
    return int((number * 10**DIGITS).quantize(Decimal(1), ROUND_HALF_UP)), False


def _not_a_number(where: Where, row: int, text: str, decimal: str) -> InputError:
    hint = ""
    if re.fullmatch(r"[+-]?[0-9.,]+", text):
        mark, other = ("comma", "point") if decimal == "," else ("point", "comma")
        hint = f", as others have a decimal {mark} and none has a {other} alone"
    return InputError(f"{where.cell(row)}: {_shown(text)} is not a number{hint}")


def _shown(text: str) -> str:
    return f'"{plain(text, 40)}"'


def same_texts(text: str, count: int) -> Texts:
    """One text so many times."""
    return pa.repeat(pa.scalar(text, pa.string()), count)
