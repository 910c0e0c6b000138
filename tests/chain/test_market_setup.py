"""The utility sets the market up: models, homes, tariffs. Each refusal stands beside what is accepted."""

from dataclasses import replace

import pytest

from sim.errors import ChainError
from tests.market_on_chain import FIRST_DELIVERY, SCALE, STUB_KEY, Rules, empty_community, found

LARGEST_WH = 2**23 - 1
LARGEST_PRICE = 2**40 - 1
LARGEST_CREDIT = 2**128 - 1


@pytest.fixture
def community():
    return empty_community(Rules(homes=3))


# Terms ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({"horizon": 0}, "horizon out of range"),
        ({"horizon": 97}, "horizon out of range"),
        ({"slot_s": 59}, "lead too short"),
        ({"lookback": 0}, "empty window"),
        ({"periods": ()}, "periods out of range"),
        ({"periods": (0,) * 23 + (24,)}, "periods out of range"),
        ({"grid_fee": 2**40}, "grid fee out of range"),
    ],
)
def test_terms_out_of_range_are_not_deployed(terms, reason):
    with pytest.raises(ChainError, match=reason):
        empty_community(Rules(**terms))


@pytest.mark.parametrize(
    "terms",
    [
        {"horizon": 1},
        {"horizon": 96},
        {"slot_s": 60},
        {"periods": (0,)},
        {"periods": (0,) * 23 + (23,)},
        {"grid_fee": 2**40 - 1},
    ],
)
def test_terms_at_the_edge_are(terms):
    rules = Rules(**terms)
    market = empty_community(rules, models=()).market
    assert market.read("HORIZON") == rules.horizon
    assert market.read("BUYER_FEE") + market.read("SELLER_FEE") == rules.grid_fee


# Models ---------------------------------------------------------------------------------------------------


def test_a_forecaster_gets_models_for_later_and_later_gates(community):
    community.accept(community.register(1))
    community.refuse("forecaster has a later model", community.register(1))
    community.accept(community.register(1, from_gate=1))
    for gate in (0, 1):
        community.refuse("forecaster has a later model", community.register(1, from_gate=gate, scale=3))
    assert community.market.read("models", 1)[-1] == 1
    assert community.market.read("earlier_models", 1, 0)[-1] == 0


def test_a_gate_keeps_the_model_that_it_had_when_its_window_began():
    """All models are there before gate 0 opens, and each shows by the scale of its outputs."""
    community = found(homes=1, horizon=1, lead=4, gates=4)
    key = {"key_contract": community.market.read("models", 0)[0], "digest": STUB_KEY.key_digest}
    for gate, scale in ((1, SCALE + 1), (3, SCALE + 3)):
        community.accept(community.register(0, from_gate=gate, scale=scale, **key))
    for gate, quantity_wh in enumerate((800, 400, 400, 100)):
        community.accept(community.commit(gate), community.times(gate).window_end + 9)
        community.accept(community.submit(gate, 1, [(800, 200_000)]), community.times(gate).opens)
        assert community.market.read("order_of", gate, 1)[1] == quantity_wh


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"digest": bytes(32)}, "empty key digest"),
        ({"instances": 1}, "model forecasts another horizon"),
        ({"instances": 3}, "model forecasts another horizon"),
        ({"scale": 128}, "output scale out of range"),
        ({"proof_bytes": 63}, "proof length out of range"),
        ({"proof_bytes": 16_385}, "proof length out of range"),
        ({"from_gate": 2}, "no such gate"),
    ],
)
def test_a_model_that_does_not_fit_is_refused(community, change, reason):
    community.refuse(reason, community.register(1, **change))
    community.accept(community.register(1))


@pytest.mark.parametrize("change", [{"scale": 0}, {"scale": 127}, {"proof_bytes": 16_384}, {"from_gate": 1}])
def test_a_model_at_the_edge_is_accepted(community, change):
    community.accept(community.register(1, **change))


@pytest.mark.parametrize("gate", [0, 1])
def test_a_model_comes_before_its_first_window_begins(gate):
    """Whoever knows readings of the window could make a model that says of them whatever pleases."""
    community = empty_community(Rules(homes=1, lookback=3))
    begins = community.times(gate).window_begin
    assert begins == community.times(gate).window_end - 3 * community.rules.slot_s
    community.accept(community.register(1, from_gate=gate), begins - 1)
    community.refuse("model too late for its first window", community.register(2, from_gate=gate), begins)


# Homes ----------------------------------------------------------------------------------------------------


def test_homes_are_numbered_from_one(community):
    for number, home in enumerate(community.homes, start=1):
        community.accept(community.enrol(home))
        assert community.market.read("home_of", home.address) == number
    assert community.market.read("homes_enrolled") == 3
    assert community.market.read("home_of", community.stranger.address) == 0


def test_a_home_enrols_once(community):
    community.accept(community.enrol(community.homes[0]))
    community.refuse("account already enrolled", community.enrol(community.homes[0]))
    community.accept(community.enrol(community.homes[1]))


def test_nobody_enrols_the_zero_address(community):
    facts = (0, 12_000, 0, 10**12, [9], [1])
    community.refuse(
        "account already enrolled", community.call(community.utility, "enrol", bytes(20), *facts)
    )
    community.accept(community.call(community.utility, "enrol", b"\x01" * 20, *facts))


def test_enrolment_ends_before_the_first_window_begins():
    community = empty_community(Rules(homes=2, lookback=3))
    begins = community.times(0).window_begin
    community.accept(community.enrol(community.homes[0]), begins - 1)
    community.refuse("enrolment is over", community.enrol(community.homes[1]), begins)
    community.refuse("enrolment is over", community.enrol(community.homes[1]), FIRST_DELIVERY)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"import_limit_wh": LARGEST_WH + 1}, "import limit out of range"),
        ({"export_limit_wh": LARGEST_WH + 1}, "export limit out of range"),
        ({"credit_limit": LARGEST_CREDIT + 1}, "credit limit out of range"),
        ({"retail": []}, "one price per period"),
        ({"feed_in": [1, 1]}, "one price per period"),
        ({"retail": [9], "feed_in": [10]}, "tariffs out of range"),
        ({"retail": [LARGEST_PRICE + 1]}, "tariffs out of range"),
    ],
)
def test_an_enrolment_out_of_range_is_refused(community, change, reason):
    community.refuse(reason, community.enrol(community.homes[0], **change))
    community.accept(community.enrol(community.homes[0]))


@pytest.mark.parametrize(
    "change",
    [
        {"import_limit_wh": LARGEST_WH, "export_limit_wh": LARGEST_WH},
        {"credit_limit": LARGEST_CREDIT},
        {"retail": [9], "feed_in": [9]},
        {"retail": [LARGEST_PRICE]},
        {"credit_limit": 0, "import_limit_wh": 0, "export_limit_wh": 0},
    ],
)
def test_an_enrolment_at_the_edge_is_accepted(community, change):
    community.accept(community.enrol(community.homes[0], **change))


def test_every_period_has_its_prices():
    community = found(homes=1, periods=(0,) * 12 + (1,) * 12, retail=(9, 8), feed_in=(2, 1))
    prices = [[community.market.read(name, 1, period) for period in (0, 1)] for name in ("retail", "feed_in")]
    assert prices == [[9, 8], [2, 1]]


# Roles ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["meter", "auctioneer", "stranger", "home"])
@pytest.mark.parametrize("function", ["register_model", "enrol"])
def test_only_the_utility_sets_up(community, role, function):
    sender = community.homes[0] if role == "home" else getattr(community, role)
    honest = community.register(1) if function == "register_model" else community.enrol(community.homes[0])
    community.refuse("only the utility", replace(honest, sender=sender))
    community.accept(honest)
