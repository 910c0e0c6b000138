"""The homes' attacks one by one, against the real verifier: why each is refused, and what is accepted."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.adversaries import AttackContext, HomeAttack, Moment, home_attacks
from sim.chain.base import Transaction
from sim.chain.submission import Submission
from sim.proofs.bids import BackedBid
from sim.proofs.circuit import Circuit
from sim.proofs.field import MODULUS
from sim.proofs.prover import Proof, prove, prove_under
from sim.proofs.setup import build_circuit
from sim.proofs.srs import load_srs
from tests.adversarial.conftest import (
    HORIZON,
    LIMIT_PRICE,
    LIMIT_WH,
    OURS,
    PRECISION,
    SETTINGS,
    THEIRS,
    WINDOWS,
    ProvedCommunity,
    registration,
)
from tests.adversarial.reasons import BY_VERIFIER, OF_HOMES
from tests.market_on_chain import CREDIT_LIMIT, FEED_IN, RETAIL

pytestmark = pytest.mark.slow

CHEAT, NEIGHBOUR = 1, 2


@pytest.fixture(scope="module")
def stale(circuits) -> Proof:
    return prove(circuits[0], WINDOWS[2], load_srs())


@pytest.fixture(scope="module")
def forged(circuits, tmp_path_factory) -> Circuit:
    model = circuits[0].model.negated()
    return build_circuit(model, SETTINGS, LIMIT_WH, load_srs(), tmp_path_factory.mktemp("forged"))


@pytest.fixture(scope="module")
def made_at_home(forged, proofs) -> Proof:
    return prove_under(forged, WINDOWS[0], proofs[CHEAT, 0].salts, load_srs())


@pytest.fixture
def context_in(stale, made_at_home) -> Callable[..., AttackContext]:
    def context(street: ProvedCommunity, attack: str, gate: int = 0, **changes: Any) -> AttackContext:
        made = {"stale-window": stale, "home-made-model": made_at_home}.get(attack)
        facts = {
            "honest": submission(street, CHEAT, gate),
            "earlier": submission(street, CHEAT, gate - 1) if gate else None,
            "neighbour": submission(street, NEIGHBOUR, 0),
            "partner_wh": None,
            "counterfeit": made and BackedBid(made.commitment, made.proof, made.instances),
            "output_scale": PRECISION,
            "import_wh": LIMIT_WH,
            "export_wh": LIMIT_WH,
            "buyer_value": np.full(HORIZON, RETAIL),
            "seller_cost": np.full(HORIZON, FEED_IN),
            "top_value": np.full(HORIZON, RETAIL + 1),
            "funds": CREDIT_LIMIT,
            "draws": np.random.default_rng(7),
        }
        return AttackContext(**facts | changes)

    return context


def submission(street: ProvedCommunity, home: int, gate: int) -> Submission:
    honest = street.proofs[home, gate]
    return Submission(gate, honest.proof, honest.instances, (LIMIT_PRICE,) * HORIZON)


def sent(street: ProvedCommunity, what: Submission) -> Transaction:
    return street.community.market.submit(street.community.homes[CHEAT - 1], what)


def attempt(attack: HomeAttack, context: AttackContext) -> Submission:
    what = attack.submission(context)
    assert what is not None
    return what


@pytest.mark.parametrize("name", [name for name in OF_HOMES if home_attacks[name].moment is Moment.AHEAD])
def test_refused_ahead_of_the_honest_submission_which_is_accepted(street, context_in, name) -> None:
    gate = 1 if name == "replayed-proof" else 0
    context = context_in(street, name, gate)
    street.open(gate, [CHEAT] if gate else [1, 2, 3])
    street.community.refuse(OF_HOMES[name], sent(street, attempt(home_attacks.make(name), context)))
    street.community.accept(street.submit(CHEAT, gate))


def test_a_home_made_proof_is_a_true_one(found_with_proofs, circuits, forged, made_at_home, proofs) -> None:
    """It opens the very commitment of the window, and is accepted where its model is the registered one."""
    assert made_at_home.commitment == proofs[CHEAT, 0].commitment
    assert made_at_home.instances != proofs[CHEAT, 0].instances
    street = found_with_proofs(models=(registration(forged, OURS), registration(circuits[1], THEIRS)))
    street.open()
    at_home = Submission(0, made_at_home.proof, made_at_home.instances, (LIMIT_PRICE,) * HORIZON)
    street.community.refuse(BY_VERIFIER, street.submit(CHEAT))
    street.community.accept(sent(street, at_home))


# What they would have -------------------------------------------------------------------------------------


def test_a_phantom_seller_sells_what_it_would_take(street, context_in) -> None:
    context = context_in(street, "phantom-seller")
    wish = home_attacks.make("phantom-seller").wish(
        context, attempt(home_attacks.make("phantom-seller"), context)
    )
    assert wish.quantity_wh.tolist() == (-abs(context.quantities_wh(context.honest.instances))).tolist()
    assert (wish.limit_price == FEED_IN).all()


@pytest.mark.parametrize("name", ["phantom-seller", "over-committer"])
def test_who_buys_nothing_has_nothing_to_try(street, context_in, name) -> None:
    sells_only = replace(submission(street, CHEAT, 0), instances=((-100 << PRECISION) % MODULUS,) * HORIZON)
    context = context_in(street, name, honest=sells_only)
    assert home_attacks.make(name).submission(context) is None
