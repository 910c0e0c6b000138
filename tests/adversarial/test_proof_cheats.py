"""Homes that cheat with proofs, against the real verifier; each cheat stands beside what is accepted."""

import numpy as np
import pytest

from sim.chain.base import Transaction
from sim.chain.contracts import compiled, data_contract
from sim.chain.market_client import send
from sim.forecast.model import wh_from_outputs
from sim.proofs.circuit import commitment_of
from sim.proofs.srs import load_srs
from tests.adversarial.conftest import (
    LIMIT_PRICE,
    OURS,
    THEIRS,
    WINDOWS,
    ProvedCommunity,
    registration,
)
from tests.market_on_chain import ANY_GAS

pytestmark = pytest.mark.slow

REFUSED_BY_VERIFIER = "reverted without a reason"
BASE_FIELD = 21888242871839275222246405745257275088696311157297823662689037894645226208583


def wh(proof) -> list[int]:
    return wh_from_outputs(np.array(proof.outputs), 7).tolist()


def orders_of(street: ProvedCommunity, home: int, gate: int = 0) -> list[tuple[bool, int, int]]:
    return [street.community.market.read("order_of", slot, home) for slot in street.community.slots(gate)]


# Honest submissions ---------------------------------------------------------------------------------------


def test_orders_are_the_rounded_outputs(street):
    """Of both signs, and the same as integer arithmetic makes of the window, without the proof."""
    street.open()
    for home, circuit in ((1, street.ours), (2, street.ours), (3, street.theirs)):
        street.community.accept(street.submit(home))
        forecast_wh = circuit.model.forecast_wh(np.array(WINDOWS[home - 1])).tolist()
        assert forecast_wh == wh(street.proofs[home, 0])
        assert orders_of(street, home) == [(q < 0, abs(q), LIMIT_PRICE if q else 0) for q in forecast_wh]
    assert {np.sign(q) for home in (1, 2, 3) for q in wh(street.proofs[home, 0])} >= {-1, 1}


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


# Broken proofs --------------------------------------------------------------------------------------------


def test_nor_is_it_accepted_where_the_meter_commits_to_nothing(street):
    nothing = bytes(street.ours.proof_bytes)
    street.community.accept(street.commit_to(1, nothing[:64]), street.community.times(0).window_end)
    street.community.refuse(
        REFUSED_BY_VERIFIER, street.submit(1, proof=nothing), street.community.times(0).opens
    )


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


# Borrowed proofs ------------------------------------------------------------------------------------------


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


# Other models ---------------------------------------------------------------------------------------------


def commit_borrowed(street: ProvedCommunity, home: int) -> Transaction:
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


def newcomer(street: ProvedCommunity, model: int) -> Transaction:
    """A fourth home, of another model, submits the borrowed proof."""
    community, borrowed = street.community, street.borrowed
    community.accept(community.enrol(community.stranger, forecaster=model))
    community.accept(street.commit_to(4, borrowed.commitment), community.times(0).window_end)
    community.wait(community.times(0).opens)
    return street.submit(1, proof=borrowed.proof, instances=borrowed.instances, sender=community.stranger)


def register(
    street: ProvedCommunity, model: int, key_contract: bytes, digest: bytes, from_gate: int = 0
) -> None:
    facts = registration(street.theirs, model)
    fields = {"key_contract": key_contract, "digest": digest, "from_gate": from_gate}
    lengths = {"scale": facts.output_scale, "proof_bytes": facts.proof_bytes}
    street.community.accept(street.community.register(model, **fields, **lengths))


def their_key_contract(street: ProvedCommunity) -> bytes:
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
