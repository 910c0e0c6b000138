"""Medians, ratios, bounds and slopes against numbers made by hand."""

from pathlib import Path

import pytest

from sim.bench.child import Finished
from sim.bench.flows import Circuits, OrderCost, flows_part
from sim.bench.overlap import overlap_part
from sim.bench.part import medians
from sim.bench.reuse import reuse_part
from sim.bench.scaling import Size, growth_exponent, scaling_part
from sim.bench.stock_circuit import StockCircuit
from sim.bench.verification import Verified, verification_part
from sim.errors import ChainError
from sim.proofs.circuit import Circuit
from sim.proofs.settings import EzklSettings
from sim.proofs.srs import load_srs
from tests.proofs.models import tiny_mlp


def circuits() -> Circuits:
    ours = Circuit(Path(), "0x", tiny_mlp(), EzklSettings(512, 4, 2, 10), 12_000, 1, b"", 0, 0, 0, 0.0)
    return Circuits(StockCircuit(Path(), 15, 13, b"", 138_479_371), ours, load_srs())


def test_each_column_has_its_own_median() -> None:
    assert medians([(1.0, 30.0), (3.0, 10.0), (2.0, 20.0)]) == (2.0, 20.0)


def test_flows_are_compared_by_their_median_totals() -> None:
    samples = {
        "stock": [OrderCost(7.0, 1.0, 0.0), OrderCost(8.0, 1.0, 1.0), OrderCost(90.0, 9.0, 1.0)],
        "py-evm": [OrderCost(0.015, 0.005, 0.0)] * 3,
        "revm": [OrderCost(0.010, 0.0, 0.0)] * 3,
    }
    part = flows_part(samples, circuits())
    assert part.figures["stock_order_cpu_s"] == 10.0
    assert part.figures["py_evm_gain"] == pytest.approx(500)
    assert part.figures["revm_gain"] == pytest.approx(1000)
    assert part.rows[0] == ("stock", 8_000.0, 1_000.0, 1_000.0, 10_000.0, 1.0)
    assert part.rows[1] == pytest.approx(("ours, py-evm", 15.0, 5.0, 0.0, 20.0, 500.0))
    assert part.repetitions == 3
    assert len(part.raw["stock"]) == 3


def test_verification_is_compared_where_gas_agrees() -> None:
    part = verification_part([(Verified(0.8, 694_867), Verified(0.1, 694_867))] * 3)
    assert part.figures["gain"] == pytest.approx(8)
    assert part.rows[1][2] == 694_867


def test_one_unit_of_gas_more_fails_the_bench() -> None:
    with pytest.raises(ChainError, match=r"took \[694867, 694868\] gas"):
        verification_part([(Verified(0.8, 694_867), Verified(0.1, 694_868))])


def test_a_market_bound_by_its_cores() -> None:
    summary = {"wall_s": 70.0, "setup_s": 10.0, "chain_s": 20.0, "prove_cpu_s": 80.0}
    part = overlap_part(summary, cores=2)
    assert part.figures == {"wall_over_bound": 1.2, "chain_over_prove": 0.25, "beyond_bound_s": 10.0}
    assert part.rows[4] == ("lower bound on 2 cores", 50.0)


def test_a_market_bound_by_its_chain() -> None:
    summary = {"wall_s": 100.0, "setup_s": 10.0, "chain_s": 60.0, "prove_cpu_s": 40.0}
    assert overlap_part(summary, cores=2).figures["wall_over_bound"] == 1.5


def test_growth_is_the_power_of_n() -> None:
    sizes = [200, 600, 2_000, 10_000]
    assert growth_exponent(sizes, [3e-5 * n for n in sizes]) == pytest.approx(1.0)
    assert growth_exponent(sizes, [1e-7 * n**1.5 for n in sizes]) == pytest.approx(1.5)
    assert growth_exponent(sizes, [0.02] * 4) == pytest.approx(0.0, abs=1e-9)


def test_the_largest_size_names_its_figures() -> None:
    part = scaling_part(
        [Size(200, 0.001, 5.0, 9.0, 400_000_000), Size(10_000, 0.05, 50.0, 99.0, 1_600_000_000)]
    )
    assert part.figures["exponent"] == pytest.approx(1.0)
    assert part.figures["slot_s_at_10000"] == 0.05
    assert part.figures["peak_gb_at_10000"] == 1.6
    assert part.rows[1] == ("10,000", 0.05, 50.0, 99.0, 1_600.0)


def test_small_sizes_claim_nothing_of_10000_homes() -> None:
    part = scaling_part([Size(200, 0.001, 5.0, 9.0, 1), Size(600, 0.003, 6.0, 9.0, 2)])
    assert not {name for name in part.figures if name.endswith("10000")}


@pytest.mark.parametrize(("made_by_second", "again"), [(0, 0), (5, 5)])
def test_a_sweep_should_make_each_proof_once(made_by_second: int, again: int) -> None:
    first, second = (
        {"proofs_made": 30, "proofs_cached": 0},
        {"proofs_made": made_by_second, "proofs_cached": 30 - made_by_second},
    )
    runs = [(Finished(20.0, 0), {"proofs_made": 30}), (Finished(22.0, 0), {"proofs_made": 30})]
    part = reuse_part(Finished(21.0, 0), [first, second], runs)
    assert part.figures == {"sweep_s": 21.0, "runs_s": 42.0, "gain": 2.0, "proofs_made_again": again}
    assert part.rows[0] == ("one sweep", 21.0, 30 + made_by_second, 30 - made_by_second)
    assert part.rows[1] == ("four runs", 42.0, 60, 0)
