"""What of a bundle depends on whether its orders are open or sealed; nothing else of ``sim.bundle`` does.

A kind of market knows its contract, which calls of it a run sends, and what follows from the events that the
contract logged. It is given what a community is founded with, and knows nothing of bundles' files.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import pandas as pd

from sim.arrays import Ints
from sim.bundle.calls import Call
from sim.chain.base import Account, Receipt, Transaction
from sim.chain.contracts import Artifact, compiled
from sim.chain.market_client import DeployedMarket, GateTimes, operator_gas
from sim.market.clearing import Trades
from sim.outputs.chain_record import Mined
from sim.proofs.srs import Srs
from sim.simulation.bids import SealedBids
from sim.simulation.preparation import Prepared
from sim.venues.base import SealedRecord, Sent


class Step(NamedTuple):
    """A call by who makes it, its stage, and what it is about.

    about: a gate, a slot, a settlement period, a gate's tariff period, or the place of a transaction that
           registers a gate's models; what each is called stands in ``parts``
    """

    sender: str
    stage: str
    about: tuple[int, ...]
    parts: tuple[str, ...] = ("gate",)

    def __str__(self) -> str:
        about = ", ".join(f"{part} {i + 1:,}" for part, i in zip(self.parts, self.about, strict=True))
        return f"{self.stage} of {about} by {self.sender}"


class Batch(NamedTuple):
    """Steps that are sent together at a moment; sorts as a run's agenda does."""

    timestamp: int
    order: int
    gate: int
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Accepted:
    """A call of the market that was accepted, the gate and stage it is about, and what became of it."""

    call: Call
    stage: str
    gate: int
    receipt: Receipt


@dataclass(frozen=True)
class Executed:
    """A chain executed.

    sent:  every transaction, and what became of it
    calls: what the accepted ones after the set-up called
    """

    sent: tuple[Sent, ...]
    calls: tuple[Accepted, ...]


@dataclass(frozen=True)
class Logged:
    """What a contract logged of a market, and what follows from that.

    quantity_wh, limit_price: shape (homes, slots), accepted orders; zero where they are sealed
    trades:                   of them
    sealed:                   what is public of sealed orders; None where they are open
    bills:                    what homes have paid, nano-$
    tables:                   what the meter posted, where no table of a run says it
    """

    quantity_wh: Ints
    limit_price: Ints
    trades: Trades
    sealed: SealedRecord | None
    bills: tuple[int, ...]
    tables: Mapping[str, pd.DataFrame]


class MarketKind(ABC):
    """A kind of market.

    contract: its name
    stages:   what is called after the set-up, and the stage of a gate that it belongs to
    shown, proved: what a verification says of a bundle; ``proved`` where every order has to be
    forgeable: what, beside proofs, rests on the SRS
    """

    contract: ClassVar[str]
    stages: ClassVar[Mapping[str, str]]
    shown: ClassVar[str]
    proved: ClassVar[str]
    forgeable: ClassVar[tuple[str, ...]] = ()

    @property
    def artifact(self) -> Artifact:
        """The contract."""
        return compiled(self.contract)

    @property
    def not_shown(self) -> tuple[str, ...]:
        """What a verification does not show."""
        return ()

    # What a run sends ------------------------------------------------------------------------------------

    @abstractmethod
    def fewest_calls(self, homes: int, gates: int, horizon: int) -> int:
        """How many enrolments, submissions and clearings every run has."""

    @abstractmethod
    def shortest_submission(self, horizon: int) -> int:
        """Bytes of the calldata of the shortest submission, where nothing is proved."""

    @abstractmethod
    def registrations(
        self, prepared: Prepared, market: Any, utility: Account, nonce: int, models: Sequence[Any]
    ) -> list[Transaction]:
        """What registers these models; ``nonce``: how many transactions the utility has sent before."""

    def stage_of(self, market: DeployedMarket, call: Call) -> str | None:  # noqa: ARG002
        """The stage that a call belongs to; None where no run makes it."""
        return self.stages.get(call.function)

    @abstractmethod
    def about(self, call: Call) -> tuple[tuple[int, ...], tuple[str, ...]]:
        """What a call is about, and how that is called: see ``Step``."""

    @abstractmethod
    def gate_of(self, prepared: Prepared, call: Call) -> int:
        """The gate at whose times a call is due."""

    def gas_of(self, prepared: Prepared, call: Call) -> int:  # noqa: ARG002
        """The gas that a run gives a call."""
        return operator_gas(len(prepared.population.homes))

    def void_gates(self, record: Sequence[Mined]) -> frozenset[int]:  # noqa: ARG002
        """Gates that a recorded chain declares void as a whole; nothing of it has been looked at before."""
        return frozenset()

    @abstractmethod
    def due(
        self, prepared: Prepared, gate: int, times: GateTimes, void: bool
    ) -> list[tuple[int, list[Step]]]:
        """What an honest run sends for a gate from its clearing on, and when; in the order of its stages.

        void: whether the chain declares it so
        """

    # What comes of it ------------------------------------------------------------------------------------

    @abstractmethod
    def check_finished(self, calls: Sequence[Accepted]) -> None:
        """Raise BundleError where gates have not been finished as a run finishes them."""

    @abstractmethod
    def logged(self, prepared: Prepared, market: Any, calls: Sequence[Accepted]) -> Logged:
        """What the contract logged. Raises BundleError where that contradicts itself or the scenario."""

    def proof_of(self, call: Call) -> tuple[bytes, tuple[int, ...]]:
        """The proof of a submission, and its public outputs."""
        return call.arguments["proof"], tuple(call.arguments.get("instances", ()))

    def check_openings(
        self,
        prepared: Prepared,  # noqa: ARG002
        market: Any,  # noqa: ARG002
        auctioneer: Account,  # noqa: ARG002
        sealed: SealedBids | None,  # noqa: ARG002
        srs: Srs,  # noqa: ARG002
        calls: Sequence[Accepted],  # noqa: ARG002
    ) -> str:
        """Check natively what commitments open to, and say what was found; nothing where there are none.

        Raises BundleError where one does not hold.
        """
        return ""

    # What is said of it ----------------------------------------------------------------------------------

    @abstractmethod
    def rule_of(self, prepared: Prepared) -> str:
        """The clearing rule that the contract holds the auctioneer to."""

    @abstractmethod
    def contracts_of(self, prepared: Prepared) -> tuple[str, ...]:
        """The contracts that the market stands on, beside what checks proofs."""


def events_of(market: DeployedMarket, calls: Iterable[Accepted]) -> list[tuple[str, Mapping[str, Any]]]:
    """What accepted calls logged: the first event of each, its name and fields."""
    return [market.artifact.event(accepted.receipt.logs[0]) for accepted in calls]
