"""A cheat's attempt as the page shows it: the transaction, what the contract said, and where it says so."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from sim.chain.contracts import CONTRACTS

VERIFIER_CALL = "staticcall IVerifier("
_AROUND = 4
"""Lines of the contract shown on either side of the one that refused."""


@dataclass(frozen=True)
class OrderChange:
    """An order of a slot, honest and as the cheat would have it: signed Wh, nano-$ per Wh."""

    slot: int
    honest_wh: int
    honest_price: int
    tried_wh: int
    tried_price: int


@dataclass(frozen=True)
class SourceLine:
    """A line of a contract's source; ``refused`` marks the one that did."""

    file: str
    number: int
    text: str
    refused: bool


@dataclass(frozen=True)
class Attempt:
    """What was tried, and what came of it.

    moment:         when it was sent, beside the home's honest submission
    cannot:         why nothing could be sent; None where something was
    calldata_bytes: length of the call's data
    changes:        the orders that it would have changed
    accepted:       whether the contract took it
    reason:         the contract's words where it did not
    by_verifier:    whether it was the verifier that it calls which refused, and said nothing
    proves:         whether EZKL's verifier stood behind the contract, and not the stub
    """

    attack: str
    lawful: bool
    moment: str
    home: str
    gate: int
    cannot: str | None = None
    sender: str = ""
    to: str = ""
    calldata_bytes: int = 0
    changes: tuple[OrderChange, ...] = ()
    accepted: bool = False
    reason: str | None = None
    by_verifier: bool = False
    gas_used: int = 0
    proves: bool = True

    @property
    def excerpt(self) -> tuple[SourceLine, ...]:
        """The contract's lines around the one that refused; none where it did not, or no line says so."""
        if self.by_verifier:
            return lines_with(VERIFIER_CALL)
        return lines_with(f', "{self.reason}"') if self.reason else ()


@cache
def contract_sources() -> Mapping[str, tuple[str, ...]]:
    """The market contract and the modules it imports, line by line, by file: all that refuses a home.

    Rules are contracts of their own, which refuse clearings.
    """
    market = CONTRACTS / "EnergyMarket.vy"
    modules = re.findall(r"^from modules import (\w+)$", market.read_text(encoding="utf-8"), re.MULTILINE)
    return {
        str(path.relative_to(CONTRACTS)): tuple(path.read_text(encoding="utf-8").splitlines())
        for path in (market, *(CONTRACTS / "modules" / f"{name}.vy" for name in modules))
    }


def lines_with(words: str) -> tuple[SourceLine, ...]:
    """The contract's line that holds some words, among its neighbours; none where no line does."""
    for file, source in contract_sources().items():
        for at, line in enumerate(source):
            if words in line:
                first = max(at - _AROUND, 0)
                around = enumerate(source[first : at + _AROUND + 1], start=first)
                return tuple(SourceLine(file, each + 1, text, each == at) for each, text in around)
    return ()
