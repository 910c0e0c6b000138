"""A cheat's attempt as the page shows it: the transaction, what the contract said, and where it says so."""

from dataclasses import dataclass
from functools import cache

from sim.chain.contracts import CONTRACTS, MARKET

VERIFIER_CALL = "staticcall Verifier("
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
    """A line of the contract's source; ``refused`` marks the one that did."""

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
    meaning: str
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
def contract_source() -> tuple[str, ...]:
    """The market contract, line by line."""
    return tuple((CONTRACTS / f"{MARKET}.vy").read_text(encoding="utf-8").splitlines())


def lines_with(words: str) -> tuple[SourceLine, ...]:
    """The contract's lines that hold some words, among their neighbours."""
    source = contract_source()
    found = [number for number, line in enumerate(source) if words in line]
    if not found:
        return ()
    first, last = max(found[0] - _AROUND, 0), min(found[-1] + _AROUND, len(source) - 1)
    return tuple(SourceLine(number + 1, source[number], number in found) for number in range(first, last + 1))
