"""One run of a scenario: prepare, set up circuits, prove ahead, hold the market."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from agents.adversaries.assignment import attacks_of
from agents.adversaries.counterfeits import Counterfeits
from sim.chain import sealed_client
from sim.chain.market_client import ModelRegistration
from sim.data.gap_record import sentences
from sim.data.population import as_run, build_population
from sim.data.source import slow_to_read
from sim.errors import InputError
from sim.forecast.forecasters import Forecasters
from sim.outputs.outcome import Outcome, Timing, outcome_of
from sim.outputs.run_directory import RunContents, contents_of
from sim.proofs.bids import PLACEHOLDER_BYTES, placeholder_key, proved_bids
from sim.proofs.circuit import Circuit
from sim.proofs.columns import Columns, columns_of
from sim.proofs.jobs import CircuitJob, ProofJob
from sim.proofs.pool import ProverPool
from sim.proofs.settlement import SettlementCircuit, build_settlement
from sim.proofs.srs import Srs, load_srs
from sim.runtime.progress import Advance, Progress
from sim.runtime.scratch import scratch_folder
from sim.runtime.store import Store, open_store
from sim.schema.scenario import Scenario
from sim.seeds import Streams
from sim.simulation.audit import audit
from sim.simulation.bids import Bids, SealedBids
from sim.simulation.feasibility import circuit_form, circuit_limit, expected_circuit, explicit_settings
from sim.simulation.notices import notices
from sim.simulation.preparation import Prepared, prepare
from sim.simulation.world import World
from sim.venues.sealed import output_bounds


def run_contents(scenario: Scenario, jobs: int, progress: Progress) -> RunContents:
    """Simulate a scenario, with the store it names; what its run directory will hold."""
    srs, store = load_srs(scenario.proofs.srs), open_store(scenario.proofs.store)
    return contents_of(simulate(scenario, srs, jobs, progress, store=store), srs)


@dataclass
class OpenMarket:
    """A run whose market is open: all is set up, proofs are being made, gates are to come.

    circuits: of all models, in their order; empty where nothing is proved
    pool:     makes the proofs; None where nothing is proved
    folder:   holds the circuits' files while the market is open
    """

    prepared: Prepared
    world: World
    bids: Bids
    circuits: list[Circuit]
    pool: ProverPool | None
    folder: Path
    srs: Srs
    advance: Advance
    began: float
    setup_s: float

    def step(self) -> None:
        """On to the next cleared gate."""
        self.world.step()
        if self.pool is None:  # else every proof that the gate waited for has been counted
            self.advance(1)

    def outcome(self) -> Outcome:
        """What has become of it by now."""
        timing = Timing(self.setup_s, self.world.venue.chain_s, time.perf_counter() - self.began)
        return outcome_of(self.world, tuple(self.circuits), self.bids.proofs, timing)


def simulate(
    scenario: Scenario,
    srs: Srs,
    jobs: int,
    progress: Progress,
    forecasters: Forecasters | None = None,
    store: Store | None = None,
) -> Outcome:
    """Simulate a scenario; audited before it is returned. Arguments as of ``open_market``."""
    with open_market(scenario, srs, jobs, progress, forecasters, store) as market:
        for _ in range(market.prepared.gates):
            market.step()
        outcome = market.outcome()
    audit(outcome)
    return outcome


@contextmanager
def open_market(
    scenario: Scenario,
    srs: Srs,
    jobs: int,
    progress: Progress,
    forecasters: Forecasters | None = None,
    store: Store | None = None,
) -> Iterator[OpenMarket]:
    """Open a scenario's market, with the models given or with ones trained now; closed after the block.

    What the store holds of models, circuits and proofs is not made again; what is made is kept there.
    """
    began = time.perf_counter()
    if slow := slow_to_read(scenario.population.source):
        progress.say(slow)
    population = build_population(scenario, Streams(scenario.seed))
    scenario = as_run(scenario, population)
    found = sentences(population.gaps.facts()) if population.gaps else []
    for sentence in (*found, *notices(scenario, population)):
        progress.note(sentence)
    prepared = prepare(scenario, progress, forecasters, store, population)
    names = [home.name for home in prepared.population.homes]
    proved = proved_bids(scenario.seed, scenario.proofs.sample_share, names, prepared.gates)
    with ExitStack() as stack:
        folder = stack.enter_context(scratch_folder("run"))
        pool = stack.enter_context(ProverPool(jobs, srs, store, cache(progress.say))) if proved else None
        circuits = set_up_circuits(prepared, pool, folder, progress)
        market = market_of(scenario)
        orders = [proof_job(prepared, circuits, home, gate, market) for home, gate in proved]
        counterfeits = None
        if pool:
            if scenario.adversaries.homes:
                counterfeits = Counterfeits(prepared, attacks_of(prepared), circuits, pool, folder)
            if not scenario.market.sealed:
                _start_proofs(pool, orders, counterfeits)
        total, unit = (len(proved), "proofs") if proved else (prepared.gates, "gates")
        advance = stack.enter_context(progress.stage("market", total, unit))
        bids, registered = backed(prepared, pool, circuits, srs, orders, advance, folder, counterfeits)
        world = World(prepared, registered, bids)
        setup_s = time.perf_counter() - began
        yield OpenMarket(prepared, world, bids, circuits, pool, folder, srs, advance, began, setup_s)


def backed(
    prepared: Prepared,
    pool: ProverPool | None,
    circuits: Sequence[Circuit],
    srs: Srs,
    orders: Sequence[ProofJob],
    advance: Advance,
    folder: Path,
    counterfeits: Counterfeits | None = None,
) -> tuple[Bids, list[ModelRegistration]]:
    """What backs the bids of a run, and what the contract is told of all models.

    orders: the proofs that are asked of the pool
    folder: where circuits are made, while the market is open
    """
    scenario = prepared.scenario
    if not (scenario.market.sealed and scenario.chain.executes):
        return Bids(prepared, pool, orders, advance, counterfeits), registrations_of(prepared, circuits)
    columns = common_columns(prepared, circuits, srs)
    settlement = settlement_circuit(prepared, columns, srs, folder)
    bids = SealedBids(prepared, pool, orders, advance, columns, circuit_form(scenario), settlement)
    return bids, sealed_registrations_of(prepared, circuits, columns)


def set_up_circuits(
    prepared: Prepared, pool: ProverPool | None, folder: Path, progress: Progress
) -> list[Circuit]:
    """The circuits of all models, in their order, built in ``folder``; none without a pool."""
    if pool is None:
        return []
    settings = explicit_settings(prepared.scenario)
    limit_wh = circuit_limit(prepared.scenario, prepared.population)
    models, form = prepared.forecasters.models, circuit_form(prepared.scenario)
    with progress.stage("circuits", len(models), "circuits") as advance:
        orders = [
            CircuitJob(model, settings, limit_wh, folder / str(i), form) for i, model in enumerate(models)
        ]
        return pool.set_up(orders, advance)


def settlement_circuit(
    prepared: Prepared, columns: Columns, srs: Srs, folder: Path
) -> SettlementCircuit | None:
    """What trades are proved with; None where they are metered, or nothing is proved."""
    scenario = prepared.scenario
    if scenario.market.settlement == "metered" or scenario.proofs.policy != "all":
        return None
    gates, salts = int(np.count_nonzero(prepared.settlement_period == 0)), circuit_form(scenario).output_salts
    return build_settlement(scenario.time.horizon, salts, gates, columns.logrows, srs, folder / "settlement")


def common_columns(prepared: Prepared, circuits: Sequence[Circuit], srs: Srs) -> Columns:
    """The columns that all sealed circuits of a community have; without circuits of those there would be.

    Raises InputError where they have several lengths, as columns of two lengths do not add up.
    """
    limit_wh = circuit_limit(prepared.scenario, prepared.population)
    settings = [circuit.settings for circuit in circuits] or [
        expected_circuit(prepared.scenario, model, limit_wh)[0] for model in prepared.forecasters.models
    ]
    logrows = {each.logrows for each in settings}
    if len(logrows) > 1:
        raise InputError(
            f"models have circuits of 2^{min(logrows)} and 2^{max(logrows)} rows, and sealed orders add up "
            "at one length alone; set proofs.settings"
        )
    return columns_of(srs, logrows.pop())


def _start_proofs(pool: ProverPool, orders: Sequence[ProofJob], counterfeits: Counterfeits | None) -> None:
    """In the order of the gates, what cheats need for one behind its own."""
    for order in orders:
        pool.start([counterfeits.unshared(order) if counterfeits else order])
        if counterfeits:
            counterfeits.start(order)


def proof_job(
    prepared: Prepared, circuits: Sequence[Circuit], home: int, gate: int, market: str = ""
) -> ProofJob:
    """What is proved for a home (from 0) at a gate; ``market``: see ``ProofJob``."""
    population, first = prepared.population, prepared.slots_of(gate).start
    return ProofJob(
        agent=home,
        gate=gate,
        name=population.homes[home].name,
        delivery=population.readings.time_of(population.first_slot + first),
        circuit=circuits[prepared.forecasters.number(home, gate)],
        window_wh=tuple(prepared.inputs[home, gate].tolist()),
        market=market,
    )


def market_of(scenario: Scenario) -> str:
    """Where trades are proved, a name of the market that its prices follow from; else they do not matter."""
    if scenario.market.settlement == "metered":
        return ""
    return hashlib.sha256(scenario.to_toml().encode()).hexdigest()


def registrations_of(prepared: Prepared, circuits: Sequence[Circuit]) -> list[ModelRegistration]:
    """What the contract is told of all models, in their order: their circuits' keys, or placeholders."""
    forecasters = prepared.forecasters
    if prepared.scenario.proofs.policy == "all":
        keys = [(circuit.key, circuit.proof_bytes) for circuit in circuits]
    else:
        keys = [(placeholder_key(model.digest), PLACEHOLDER_BYTES) for model in forecasters.models]
    places = [
        (training, cluster) for training in forecasters.trainings for cluster in range(forecasters.clusters)
    ]
    return [
        ModelRegistration(
            cluster, key, model.output_scale, proof_bytes, training.from_gate, training.root(cluster)
        )
        for (training, cluster), model, (key, proof_bytes) in zip(
            places, forecasters.models, keys, strict=True
        )
    ]


def sealed_registrations_of(
    prepared: Prepared, circuits: Sequence[Circuit], columns: Columns
) -> list[ModelRegistration]:
    """The same of models whose outputs are sealed: with the most that each can give."""
    registered = registrations_of(prepared, circuits)
    if prepared.scenario.proofs.policy != "all":
        registered = [
            replace(
                each,
                key_words=sealed_client.placeholder_key(columns, 0, each.key_words),
                proof_bytes=2 * PLACEHOLDER_BYTES,
            )
            for each in registered
        ]
    return [
        sealed_client.SealedRegistration(**vars(each), largest_output=bound)
        for each, bound in zip(registered, output_bounds(prepared), strict=True)
    ]
