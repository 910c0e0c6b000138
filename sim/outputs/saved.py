"""What runs and studies left in their directories, read back."""

import inspect
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import InputError

_DEEPEST = 900


def read_tables(directory: Path) -> dict[str, pd.DataFrame]:
    """Every table of a run directory by name. Raises InputError where one is damaged."""
    return {path.stem: read_table(path) for path in sorted(directory.glob("*.parquet"))}


def read_table(path: Path) -> pd.DataFrame:
    """One table. Raises InputError where it is missing or damaged."""
    try:
        return pd.read_parquet(path)
    except FileNotFoundError:
        raise InputError(f"{path}: is missing; a run or sweep of this version writes it") from None
    except (ValueError, OSError) as error:  # pyarrow's own among them
        reason = (str(error).splitlines() or [""])[0]
        raise InputError(f"{path}: should be a Parquet table ({reason})") from None


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object. Raises InputError where it is none."""
    try:
        with shallow():
            content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: should be JSON ({error})") from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: should be a JSON object")
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
