"""The utility founds a market with sealed orders. Each refusal stands beside what is accepted."""

from dataclasses import replace

import pytest

from sim.chain.base import Transaction
from sim.chain.contracts import data_contract
from sim.chain.key_storage import created_address
from sim.chain.market_client import send
from sim.chain.sealed_client import Proving, deploy_sealed_market, lagrange_points, sealed_registrations
from sim.errors import ChainError
from sim.proofs.field import MODULUS
from tests.market_on_chain import ANY_GAS
from tests.sealed_on_chain import (
    LOGROWS,
    PROOF_BYTES,
    SealedRules,
    columns,
    empty_sealed,
    found_sealed,
    key_words,
)

LARGEST = 2**63 - 1


@pytest.fixture
def community():
    return empty_sealed(SealedRules(homes=2))


# Terms ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({"horizon": 97}, "horizon out of range"),
        ({"scale": 128}, "output scale out of range"),
        ({"k_ppm": 1_000_001}, "k out of range"),
        ({"least_homes": 0}, "least homes out of range"),
        ({"least_homes": 257}, "least homes out of range"),
        ({"settlement_gates": 0}, "settlement period out of range"),
        ({"settlement_gates": 3}, "settlement period out of range"),
        ({"retail": (1, 2)}, "one price per period"),
        ({"retail": (1,), "feed_in": (2,)}, "tariffs out of range"),
    ],
)
def test_terms_out_of_range_are_not_deployed(terms, reason):
    with pytest.raises(ChainError, match=reason):
        empty_sealed(SealedRules(**terms), models=())


@pytest.mark.parametrize(
    "terms",
    [
        {"horizon": 96},
        {"scale": 127},
        {"k_ppm": 1_000_000},
        {"least_homes": 1},
        {"least_homes": 256},
        {"settlement_gates": 1},
    ],
)
def test_terms_at_the_edge_are(terms):
    market = empty_sealed(SealedRules(**terms), models=()).market
    names = {"scale": "OUTPUT_SCALE"}
    for name, value in terms.items():
        assert market.read(names.get(name, name.upper())) == value


def test_rows_stand_where_the_circuits_have_them(community):
    assert community.market.read("ROOT") == columns().root
    assert pow(columns().root, 2 ** (LOGROWS - 1), MODULUS) == MODULUS - 1


def founded(terms):
    """By hand, under the stub, from these terms."""
    community = empty_sealed(SealedRules(homes=1), models=())
    operators = (community.utility, community.meter, community.auctioneer)
    return deploy_sealed_market(community.chain, 0, terms, *operators, with_verifier=False)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"logrows": 29}, "rows out of range"),
        ({"logrows": 0}, "more slots than rows"),
    ],
)
def test_slots_need_rows(change, reason):
    terms = SealedRules(homes=1).terms
    with pytest.raises(ChainError, match=reason):
        founded(replace(terms, srs=replace(terms.srs, **change)))
    founded(replace(terms, srs=replace(terms.srs, logrows=1)))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"key_words": key_words(instances=0)}, "key with other public outputs"),
        ({"proof_bytes": 127}, "proof length out of range"),
        ({"lagrange": lagrange_points(columns(), 1)}, "one point per slot, and one more"),
    ],
)
def test_trades_are_proved_with_a_circuit_and_points_that_fit(change, reason):
    terms = SealedRules(homes=1, proved=True, settlement_gates=1).terms
    assert isinstance(terms.proving, Proving)
    with pytest.raises(ChainError, match=reason):
        founded(replace(terms, proving=replace(terms.proving, **change)))
    with pytest.raises(ChainError, match="more gates than a proof has points"):
        founded(replace(terms, settlement_gates=2))
    market, _ = founded(terms)
    assert market.read("PROVED")
    assert market.read("settlement_key")[1] != bytes(32)


# Models ---------------------------------------------------------------------------------------------------


def test_a_model_that_does_not_fit_is_refused(community):
    for change, reason in (
        ({"scale": 9}, "model has another scale"),
        ({"largest_output": 0}, "largest output out of range"),
        ({"largest_output": LARGEST + 1}, "largest output out of range"),
        ({"proof_bytes": PROOF_BYTES - 1}, "proof length out of range"),
        ({"proof_bytes": 16_385}, "proof length out of range"),
        ({"digest": b"\x01" * 32}, "another key"),
        ({"from_gate": 2}, "no such gate"),
    ):
        community.refuse(reason, community.register(1, **change))
    edges = ({"largest_output": LARGEST}, {"proof_bytes": 16_384}, {"from_gate": 1})
    for forecaster, change in enumerate(edges, start=1):
        community.accept(community.register(forecaster, **change))


def test_a_key_is_of_the_communitys_srs_and_size(community):
    for words, reason in (
        (key_words(instances=1), "key with other public outputs"),
        (key_words(instances=0, word5=LOGROWS + 1), "key of another size"),
        *((key_words(instances=0, **{f"word{at}": 3}), "key of another SRS") for at in range(14, 24)),
        (key_words(instances=0)[: 23 * 32], "key too short"),
        (key_words(instances=0)[: 24 * 32], None),
    ):
        model = replace(community.rules.model, forecaster=1, key_words=words)
        nonce = community.chain.nonce(community.utility)
        stored, registered = sealed_registrations(community.market, community.utility, nonce, [model])
        send(community.chain, 0, [stored])
        if reason is None:
            community.accept(registered)
        else:
            community.refuse(reason, registered)


def test_a_key_must_be_where_it_is_said_to_be(community):
    send(community.chain, 0, [Transaction(community.utility, None, data_contract(b"\x20"), ANY_GAS)])
    elsewhere = created_address(community.utility, community.chain.nonce(community.utility) - 1)
    community.refuse("key too short", community.register(1, key_contract=elsewhere))
    community.refuse("key too short", community.register(1, key_contract=b"\x22" * 20))
    community.accept(community.register(1))


def test_a_forecaster_gets_models_for_later_and_later_gates(community):
    community.accept(community.register(1, largest_output=5))
    community.refuse("forecaster has a later model", community.register(1))
    (log,) = community.accept(community.register(1, from_gate=1, training_root=b"\x09" * 32)).logs
    name, event = community.market.artifact.event(log)
    assert (name, event["largest_output"]) == ("SealedModelRegistered", community.rules.largest_output)
    assert event["training_root"] == b"\x09" * 32
    assert [community.market.read("largest_output", 1, gate) for gate in (0, 1)] == [
        5,
        community.rules.largest_output,
    ]
    assert community.market.read("earlier_models", 1, 0)[-1] == 0


@pytest.mark.parametrize("gate", [0, 1])
def test_a_model_comes_before_its_first_window_begins(gate):
    community = empty_sealed(SealedRules(homes=1, lookback=3))
    begins = community.times(gate).window_begin
    community.accept(community.register(1, from_gate=gate), begins - 1)
    community.refuse("model too late for its first window", community.register(2, from_gate=gate), begins)


# Homes and roles ------------------------------------------------------------------------------------------


def test_homes_enrol_before_the_first_window_begins():
    community = empty_sealed(SealedRules(homes=2, lookback=3))
    begins = community.times(0).window_begin
    community.accept(community.enrol(community.homes[0]), begins - 1)
    community.refuse("enrolment is over", community.enrol(community.homes[1]), begins)
    assert community.market.read("home_of", community.homes[0].address) == 1


@pytest.mark.parametrize("function", ["register_model", "enrol"])
def test_only_the_utility_sets_up(community, function):
    honest = community.register(1) if function == "register_model" else community.enrol(community.homes[0])
    for role in ("meter", "auctioneer", "stranger"):
        community.refuse("only the utility", replace(honest, sender=getattr(community, role)))
    community.accept(honest)


def test_all_homes_have_the_same_tariffs():
    market = found_sealed(periods=(0,) * 12 + (1,) * 12, retail=(9, 8), feed_in=(2, 1)).market
    prices = [[market.read(name, 0, period) for period in (0, 1)] for name in ("retail", "feed_in")]
    assert (prices, market.read("MOST_RETAIL")) == ([[9, 8], [2, 1]], 9)
