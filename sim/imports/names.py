"""Names of homes that the project takes, from whatever a file calls them."""

import csv
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

from sim.data.csv_file import is_home_name
from sim.errors import InputError
from sim.runtime.files import read_file

_LONGEST = 180
_MOST_BYTES = 2**24
HEADER = ("old", "new")


def legal_names(homes: Sequence[str], wanted: Mapping[str, str]) -> dict[str, str]:
    """New names by old ones: those that are wanted, else the old ones in letters, digits, - and _.

    Raises InputError where a wanted name is none, is wanted twice, or no home has the old one.
    """
    if unknown := [old for old in wanted if old not in homes]:
        raise InputError(f'--names: no home is called "{unknown[0]}"; they are {", ".join(homes[:8])}')
    found: dict[str, str] = {}
    taken = set()
    for old, new in wanted.items():
        if not is_home_name(new):
            raise InputError(f'--names: "{new}" of {old} should be letters, digits, - and _, at most 200')
        if new.lower() in taken:
            raise InputError(f'--names: "{new}" is wanted for two homes')
        taken.add(new.lower())
        found[old] = new
    for place, old in enumerate(homes, 1):
        if old in found:
            continue
        name, count = _plain(old) or f"home-{place}", 1
        while (new := name if count == 1 else f"{name}-{count}").lower() in taken:
            count += 1
        taken.add(new.lower())
        found[old] = new
    return {old: found[old] for old in homes}


def read_names(path: Path) -> dict[str, str]:
    """A CSV file of old and new names. Raises InputError where it is none, or names a home twice."""
    data = read_file(path, _MOST_BYTES, "it", follow_links=True)
    try:
        rows = [row for row in csv.reader(data.decode("utf-8-sig").splitlines(), strict=True) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: is no CSV file in UTF-8 ({error})") from None
    found: dict[str, str] = {}
    for line, row in enumerate(rows, 1):
        if len(row) != 2:
            raise InputError(f"{path}, row {line}: has {len(row)} cells, should have 2, old,new")
        old, new = row[0].strip(), row[1].strip()
        if (old, new) == HEADER:
            continue
        if old in found:
            raise InputError(f'{path}, row {line}: "{old}" has a new name already')
        found[old] = new
    return found


def _plain(name: str) -> str:
    """A name in the letters that are taken, an accent left out."""
    ascii_name = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_-]+", "-", ascii_name).strip("-_")[:_LONGEST]
