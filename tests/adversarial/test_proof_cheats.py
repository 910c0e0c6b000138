"""Homes that cheat with proofs, against the real verifier; each cheat stands beside what is accepted."""

import numpy as np
import pytest

from sim.chain.base import Transaction
from sim.chain.contracts import compiled, data_contract
from sim.chain.market_client import send
from sim.forecast.model import wh_from_outputs
from sim.proofs.circuit import commitment_of
from sim.proofs.field import MODULUS
from sim.proofs.srs import load_srs
from tests.adversarial.conftest import (
    HORIZON,
    LIMIT_PRICE,
    OURS,
    THEIRS,
    WINDOWS,
    ProofTown,
    registration,
    worst_cost,
)
from tests.market_on_chain import ANY_GAS

pytestmark = pytest.mark.slow

REFUSED_BY_VERIFIER = "reverted without a reason"
BASE_FIELD = 21888242871839275222246405745257275088696311157297823662689037894645226208583


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def wh(proof) -> list[int]:
    return wh_from_outputs(np.array(proof.outputs), 7).tolist()


def orders_of(street: ProofTown, home: int, gate: int = 0) -> list[tuple[bool, int, int]]:
    return [street.community.market.read("order_of", slot, home) for slot in street.community.slots(gate)]


# Honest submissions ---------------------------------------------------------------------------------------


def test_honest_submissions_are_accepted(street):
    street.open()
    for home in (1, 2, 3):
        street.community.accept(street.submit(home))
    assert street.community.market.read("submitted", 0) == 0b111


def test_orders_are_the_rounded_outputs(street):
    """Of both signs, and the same as integer arithmetic makes of the window, without the proof."""
    street.open()
    for home, circuit in ((1, street.ours), (2, street.ours), (3, street.theirs)):
        street.community.accept(street.submit(home))
        forecast_wh = circuit.model.forecast_wh(np.array(WINDOWS[home - 1])).tolist()
        assert forecast_wh == wh(street.proofs[home, 0])
        assert orders_of(street, home) == [(q < 0, abs(q), LIMIT_PRICE if q else 0) for q in forecast_wh]
    signs = {np.sign(q) for home in (1, 2, 3) for q in wh(street.proofs[home, 0])}
    assert signs >= {-1, 1}


def test_quantities_are_clipped_to_the_connection_limit(found_with_proofs):
    sizes = sorted(abs(q) for q in wh(found_with_proofs().proofs[1, 0]))
    limit_wh = (sizes[-2] + sizes[-1]) // 2  # cuts the largest only
    assert sizes[-2] < limit_wh < sizes[-1]
    street = found_with_proofs(import_limit_wh=limit_wh, export_limit_wh=limit_wh)
    street.open()
    street.community.accept(street.submit(1))
    assert [size for _, size, _ in orders_of(street, 1)] == [
        min(abs(q), limit_wh) for q in wh(street.proofs[1, 0])
    ]


def test_who_cannot_generate_sells_nothing_whatever_is_forecast(found_with_proofs):
    """The quantity of an order is the circuit's output within the home's own limits of either direction."""
    forecast_wh = wh(found_with_proofs().proofs[1, 0])
    assert min(forecast_wh) < 0 < max(forecast_wh)
    street = found_with_proofs(export_limit_wh=0)
    street.open()
    street.community.accept(street.submit(1))
    assert orders_of(street, 1) == [(False, max(q, 0), LIMIT_PRICE if q > 0 else 0) for q in forecast_wh]


def test_credit_suffices_to_the_last_nano(found_with_proofs):
    cost = worst_cost(wh(found_with_proofs().proofs[1, 0]))
    poor, rich = (found_with_proofs(credit_limit=credit) for credit in (cost - 1, cost))
    poor.open()
    poor.community.refuse("credit limit exceeded", poor.submit(1))
    rich.open()
    rich.community.accept(rich.submit(1))
    assert rich.community.reserved() == [cost, 0, 0]


# Broken proofs --------------------------------------------------------------------------------------------


def test_no_proof_is_refused(street):
    street.open()
    street.community.refuse("proof of wrong length", street.submit(1, proof=b""))
    street.community.refuse("proof of wrong length", street.submit(1, proof=street.proofs[1, 0].commitment))
    nothing = bytes(street.ours.proof_bytes)
    street.community.refuse("window not committed here", street.submit(1, proof=nothing))
    street.community.accept(street.submit(1))


def test_nor_is_it_accepted_where_the_meter_commits_to_nothing(street):
    nothing = bytes(street.ours.proof_bytes)
    street.community.accept(street.commit_to(1, nothing[:64]), street.community.times(0).window_end)
    street.community.refuse(
        REFUSED_BY_VERIFIER, street.submit(1, proof=nothing), street.community.times(0).opens
    )


@pytest.mark.parametrize("part", ["commitment", "first evaluation", "middle", "end"])
def test_a_flipped_bit_is_refused(street, part):
    street.open()
    honest = street.proofs[1, 0].proof
    middle, end = len(honest) // 2, len(honest) - 1
    place = {"commitment": 40, "first evaluation": 64 + 31, "middle": middle, "end": end}
    reason = "window not committed here" if part == "commitment" else REFUSED_BY_VERIFIER
    street.community.refuse(reason, street.submit(1, proof=flipped(honest, place[part])))
    street.community.accept(street.submit(1))


@pytest.mark.parametrize(("cut", "padding"), [(1, 0), (32, 0), (0, 1), (0, 32)])
def test_a_proof_cut_or_padded_is_refused(street, cut, padding):
    street.open()
    honest = street.proofs[1, 0].proof
    changed = honest[: len(honest) - cut] + bytes(padding)
    street.community.refuse("proof of wrong length", street.submit(1, proof=changed))
    street.community.accept(street.submit(1))


def test_a_commitment_has_one_form(street):
    """The same point, written beyond the field, would be a fresh name for an old window."""
    honest = street.proofs[1, 0].proof
    other = (int.from_bytes(honest[:32], "big") + BASE_FIELD).to_bytes(32, "big") + honest[32:]
    street.community.accept(street.commit_to(1, other[:64]), street.community.times(0).window_end)
    street.community.accept(street.commit(0, [2]))
    street.community.refuse(
        REFUSED_BY_VERIFIER, street.submit(1, proof=other), street.community.times(0).opens
    )
    street.community.accept(street.submit(2))


# Other quantities -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("slot", [0, HORIZON - 1])
@pytest.mark.parametrize("change", [1, -1, 1 << 7, MODULUS])
def test_changed_quantities_are_refused(street, slot, change):
    """Also by the field's modulus, which changes the number and not the element."""
    street.open()
    instances = list(street.proofs[1, 0].instances)
    instances[slot] += change
    street.community.refuse(REFUSED_BY_VERIFIER, street.submit(1, instances=instances))
    street.community.accept(street.submit(1))


def test_swapped_negated_and_missing_quantities_are_refused(street):
    street.open()
    first, *rest = street.proofs[1, 0].instances
    street.community.refuse(REFUSED_BY_VERIFIER, street.submit(1, instances=[*rest, first]))
    street.community.refuse(REFUSED_BY_VERIFIER, street.submit(1, instances=[MODULUS - first, *rest]))
    street.community.refuse(REFUSED_BY_VERIFIER, street.submit(1, instances=[0] * HORIZON))
    street.community.refuse("one output per slot", street.submit(1, instances=rest))
    street.community.refuse("one output per slot", street.submit(1, instances=[first, *rest, 0]))
    street.community.accept(street.submit(1))


@pytest.mark.parametrize("limits", [(2**40,) * HORIZON, (1, 1, 1, 2**256 - 1)])
def test_limit_prices_out_of_range_are_refused(street, limits):
    street.open()
    street.community.refuse("limit price out of range", street.submit(1, limits=limits))
    street.community.refuse("one limit price per slot", street.submit(1, limits=(1,) * (HORIZON - 1)))
    street.community.accept(street.submit(1))


# Borrowed proofs ------------------------------------------------------------------------------------------


def test_a_neighbours_proof_is_refused(street):
    street.open()
    neighbour = street.proofs[2, 0]
    street.community.refuse(
        "window not committed here", street.submit(1, proof=neighbour.proof, instances=neighbour.instances)
    )
    street.community.accept(street.submit(1))


def test_a_front_runner_gains_nothing_by_copying(street):
    street.open()
    copied = street.submit(1, sender=street.community.homes[1])
    street.community.refuse("window not committed here", copied)
    street.community.refuse("only an enrolled home", street.submit(1, sender=street.community.stranger))
    street.community.accept(street.submit(1))
    street.community.refuse("window not committed here", copied)
    street.community.accept(street.submit(2))


def test_yesterdays_proof_is_refused(street):
    """The window is the same on both days; fresh salts make the difference."""
    yesterday = street.proofs[1, 0]
    street.open(0)
    street.community.accept(street.submit(1))
    street.open(1, [1])
    street.community.refuse(
        "window not committed here", street.submit(1, 1, proof=yesterday.proof, instances=yesterday.instances)
    )
    street.community.accept(street.submit(1, 1))
    assert orders_of(street, 1, 1) == orders_of(street, 1, 0)


def test_a_proof_without_a_commitment_is_refused(street):
    street.open(0, [2, 3])
    street.community.refuse("window not committed here", street.submit(1))
    street.community.accept(street.submit(2))


def test_commitments_are_the_meters_and_are_used_once(street):
    market = street.community.market
    street.community.wait(street.community.times(0).window_end)
    forged = Transaction(street.community.homes[0], market.address, street.commit(0, [1]).data, ANY_GAS)
    street.community.refuse("only the meter", forged)
    street.community.accept(street.commit(0, [1]))
    street.community.refuse("commitment reused", street.commit_to(2, street.proofs[1, 0].commitment))
    street.community.refuse("home already committed", street.commit_to(1, street.proofs[2, 0].commitment))
    later = street.commit_to(1, street.proofs[1, 0].commitment, gate=1)
    street.community.accept(street.submit(1), street.community.times(0).opens)
    street.community.refuse("commitment reused", later, street.community.times(1).window_end)
    assert market.read("committed", 1) == 0
    street.community.accept(street.commit_to(1, street.proofs[1, 1].commitment, gate=1))


def test_the_time_line_holds_for_proofs_as_well(street):
    times = street.community.times(0)
    street.community.accept(street.commit(0), times.window_end)
    street.community.refuse("gate is not open", street.submit(1), times.opens - 1)
    street.community.accept(street.submit(1), times.opens)
    street.community.refuse("orders already submitted", street.submit(1))
    street.community.accept(street.submit(2), times.closes - 1)
    street.community.refuse("gate is closed", street.submit(3), times.closes)


# Other models ---------------------------------------------------------------------------------------------


def commit_borrowed(street: ProofTown, home: int) -> Transaction:
    """The meter commits to a window of which the other cluster's model made a proof.

    The commitment is of the window alone: it would open our model's proof as well.
    """
    community, proof = street.community, street.borrowed
    assert commitment_of(street.ours, WINDOWS[0], proof.salts, load_srs()) == proof.commitment
    community.accept(street.commit_to(home, proof.commitment), community.times(0).window_end)
    community.wait(community.times(0).opens)
    return street.submit(1, proof=proof.proof, instances=proof.instances, sender=community.homes[home - 1])


def test_another_clusters_model_is_refused(street):
    street.community.refuse(REFUSED_BY_VERIFIER, commit_borrowed(street, home=1))


def test_and_accepted_of_a_home_of_that_cluster(street):
    street.community.accept(commit_borrowed(street, home=3))
    assert [size for _, size, _ in orders_of(street, 3)] == [abs(q) for q in wh(street.borrowed)]


def newcomer(street: ProofTown, model: int) -> Transaction:
    """A fourth home, of another model, submits the borrowed proof."""
    community, borrowed = street.community, street.borrowed
    community.accept(community.enrol(community.stranger, model=model))
    community.accept(street.commit_to(4, borrowed.commitment), community.times(0).window_end)
    community.wait(community.times(0).opens)
    return street.submit(1, proof=borrowed.proof, instances=borrowed.instances, sender=community.stranger)


def register(street: ProofTown, model: int, key_contract: bytes, digest: bytes, from_gate: int = 0) -> None:
    facts = registration(street.theirs, model)
    fields = {"key_contract": key_contract, "digest": digest, "from_gate": from_gate}
    lengths = {"scale": facts.output_scale, "proof_bytes": facts.proof_bytes}
    street.community.accept(street.community.register(model, **fields, **lengths))


def their_key_contract(street: ProofTown) -> bytes:
    return bytes.fromhex(street.community.market.read("models", THEIRS)[0].removeprefix("0x"))


@pytest.mark.parametrize("digest", ["ours", "nobody's"])
def test_a_key_contract_that_returns_another_key_is_refused(street, digest):
    """The proof verifies, only not under the key that was registered."""
    registered = registration(street.ours, OURS).key_digest if digest == "ours" else b"\x07" * 32
    register(street, 7, their_key_contract(street), registered)
    street.community.refuse("another key", newcomer(street, 7))


def test_and_accepted_under_its_own_digest(street):
    register(street, 7, their_key_contract(street), registration(street.theirs, 7).key_digest)
    street.community.accept(newcomer(street, 7))


def test_a_model_that_was_never_registered_is_refused(street):
    street.community.refuse("model not registered", newcomer(street, 9))


def test_a_model_is_not_used_before_its_first_gate(street):
    digest = registration(street.theirs, 8).key_digest
    register(street, 8, their_key_contract(street), digest, from_gate=1)
    street.community.refuse("model not active yet", newcomer(street, 8))


def test_the_verifier_has_to_know_the_key_and_anybody_may_tell_it(found_with_proofs, circuits):
    """Which proves nothing: what counts is the digest that was registered."""
    ours, theirs = circuits
    street = found_with_proofs(models=[registration(ours, OURS)])
    community, facts = street.community, registration(theirs, THEIRS)
    store = Transaction(community.utility, None, data_contract(facts.key_payload), ANY_GAS)
    register(street, THEIRS, send(community.chain, 0, [store])[0].contract, facts.key_digest)
    street.open()
    community.refuse("VKA not registered", street.submit(3))
    tell = compiled("Halo2VerifierReusable").encode("registerVka", list(theirs.key_words))
    send(community.chain, 0, [Transaction(community.stranger, community.market.verifier, tell, ANY_GAS)])
    community.accept(street.submit(3))


# Gas ------------------------------------------------------------------------------------------------------


def test_verification_is_most_of_the_gas_of_a_submission(street):
    street.open()
    receipt = street.community.accept(street.submit(1))
    verification = receipt.gas_by_callee[street.community.market.verifier]
    assert 400_000 < verification < receipt.gas_used < 1_500_000
