"""What contracts are made of: their files, and those that these import."""

import re
from collections.abc import Iterable

from scripts.compile_contracts import OURS
from sim.chain.contracts import CONTRACTS, SEALED_MARKET

OPEN = [name for name in OURS if name != SEALED_MARKET]
"""The contracts that a market with open orders runs on."""
_IMPORT = re.compile(
    r"^from (?:modules|\.|\.\./?(?:modules|interfaces)|interfaces) import (\w+)$", re.MULTILINE
)


def sources(contracts: Iterable[str]) -> dict[str, str]:
    """The text of every file that the contracts are compiled from, by its path in the folder of contracts."""
    paths = {path.stem: path for path in CONTRACTS.rglob("*.vy*")}
    found: dict[str, str] = {}
    waiting = [name.rpartition("/")[2] for name in contracts]
    while waiting:
        path = paths[waiting.pop()]
        name = str(path.relative_to(CONTRACTS))
        if name not in found:
            found[name] = path.read_text()
            waiting += _IMPORT.findall(found[name])
    return dict(sorted(found.items()))
