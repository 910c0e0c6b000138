"""What a claim of the ledger is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple


class Finding(NamedTuple):
    """What was measured, in a sentence, and whether the claim's rule is met."""

    measured: str
    holds: bool

    @property
    def verdict(self) -> str:
        """In a word."""
        return "holds" if self.holds else "fails"


@dataclass(frozen=True)
class Claim:
    """A claim that can be decided.

    name:    by which it is asked for
    source:  who says so, and how it is known here: read, at second hand, or derived by hand
    claim:   what is said, in words of one's own
    rule:    when it holds, written before anything was measured
    measure: measures and decides, without arguments; the same everywhere and every time
    """

    name: str
    source: str
    claim: str
    rule: str
    measure: Callable[[], Finding]
