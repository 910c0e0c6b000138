"""The bench's arithmetic, tables and targets, and its smallest market."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from eth.vm.forks.cancun import CancunVM
from eth.vm.forks.cancun.computation import CANCUN_PRECOMPILES

from sim.bench import clearing
from sim.bench.community import Bid, hold_gate, window_wh
from sim.bench.flows import (
    STOCK_HOMES,
    Verified,
    our_circuit,
    verification_part,
)
from sim.bench.part import Target, Verdict, judge
from sim.bench.slots import HISTORY_DAYS, write_day
from sim.bench.stock import StockPyEvmChain
from sim.chain.market_client import ModelRegistration
from sim.chain.py_evm import PyEvmChain
from sim.chain.revm import RevmChain
from sim.data import sierra_crest
from sim.data.csv_file import read_csv
from sim.errors import ChainError, SimulationError
from sim.proofs.circuit import Circuit
from sim.proofs.prover import prove
from sim.proofs.srs import load_srs
from sim.runtime.progress import Progress
from tests.bench.parts import part

# Medians, ratios, bounds and slopes against numbers made by hand ------------------------------------------


def test_one_unit_of_gas_more_fails_the_bench() -> None:
    with pytest.raises(ChainError, match=r"took \[694867, 694868\] gas"):
        verification_part([(Verified(0.8, 694_867), Verified(0.1, 694_868))])


# Targets are met on their good side and on the limit itself, and silent where nothing was measured --------


@pytest.mark.parametrize(
    ("at_least", "value", "met"),
    [(True, 250, True), (True, 249.9, False), (False, 250, True), (False, 250.1, False)],
)
def test_the_limit_itself_is_met(at_least: bool, value: float, met: bool) -> None:
    assert Verdict(Target("flows", "gain", at_least, 250, "gain"), value).met is met


def test_only_what_was_measured_is_judged() -> None:
    verdicts = judge(
        [part("flows", py_evm_gain=300.0, py_evm_order_cpu_s=0.02), part("verification", gain=7.0)]
    )
    assert [(v.target.figure, v.value, v.met) for v in verdicts] == [
        ("py_evm_gain", 300.0, True),
        ("gain", 7.0, False),
    ]


# Clearing alone, on small books -----------------------------------------------------------------------------


def test_without_pymarket_the_part_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clearing, "pymarket_muda", lambda: None)
    found = clearing.compare_clearing(200, 1, Progress(quiet=True))
    assert [row[0] for row in found.rows][-2:] == ["muda-lottery", "muda-balanced"]
    assert "pip install '.[bench]'" in found.notes[-1]
    assert not [name for name in found.figures if "pymarket" in name]


def test_one_wh_of_difference_to_pymarket_fails_the_bench(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clearing, "pymarket_muda", lambda: lambda _: (1, 0))
    with pytest.raises(SimulationError, match="pymarket trades 1 Wh at fees of 0 nano-"):
        clearing.compare_clearing(200, 1, Progress(quiet=True))


def test_muda_balanced_is_that_of_pymarket_in_the_same_halves() -> None:
    pytest.importorskip("pymarket")
    found = clearing.compare_clearing(200, 1, Progress(quiet=True))
    assert found.figures["pymarket_over_muda_balanced"] > 0
    assert "to the unit" in found.notes[-1]


# Hours in equal parts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("slots", "parts", "minutes"), [(24, 1, 60), (48, 2, 30), (96, 4, 15)])
def test_parts_of_an_hour_hold_its_energy(slots: int, parts: int, minutes: int, tmp_path: Path) -> None:
    write_day(slots, tmp_path / "homes.csv")
    day, whole = read_csv(tmp_path / "homes.csv"), sierra_crest.load()
    end = (day.end - whole.start) // timedelta(hours=1)
    hours = slice(end - (HISTORY_DAYS + 1) * 24, end)
    assert (day.slot_s, day.slots, day.end.date()) == (
        60 * minutes,
        (HISTORY_DAYS + 1) * slots,
        date(2017, 6, 13),
    )
    for energy_wh, hourly_wh in ((day.load_wh, whole.load_wh), (day.pv_wh, whole.pv_wh)):
        within = energy_wh.reshape(len(whole.homes), -1, parts)
        assert np.array_equal(within.sum(axis=2), hourly_wh[:, hours])
        assert np.ptp(within, axis=2).max() <= 1


# The gate that both flows go through, and py-evm as it comes ----------------------------------------------


def precompiles(chain: PyEvmChain) -> object:
    return chain._chain.get_vm(chain._chain.header).state.computation_class._precompiles


def test_the_stock_chain_is_py_evm_as_it_comes() -> None:
    assert StockPyEvmChain.vm_class is CancunVM
    assert precompiles(StockPyEvmChain([], 0, 30_000_000)) == CANCUN_PRECOMPILES
    assert precompiles(PyEvmChain([], 0, 30_000_000)) != CANCUN_PRECOMPILES


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
