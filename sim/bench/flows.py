"""The stock flow against ours: CPU seconds from a home's readings to its settled orders."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from sim.bench.community import Bid, ChainOpener, MarketCost, hold_gate
from sim.bench.forecaster import LIMIT_WH, forecaster, window_wh
from sim.bench.part import Part, medians
from sim.bench.stock_chain import StockPyEvmChain
from sim.bench.stock_circuit import StockCircuit, build_stock_circuit
from sim.chain.backends import backends, open_chain
from sim.chain.blocks import CHAIN_ID
from sim.chain.market_client import ModelRegistration
from sim.proofs.circuit import Circuit
from sim.proofs.prover import prove
from sim.proofs.settings import choose_precision
from sim.proofs.setup import build_circuit
from sim.proofs.srs import Srs
from sim.runtime.progress import Progress

T = TypeVar("T")

HORIZON = 24
STOCK_HOMES, OUR_HOMES = 2, 15
BACKENDS = tuple(each.name for each in backends if each.executes)

_SENTENCE = (
    "CPU seconds per order: proved, verified on chain, cleared and settled. Stock: EZKL's quickstart, one "
    "proof per order, py-evm as it comes. Ours: one proof for the 24 orders of a day."
)
_COLUMNS = ("flow", "prove ms", "verify ms", "clear, settle ms", "all ms", "stock / this")


@dataclass(frozen=True)
class OrderCost:
    """CPU seconds per order, by stage."""

    prove_cpu_s: float
    verify_cpu_s: float
    clear_cpu_s: float

    @property
    def total_cpu_s(self) -> float:
        """All stages."""
        return self.prove_cpu_s + self.verify_cpu_s + self.clear_cpu_s


@dataclass(frozen=True)
class Circuits:
    """What both flows prove with."""

    stock: StockCircuit
    ours: Circuit
    srs: Srs


def build_circuits(srs: Srs, folder: Path) -> Circuits:
    """Keys of both flows, in folders of their own; outside of what is timed."""
    stock_folder = folder / "stock"
    stock_folder.mkdir()
    stock = build_stock_circuit(forecaster(1), window_wh(0), stock_folder)
    return Circuits(stock, our_circuit(srs, folder / "ours"), srs)


def our_circuit(srs: Srs, folder: Path) -> Circuit:
    """The circuit a run would make of the same forecaster over a day: tuned settings, precise weights."""
    model = forecaster(HORIZON)
    precision = choose_precision(model, LIMIT_WH)
    return build_circuit(model.quantised(precision), None, LIMIT_WH, srs, folder)


def compare_flows(circuits: Circuits, repetitions: int, progress: Progress) -> Part:
    """Repetitions of both flows in turn."""
    samples: dict[str, list[OrderCost]] = {name: [] for name in ("stock", *BACKENDS)}
    with progress.stage("flows", repetitions, "repetitions") as advance:
        for _ in range(repetitions):
            samples["stock"].append(stock_cost(circuits.stock))
            for backend, cost in our_costs(circuits.ours, circuits.srs).items():
                samples[backend].append(cost)
            advance(1)
    return flows_part(samples, circuits)


def stock_cost(circuit: StockCircuit) -> OrderCost:
    """Two homes, one order each, one proof each."""
    bids, prove_cpu_s = _timed(lambda: [Bid(*circuit.prove(window_wh(i))) for i in range(STOCK_HOMES)])
    registration = ModelRegistration(0, circuit.key, circuit.output_scale, len(bids[0].proof))
    return _per_order(prove_cpu_s, hold_gate(StockPyEvmChain, registration, bids))


def our_costs(circuit: Circuit, srs: Srs) -> dict[str, OrderCost]:
    """A street of 15 homes for a day: the same proofs through every backend."""
    windows = [tuple(window_wh(i).tolist()) for i in range(OUR_HOMES)]
    proofs, prove_cpu_s = _timed(lambda: [prove(circuit, window, srs) for window in windows])
    bids = [Bid(proof.proof, proof.instances) for proof in proofs]
    registration = ModelRegistration(0, circuit.key, circuit.model.output_scale, circuit.proof_bytes)
    return {
        backend: _per_order(prove_cpu_s, hold_gate(_opener(backend), registration, bids))
        for backend in BACKENDS
    }


def flows_part(samples: dict[str, list[OrderCost]], circuits: Circuits) -> Part:
    """Medians by stage; the ratios are those of the median totals."""
    totals = {name: medians([(cost.total_cpu_s,) for cost in costs])[0] for name, costs in samples.items()}
    gains = {name: totals["stock"] / total for name, total in totals.items()}
    stock, ours = circuits.stock, circuits.ours.settings
    return Part(
        name="flows",
        sentence=_SENTENCE,
        columns=_COLUMNS,
        rows=tuple(_row(name, costs, totals[name], gains[name]) for name, costs in samples.items()),
        figures={
            **{f"{name.replace('-', '_')}_order_cpu_s": total for name, total in totals.items()},
            **{f"{name.replace('-', '_')}_gain": gains[name] for name in BACKENDS},
        },
        repetitions=len(samples["stock"]),
        raw={name: [asdict(cost) for cost in costs] for name, costs in samples.items()},
        notes=(
            f"Stock: logrows {stock.logrows}, proving key of {stock.pk_bytes / 1e6:.0f} MB; EZKL's default "
            "run arguments, calibrated, but for a private input; SRS and keys are not counted.",
            f"Ours: logrows {ours.logrows}, base {ours.decomp_base}, legs {ours.decomp_legs}, "
            f"{ours.num_inner_cols} inner columns; input committed to with salts.",
            f"{STOCK_HOMES} orders of the stock flow and {OUR_HOMES} x {HORIZON} of ours per repetition, on "
            "the same market contract, all on one thread.",
        ),
    )


def _row(name: str, costs: Sequence[OrderCost], total: float, gain: float) -> tuple[Any, ...]:
    stages = medians([(cost.prove_cpu_s, cost.verify_cpu_s, cost.clear_cpu_s) for cost in costs])
    label = "stock" if name == "stock" else f"ours, {name}"
    return (label, *(1000 * seconds for seconds in (*stages, total)), gain)


def _opener(backend: str) -> ChainOpener:
    return lambda accounts, genesis, gas_limit: open_chain(backend, accounts, genesis, gas_limit, CHAIN_ID)


def _per_order(prove_cpu_s: float, market: MarketCost) -> OrderCost:
    stages = (prove_cpu_s, market.verify_cpu_s, market.clear_cpu_s)
    return OrderCost(*(seconds / market.orders for seconds in stages))


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    """What the work gives, and its CPU seconds, in all threads of this process."""
    started = time.process_time()
    result = work()
    return result, time.process_time() - started
