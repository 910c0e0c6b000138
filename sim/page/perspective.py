"""Whom the page shows a run: what is public, and what stays private."""

from dataclasses import dataclass
from enum import Enum


class Viewer(Enum):
    """Who looks."""

    EVERYTHING = "everything"
    NEIGHBOURS = "what the neighbours see"
    HOME = "what the home sees"


@dataclass(frozen=True)
class Perspective:
    """Who looks, and the home (row) that is looked at, or that looks.

    Orders, limits, fills, prices, proofs and transactions are public, and who has PV can be seen on the roof.
    Which transaction is an attack only the simulator knows. Readings are their home's own, and what they are
    worth slot by slot; of a settled gate the ledger tells the bill with the market, and no more.
    """

    viewer: Viewer
    home: int

    @property
    def knows_all(self) -> bool:
        """Whether it is the simulator that looks."""
        return self.viewer is Viewer.EVERYTHING

    def sees(self, row: int) -> bool:
        """Whether a home's private figures are shown."""
        return self.knows_all or (self.viewer is Viewer.HOME and row == self.home)
