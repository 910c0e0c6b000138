"""The community of a bundle founded anew, from what is public: contracts and SRS are this checkout's.

A run founds its community before any reading matters, so whoever knows scenario, homes' names and models has
the very same accounts, genesis and first blocks, signatures included. They are made here by the code that
runs use, and a bundle's are held against them.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path

import numpy as np

from sim.bundle.calls import Call, call_of
from sim.bundle.claims import check_claims, check_submitted
from sim.bundle.contents import Sources
from sim.bundle.markets import MarketKind, kind_of
from sim.chain.accounts import OPERATORS, account
from sim.chain.backends import PyEvm
from sim.chain.base import Account, Block, Receipt
from sim.chain.market_client import DeployedMarket, ModelRegistration
from sim.chain.py_evm import PyEvmChain
from sim.data.population import Home, Population, connection_limit_wh
from sim.data.readings import DAY_S, Readings
from sim.errors import BundleError, ChainError, InputError
from sim.proofs.circuit import Circuit
from sim.proofs.pool import ProverPool
from sim.proofs.srs import Srs
from sim.runtime.progress import Progress
from sim.runtime.scratch import scratch_folder
from sim.runtime.store import Store
from sim.schema.forecasting import SHIPPED_SRS
from sim.schema.scenario import Scenario
from sim.simulation.bids import SealedBids
from sim.simulation.preparation import Prepared, prepare
from sim.simulation.run import backed, set_up_circuits
from sim.simulation.world import World
from sim.venues.base import Sent
from sim.venues.chain_venue import ChainVenue


@dataclass(frozen=True)
class Community:
    """A community right after its foundation, on py-evm.

    prepared:   of this nothing may be made that readings are in: they are zero
    circuits:   of all models, rebuilt; empty where the policy is not "all"
    sealed:     what backs sealed orders, without any: columns and settlement circuit; None of open ones
    set_up:     the blocks of its foundation
    sent:       its transactions, and what became of them
    accounts:   everybody who can send, operators first
    strategies: by home
    registrations: of all models
    utility_nonce: how many transactions the utility has sent in the set-up
    """

    prepared: Prepared
    circuits: tuple[Circuit, ...]
    sealed: SealedBids | None
    chain: PyEvmChain
    market: DeployedMarket
    set_up: tuple[Block, ...]
    sent: tuple[Sent, ...]
    accounts: tuple[Account, ...]
    strategies: tuple[str, ...]
    registrations: tuple[ModelRegistration, ...]
    utility_nonce: int

    @cached_property
    def names(self) -> Mapping[bytes, str]:
        """Of everybody who can send, by address."""
        return {account.address: account.name for account in self.accounts}

    @cached_property
    def kind(self) -> MarketKind:
        """What depends on whether orders are open or sealed."""
        return kind_of(self.prepared.scenario)

    def call_of(self, data: bytes) -> Call | None:
        """The call of the market that calldata encode; None where they encode none."""
        return call_of(data, self.market.artifact)

    def row_of(self, submission: Receipt) -> int:
        """Whose orders an accepted submission logged: the home, counted from 0."""
        _, event = self.market.artifact.event(submission.logs[0])
        return int(event["home"]) - 1


def srs_source(path: Path, scenario: Scenario, file: Path | None) -> str:
    """The SRS that a run or bundle is checked under, shipped or given; never one that itself names.

    Sealed orders are committed to under it, whether they are proved or not.
    """
    used = scenario.proofs.policy == "all" or scenario.market.sealed
    done = "sealed" if scenario.market.sealed else "proved"
    if scenario.proofs.srs == SHIPPED_SRS or not used:
        if file:
            raise InputError(f"--srs {file}: {path} is of a run that was not {done} under a ceremony's SRS")
        return SHIPPED_SRS
    if not file:
        named = scenario.proofs.srs
        raise InputError(f"{path}: was {done} under a ceremony's SRS, {named}; name that file with --srs")
    return str(file)


@contextmanager
def founded(
    sources: Sources, srs: Srs, srs_source: str, jobs: int, store: Store | None, progress: Progress
) -> Iterator[Community]:
    """Rebuild the circuits and found the community; the circuits' files are gone after the block.

    Raises BundleError where no run of this scenario could be.
    """
    with scratch_folder("bundle") as folder:
        try:
            community = _founded(sources, srs, srs_source, jobs, store, folder, progress)
        except (InputError, ChainError) as error:
            raise BundleError(f"no run could be of this scenario and these models: {error}") from None
        yield community


def _founded(
    sources: Sources,
    srs: Srs,
    srs_source: str,
    jobs: int,
    store: Store | None,
    folder: Path,
    progress: Progress,
) -> Community:
    check_claims(sources)
    scenario, population = _on_py_evm(sources, srs_source), _public_population(sources)
    prepared = prepare(scenario, Progress(quiet=True), sources.models, population=population)
    circuits: list[Circuit] = []
    if scenario.proofs.policy == "all":
        check_submitted(sources, prepared, srs)
        with ProverPool(jobs, srs, store) as pool:
            circuits = set_up_circuits(prepared, pool, folder, progress)
    bids, registrations = backed(prepared, None, circuits, srs, (), lambda _: None, folder)
    world = World(prepared, registrations, bids)
    venue = world.venue
    if not (isinstance(venue, ChainVenue) and isinstance(venue.chain, PyEvmChain)):
        raise TypeError("a bundle's community stands on py-evm")
    operators = [account(prepared.streams, name) for name in OPERATORS]
    return Community(
        prepared=prepared,
        circuits=tuple(circuits),
        sealed=bids if isinstance(bids, SealedBids) else None,
        chain=venue.chain,
        market=venue.market,
        set_up=tuple(venue.chain.blocks),
        sent=tuple(venue.sent),
        accounts=(*operators, *(home.account for home in world.prosumers)),
        registrations=tuple(registrations),
        utility_nonce=venue.chain.nonce(operators[0]),
        strategies=tuple(home.traders.strategy.name for home in world.prosumers),
    )


def _on_py_evm(sources: Sources, srs_source: str) -> Scenario:
    scenario = sources.scenario
    return scenario.changed({"chain.backend": PyEvm.name, "proofs.srs": srs_source})


def _public_population(sources: Sources) -> Population:
    """The homes as the public knows them: names, clock and who has a generator, every reading zero."""
    clock, forecast, slot_s = sources.scenario.time, sources.scenario.forecast, sources.slot_s
    per_day = DAY_S // slot_s
    days_before = (clock.lead + clock.horizon) // per_day + 2
    before = days_before * per_day + clock.lead + forecast.lookback
    slots = clock.days * per_day
    zero = np.zeros((len(sources.homes), before + slots), dtype=np.int64)
    start = clock.start - timedelta(seconds=before * slot_s)
    return Population(
        homes=tuple(
            Home(name, "", has_pv, "") for name, has_pv in zip(sources.homes, sources.has_pv, strict=True)
        ),
        readings=Readings(sources.homes, start, slot_s, zero, zero),
        connection_limit_wh=connection_limit_wh(sources.scenario, slot_s),
        first_slot=before,
        slots=slots,
    )
