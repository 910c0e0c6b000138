"""The stock flow against ours: CPU seconds from readings to settled orders, and of one proof alone."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from sim.bench.community import (
    BLOCK_GAS_LIMIT,
    LIMIT_WH,
    Bid,
    ChainOpener,
    MarketCost,
    forecaster,
    hold_gate,
    window_wh,
)
from sim.bench.part import Part, medians
from sim.bench.stock import StockCircuit, StockPyEvmChain, build_stock_circuit
from sim.chain.accounts import account
from sim.chain.backends import backends, open_chain
from sim.chain.base import Chain, Transaction
from sim.chain.blocks import CHAIN_ID
from sim.chain.contracts import VERIFIER, compiled
from sim.chain.market_client import ModelRegistration, send
from sim.chain.py_evm import PyEvmChain
from sim.errors import ChainError
from sim.proofs.circuit import Circuit
from sim.proofs.prover import Proof, prove
from sim.proofs.settings import choose_precision
from sim.proofs.setup import build_circuit
from sim.proofs.srs import Srs
from sim.runtime.progress import Progress
from sim.seeds import Streams

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


# One and the same proof verified in py-evm: precompiles as they come against ours ---------------------

_GENESIS = 1_470_009_600
_GAS = 14_000_000
_OF_VERIFICATION = (
    "CPU seconds of one transaction that verifies a proof of 24 orders in EZKL's verifier contract: py-evm's "
    "BN254 precompiles in pure Python against native ones. The gas has to be the same."
)


@dataclass(frozen=True)
class Verified:
    """CPU seconds and gas of one verification."""

    cpu_s: float
    gas: int


class Verifier:
    """The verifier contract on a chain of its own, knowing one key."""

    def __init__(self, chain_class: type[PyEvmChain], circuit: Circuit) -> None:
        self._sender = account(Streams(7), "verifier's caller")
        self._chain: Chain = chain_class([self._sender], _GENESIS, BLOCK_GAS_LIMIT)
        self._key = list(circuit.key_words)
        deployment = Transaction(self._sender, None, compiled(VERIFIER).deployment(), _GAS)
        (receipt,) = send(self._chain, 0, [deployment])
        self._address = receipt.contract
        self._send("registerVka", self._key)

    def verify(self, proof: Proof) -> Verified:
        """Raises ChainError where the contract refuses the proof."""
        started = time.process_time()
        gas = self._send("verifyProof", proof.proof, list(proof.instances), self._key)
        return Verified(time.process_time() - started, gas)

    def _send(self, function: str, *arguments: object) -> int:
        data = compiled(VERIFIER).encode(function, *arguments)
        (receipt,) = send(self._chain, 0, [Transaction(self._sender, self._address, data, _GAS)])
        return receipt.gas_used


def compare_verification(circuit: Circuit, srs: Srs, repetitions: int, progress: Progress) -> Part:
    """Repetitions of both in turn. Raises ChainError where they differ in gas."""
    proof = prove(circuit, window_wh(0).tolist(), srs)
    stock, ours = Verifier(StockPyEvmChain, circuit), Verifier(PyEvmChain, circuit)
    pairs = []
    with progress.stage("verify", repetitions, "repetitions") as advance:
        for _ in range(repetitions):
            pairs.append((stock.verify(proof), ours.verify(proof)))
            advance(1)
    return verification_part(pairs)


def verification_part(pairs: Sequence[tuple[Verified, Verified]]) -> Part:
    """From (stock, ours) of every repetition. Raises ChainError where they differ in gas."""
    gas = {verified.gas for pair in pairs for verified in pair}
    if len(gas) != 1:
        raise ChainError(f"verification of one proof took {sorted(gas)} gas, should be one figure")
    stock_cpu_s, our_cpu_s = medians([(stock.cpu_s, ours.cpu_s) for stock, ours in pairs])
    (same_gas,) = gas
    return Part(
        name="verification",
        sentence=_OF_VERIFICATION,
        columns=("py-evm", "CPU-s", "gas", "stock / this"),
        rows=(
            ("stock", stock_cpu_s, same_gas, 1.0),
            ("ours", our_cpu_s, same_gas, stock_cpu_s / our_cpu_s),
        ),
        figures={"stock_cpu_s": stock_cpu_s, "our_cpu_s": our_cpu_s, "gain": stock_cpu_s / our_cpu_s},
        repetitions=len(pairs),
        raw={"stock_cpu_s": [s.cpu_s for s, _ in pairs], "our_cpu_s": [o.cpu_s for _, o in pairs]},
    )
