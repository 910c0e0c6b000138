"""One and the same proof verified in py-evm: precompiles as they come against ours."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from sim.bench.community import BLOCK_GAS_LIMIT
from sim.bench.forecaster import window_wh
from sim.bench.part import Part, medians
from sim.bench.stock_chain import StockPyEvmChain
from sim.chain.accounts import account
from sim.chain.base import Chain, Transaction
from sim.chain.contracts import VERIFIER, compiled
from sim.chain.market_client import send
from sim.chain.py_evm import PyEvmChain
from sim.errors import ChainError
from sim.proofs.circuit import Circuit
from sim.proofs.prover import Proof, prove
from sim.proofs.srs import Srs
from sim.runtime.progress import Progress
from sim.seeds import Streams

_GENESIS = 1_470_009_600
_GAS = 14_000_000
_SENTENCE = (
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
        sentence=_SENTENCE,
        columns=("py-evm", "CPU-s", "gas", "stock / this"),
        rows=(
            ("stock", stock_cpu_s, same_gas, 1.0),
            ("ours", our_cpu_s, same_gas, stock_cpu_s / our_cpu_s),
        ),
        figures={"stock_cpu_s": stock_cpu_s, "our_cpu_s": our_cpu_s, "gain": stock_cpu_s / our_cpu_s},
        repetitions=len(pairs),
        raw={"stock_cpu_s": [s.cpu_s for s, _ in pairs], "our_cpu_s": [o.cpu_s for _, o in pairs]},
    )
