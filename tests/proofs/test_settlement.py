"""Settlement proofs: what a home trades follows from the column that it committed to, and is proved once."""

import secrets
from concurrent.futures import Future
from dataclasses import replace

import pytest

from sim.errors import InputError, ProverError
from sim.proofs import settlement
from sim.proofs.columns import columns_of
from sim.proofs.field import COMMITMENT_BYTES, MODULUS
from sim.proofs.jobs import TradeJob
from sim.proofs.kept import _trade_keys, kept_proof
from sim.proofs.pool import ProverPool
from sim.proofs.prover import run_prover, verifies
from sim.proofs.settings import Form
from sim.proofs.settlement import (
    MAX_TRADE,
    TradeProof,
    build_settlement,
    points_of,
    prove_trade,
    trade_of,
    verify_trade,
)
from sim.proofs.setup import build_circuit, with_keys
from tests.proofs.models import LIMIT_WH, proof_job, tiny_linear

PRICES = ((220_000, 80_000, 150_000, 220_000), (60_000, 0, 2**40 - 1, 7))
WINDOW_WH = (-400, 3, 0, 777, LIMIT_WH)
SETTLED = Form(output_proofs=2)
VOID = ()


@pytest.fixture(scope="module")
def circuit(srs, tmp_path_factory):
    return build_settlement(4, SETTLED.output_salts, 2, 9, srs, tmp_path_factory.mktemp("settlement"))


@pytest.fixture(scope="module")
def columns():
    outputs = ((-(2**30), 5, 0, 2**30 - 1), (1, 2, -3, 4))
    return tuple(
        (*row, *(secrets.randbelow(MODULUS) for _ in range(SETTLED.output_salts))) for row in outputs
    )


@pytest.fixture(scope="module")
def proof(circuit, columns, srs):
    return prove_trade(circuit, columns, PRICES, srs)


@pytest.fixture(scope="module")
def points(circuit, columns, srs):
    return points_of(circuit, columns, srs)


def test_a_proof_begins_with_the_points_of_outputs_and_prices_and_shows_the_trade(
    circuit, proof, points, srs
):
    first = -(2**30) * 220_000 + 5 * 80_000 + (2**30 - 1) * 220_000
    assert proof.trade == first + 60_000 - 3 * (2**40 - 1) + 28
    assert proof.proof.startswith(b"".join([*points, *points_of(circuit, PRICES, srs)]))
    assert verify_trade(circuit, points, PRICES, proof, srs)


@pytest.mark.parametrize("change", [1, -1, MODULUS, -MODULUS])
def test_another_trade_is_refused(circuit, proof, points, srs, change):
    assert not verify_trade(circuit, points, PRICES, replace(proof, trade=proof.trade + change), srs)


def test_other_prices_other_columns_and_other_gates_are_refused(circuit, columns, proof, points, srs):
    assert not verify_trade(circuit, points, (PRICES[0], (*PRICES[1][:3], 8)), proof, srs)
    other = columns_of(srs, circuit.logrows).committed((columns[0][0] + 1, *columns[0][1:]))
    for wrong in ([other, points[1]], points[::-1], points[:1], [*points, other]):
        assert not verify_trade(circuit, wrong, PRICES, proof, srs)
        forged = b"".join(wrong) + proof.proof[len(wrong) * COMMITMENT_BYTES :]
        assert not verify_trade(circuit, wrong, PRICES, replace(proof, proof=forged), srs)


@pytest.mark.parametrize("forged", [lambda proof: proof[:-1], lambda proof: proof + b"\0"])
def test_a_proof_of_another_length_is_refused(circuit, proof, points, srs, forged):
    assert not verify_trade(circuit, points, PRICES, replace(proof, proof=forged(proof.proof)), srs)


def test_gates_without_an_order_and_without_prices_count_nothing(circuit, columns, points, srs):
    """And periods may be shorter: what the proof begins with there is the column without values."""
    column, trade = columns[1], 220_000 + 2 * 80_000 - 3 * 150_000 + 4 * 220_000
    empty = columns_of(srs, circuit.logrows).committed(())
    alone = prove_trade(circuit, (column,), PRICES[:1], srs)
    assert alone.trade == trade
    assert verify_trade(circuit, points[1:], PRICES[:1], alone, srs)
    for given, prices in (((column, VOID), PRICES), ((column, VOID), (PRICES[0], VOID))):
        found = prove_trade(circuit, given, prices, srs)
        assert found.trade == trade
        assert verify_trade(circuit, [points[1], empty], prices, found, srs)
        assert not verify_trade(circuit, [empty, points[1]], prices, found, srs)


@pytest.fixture(scope="module")
def wide(circuit, srs, tmp_path_factory):
    """A circuit that commits to eight rows of each column, and takes four: its keys are the same."""
    folder = tmp_path_factory.mktemp("wide")
    onnx_path = folder / "model.onnx"
    onnx_path.write_bytes(settlement._onnx_bytes(4, [8] * 4))
    settlement.lay_out(onnx_path, folder / "settings.json", circuit.settings, **settlement._CHOICES)
    wide = with_keys(replace(circuit, folder=folder), onnx_path, srs)
    assert wide.digest == circuit.digest
    return wide


@pytest.mark.parametrize(
    ("rogue", "accepted"),
    [
        (lambda outputs, prices: (*outputs, *prices), True),
        (lambda outputs, prices: (*prices, *outputs), False),
        (lambda outputs, prices: (*outputs[::-1], *prices[::-1]), False),
        (lambda outputs, prices: ((*outputs[0][:-1], 7), outputs[1], *prices), False),
        (lambda outputs, prices: (*outputs, prices[0], (*prices[1][:-1], 7)), False),
    ],
    ids=["as meant", "inputs swapped", "gates swapped", "junk behind outputs", "junk behind prices"],
)
def test_a_prover_of_its_own_gives_columns_that_are_not_the_ones_meant(
    circuit, wide, columns, points, srs, rogue, accepted
):
    """EZKL takes each of these proofs of the true trade under the registered keys; points tell them apart."""
    inputs = rogue(*([(*row, *[0] * (8 - len(row))) for row in rows] for rows in (columns, PRICES)))
    forged = TradeProof(
        bytes(run_prover(wide, inputs, srs)["proof"]), trade_of(circuit, columns, PRICES), 0.0
    )
    assert verifies(circuit, forged.proof, [forged.trade % MODULUS], srs)
    assert verify_trade(circuit, points, PRICES, forged, srs) == accepted


def test_what_the_circuit_was_not_built_for_is_refused(circuit, columns, srs, tmp_path):
    settles = "the circuit settles up to 2 columns of 4 outputs and 3 salts"
    for given in ((columns[0][:-1], columns[1]), columns[:1], (*columns, VOID)):
        with pytest.raises(InputError, match=settles):
            prove_trade(circuit, given, PRICES, srs)
    with pytest.raises(InputError, match=settles):
        prove_trade(circuit, (*columns, VOID), (*PRICES, VOID), srs)
    for wrong in (PRICES[0][:3], (*PRICES[0][:3], -1), (*PRICES[0][:3], 2**40)):
        with pytest.raises(InputError, match="a gate has 4 prices from 0 to"):
            prove_trade(circuit, columns, (wrong, PRICES[1]), srs)
    with pytest.raises(InputError, match=f"beyond ±{MAX_TRADE}"):
        prove_trade(circuit, ((MODULUS - 1, *columns[0][1:]), columns[1]), PRICES, srs)
    with pytest.raises(InputError, match="48 outputs and 500 salts should fit one column"):
        build_settlement(48, 500, 1, 9, srs, tmp_path)
    with pytest.raises(InputError, match="a settlement circuit of 129 gates has proofs of 16512 bytes"):
        build_settlement(24, 3, 129, 9, srs, tmp_path)


# A column is settled once


@pytest.fixture(scope="module")
def sealed(small_settings, srs, tmp_path_factory):
    return build_circuit(
        tiny_linear(), small_settings, LIMIT_WH, srs, tmp_path_factory.mktemp("sealed"), SETTLED
    )


@pytest.fixture
def inline(monkeypatch):
    """Pools prove here, without starting processes."""

    def done(_, function, *arguments):
        future = Future()
        future.set_result(function(*arguments))
        return future

    monkeypatch.setattr(ProverPool, "_submit", done)


def handed_in(pool, sealed, circuit, prices=PRICES, gates=2):
    """The settlement of bids that were handed in."""
    pool.start([replace(proof_job(sealed, WINDOW_WH, gate=gate), market="street") for gate in range(gates)])
    return TradeJob(0, 0, circuit, tuple(pool.column(0, gate) for gate in range(gates)), prices[:gates])


@pytest.mark.usefixtures("inline")
def test_bids_are_settled_from_the_columns_that_they_were_proved_with(store, sealed, circuit, srs):
    with ProverPool(1, srs, store) as pool:
        order = handed_in(pool, sealed, circuit)
        pool.start_trades([order])
        bids, trade = [pool.proof(0, gate) for gate in range(2)], pool.trade(0, 0)
        assert verify_trade(circuit, [bid.output_point for bid in bids], PRICES, trade, srs)
        assert not trade.cached
    with ProverPool(1, srs, store) as again:
        assert handed_in(again, sealed, circuit) == order
        again.start_trades([order])
        assert ([again.proof(0, gate) for gate in range(2)], again.trade(0, 0)) == (bids, trade)


@pytest.mark.usefixtures("inline")
@pytest.mark.parametrize("lost", [True, False])
def test_no_column_is_settled_twice(store, sealed, circuit, srs, lost):
    """Neither where its settlement proof is lost nor at other prices; the next run draws other columns."""
    others = (PRICES[0], (0, *PRICES[1][1:]))
    with ProverPool(1, srs, store) as pool:
        order = handed_in(pool, sealed, circuit)
        pool.start_trades([order])
        pool.trade(0, 0)
        if lost:
            store.drop("proofs", _trade_keys(order, srs)[0])
        with pytest.raises(
            ProverError, match="agent 0, settlement period 0: its trade may have been proved before"
        ):
            pool.start_trades([order if lost else replace(order, prices=others)])
    with ProverPool(1, srs, store) as again:
        fresh = handed_in(again, sealed, circuit, others)
        assert not set(fresh.columns) & set(order.columns)
        again.start_trades([fresh])
        assert again.trade(0, 0).trade == trade_of(circuit, fresh.columns, others)


@pytest.mark.usefixtures("inline")
def test_a_bid_that_was_not_settled_or_is_of_another_market_is_drawn_again(store, sealed, circuit, srs):
    with ProverPool(1, srs, store) as pool:
        order = handed_in(pool, sealed, circuit)
        job = replace(proof_job(sealed, WINDOW_WH), market="street")
        assert not kept_proof(store, job, srs)
    with ProverPool(1, srs, store) as pool:
        pool.start_trades([handed_in(pool, sealed, circuit, gates=1)])
        pool.trade(0, 0)
    assert kept_proof(store, job, srs).column not in order.columns
    assert not kept_proof(store, replace(job, market="another"), srs)
