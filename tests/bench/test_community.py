"""The gate that both flows go through, and py-evm as it comes."""

from pathlib import Path

import numpy as np
import pytest
from eth.vm.forks.cancun import CancunVM
from eth.vm.forks.cancun.computation import CANCUN_PRECOMPILES

from sim.bench.child import zkpet
from sim.bench.community import Bid, hold_gate
from sim.bench.flows import STOCK_HOMES, our_circuit
from sim.bench.forecaster import LIMIT_WH, forecaster, window_wh
from sim.bench.stock_chain import StockPyEvmChain
from sim.bench.stock_circuit import _onnx_bytes
from sim.bench.verification import compare_verification
from sim.chain.market_client import ModelRegistration
from sim.chain.py_evm import PyEvmChain
from sim.chain.revm import RevmChain
from sim.errors import ChainError, SimulationError
from sim.proofs.circuit import Circuit
from sim.proofs.prover import prove
from sim.proofs.srs import load_srs
from tests.runs import QUIET


def precompiles(chain: PyEvmChain) -> object:
    state = chain._chain.get_vm(chain._chain.header).state
    return state.computation_class._precompiles


def test_the_stock_chain_is_py_evm_as_it_comes() -> None:
    assert StockPyEvmChain.vm_class is CancunVM
    assert precompiles(StockPyEvmChain([], 0, 30_000_000)) == CANCUN_PRECOMPILES
    assert precompiles(PyEvmChain([], 0, 30_000_000)) != CANCUN_PRECOMPILES


@pytest.mark.parametrize(("home", "sign"), [(0, 1), (1, -1), (14, 1)])
def test_homes_buy_and_sell_in_turn_what_they_drew_yesterday(home: int, sign: int) -> None:
    window = window_wh(home)
    assert np.abs(window).max() <= LIMIT_WH
    forecast_wh = forecaster(24).quantised(10).forecast_wh(window)
    assert np.all(np.sign(forecast_wh) == sign)
    assert np.abs(forecast_wh - window.mean()).max() < 30


def test_the_stock_model_is_ours_with_one_output() -> None:
    assert forecaster(1).weights[0].tolist() == forecaster(24).weights[0].tolist()
    assert _onnx_bytes(forecaster(1)) == _onnx_bytes(forecaster(24))


def test_a_failing_command_ends_the_bench_with_its_words(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match=r"zkpet run .* ended with 2: .*nowhere\.toml"):
        zkpet("run", tmp_path / "nowhere.toml")


@pytest.fixture(scope="module")
def circuit(tmp_path_factory: pytest.TempPathFactory) -> Circuit:
    return our_circuit(load_srs(), tmp_path_factory.mktemp("ours"))


@pytest.mark.slow
def test_a_gate_is_proved_verified_cleared_and_settled(circuit: Circuit) -> None:
    proofs = [prove(circuit, window_wh(home).tolist(), load_srs()) for home in range(STOCK_HOMES)]
    bids = [Bid(proof.proof, proof.instances) for proof in proofs]
    registration = ModelRegistration(0, circuit.key, circuit.model.output_scale, circuit.proof_bytes)
    on_py_evm, on_revm = (hold_gate(chain, registration, bids) for chain in (PyEvmChain, RevmChain))
    assert on_py_evm.orders == on_revm.orders == STOCK_HOMES * 24
    assert on_py_evm.traded_wh == on_revm.traded_wh > 0
    assert min(on_py_evm.verify_cpu_s, on_py_evm.clear_cpu_s) > 0
    false = Bid(bids[0].proof, (bids[0].instances[0] + 1, *bids[0].instances[1:]))
    with pytest.raises(ChainError, match="refused"):
        hold_gate(RevmChain, registration, [false, bids[1]])


@pytest.mark.slow
def test_verification_is_faster_at_the_same_gas(circuit: Circuit) -> None:
    part = compare_verification(circuit, load_srs(), 1, QUIET)
    assert part.rows[0][2] == part.rows[1][2]
    assert min(part.figures.values()) > 0
