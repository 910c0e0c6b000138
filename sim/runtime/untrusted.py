"""Files of strangers: bounded before they are read, and read in one way.

A run directory, a bundle or a study may come from anybody. So no link in it is followed, nothing but a
regular file of bounded size is opened, and JSON holds each key once and no more than its reader expects.
"""

import inspect
import json
import os
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from sim.errors import InputError
from sim.runtime.files import read_file

MOST_JSON_VALUES = 1_000_000
"""Numbers, texts, lists and objects of one JSON text: a tenth of a kB of memory each."""
MOST_TOML_BYTES = 2**20
_DEEPEST = 900
_MOST_PARTS = 16
_TOKEN = re.compile(
    r"""(?P<part>[\w-]++|"(?:[^"\\\n]|\\.)*+"?|'[^'\n]*+'?)|(?P<dot>[ \t]*+\.[ \t]*+)|[^\w"'.-]++"""
)
"""Takes every character once."""
_MOST_BITS = 512
"""Of a whole number: far more than any field takes, and few enough to be shown."""


def read_bytes(path: Path, most: int) -> bytes:
    """A regular file of at most ``most`` bytes, no link. Raises InputError where it is anything else."""
    if not os.path.lexists(path):
        raise InputError(f"{path}: is missing; a run or sweep of this version writes it")
    return read_file(path, most, "it", follow_links=False)


def read_text(path: Path, most: int) -> str:
    """The same as text in UTF-8."""
    try:
        return read_bytes(path, most).decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not text in UTF-8: byte {error.start + 1} is none of it") from None


def parsed_json(text: str) -> Any:
    """What a JSON text holds. Raises ValueError, in a few words, for what is none or is out of bounds."""
    check_values(text, MOST_JSON_VALUES)
    try:
        with shallow():
            return json.loads(text, object_pairs_hook=_object)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def most_values(text: str) -> int:
    """A bound on the numbers, texts, lists and objects of a JSON text, found without parsing it."""
    return text.count(",") + text.count("[") + text.count("{")


def check_values(text: str, most: int) -> None:
    """Raise ValueError where a JSON text may hold more values than ``most``, or than any reader takes."""
    values, most = most_values(text), min(most, MOST_JSON_VALUES)
    if values > most:
        raise ValueError(f"up to {values:,} values, where {most:,} are expected at most")


def parsed_toml(text: str) -> dict[str, Any]:
    """What a TOML text holds, reals as Decimal. Raises ValueError, saying what is wrong with it."""
    if len(text) > MOST_TOML_BYTES:
        raise ValueError(f"longer than {MOST_TOML_BYTES:,} bytes")
    if _has_long_name(text):
        raise ValueError(f"a name of more than {_MOST_PARTS} parts")
    try:
        with shallow():
            document = tomllib.loads(text, parse_float=Decimal)
            if _holds_long_number(document):
                raise ArithmeticError
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except (ValueError, ArithmeticError):
        raise ValueError("a number is too long") from None
    return document


def _has_long_name(text: str) -> bool:
    """Whether there may be a dotted key of many parts, of which tomllib takes the square."""
    parts, before = 1, None
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        parts = parts + 1 if kind == "dot" and before == "part" else parts if kind and before == "dot" else 1
        if parts > _MOST_PARTS:
            return True
        before = kind
    return False


def _holds_long_number(value: object) -> bool:
    """Whole numbers in hex, octal or binary are read at any length, and take long to show."""
    if isinstance(value, dict):
        return any(map(_holds_long_number, value.values()))
    if isinstance(value, list):
        return any(map(_holds_long_number, value))
    return isinstance(value, int) and value.bit_length() > _MOST_BITS


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        (twice, _), *_ = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f'the key "{twice[:60]}" stands there twice')
    return content


@contextmanager
def shallow() -> Iterator[None]:
    """Let deep nesting end in RecursionError, whose limit py-evm lifts beyond the parser's stack."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(min(before, len(inspect.stack(0)) + _DEEPEST))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
