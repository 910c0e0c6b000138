"""The utility sets the market up: models, homes, tariffs. Each refusal stands beside what is accepted."""

from dataclasses import replace

import pytest

from sim.errors import ChainError
from tests.market_on_chain import FIRST_DELIVERY, Rules, empty_town, found

LARGEST_WH = 2**23 - 1
LARGEST_PRICE = 2**40 - 1
LARGEST_CREDIT = 2**128 - 1


@pytest.fixture
def town():
    return empty_town(Rules(homes=3))


# Terms ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({"horizon": 0}, "horizon out of range"),
        ({"horizon": 49}, "horizon out of range"),
        ({"slot_s": 59}, "lead too short"),
        ({"periods": ()}, "periods out of range"),
        ({"periods": (0,) * 23 + (24,)}, "periods out of range"),
        ({"grid_fee": 2**40}, "grid fee out of range"),
    ],
)
def test_terms_out_of_range_are_not_deployed(terms, reason):
    with pytest.raises(ChainError, match=reason):
        empty_town(Rules(**terms))


@pytest.mark.parametrize(
    "terms",
    [
        {"horizon": 1},
        {"horizon": 48},
        {"slot_s": 60},
        {"periods": (0,)},
        {"periods": (0,) * 23 + (23,)},
        {"grid_fee": 2**40 - 1},
    ],
)
def test_terms_at_the_edge_are(terms):
    rules = Rules(**terms)
    market = empty_town(rules, models=()).market
    assert market.read("HORIZON") == rules.horizon
    assert market.read("BUYER_FEE") + market.read("SELLER_FEE") == rules.grid_fee


# Models ---------------------------------------------------------------------------------------------------


def test_a_model_is_registered_once(town):
    town.accept(town.register(1))
    town.refuse("model already registered", town.register(1))
    town.refuse("model already registered", town.register(1, digest=b"\x02" * 32))


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
def test_a_model_that_does_not_fit_is_refused(town, change, reason):
    town.refuse(reason, town.register(1, **change))
    town.accept(town.register(1))


@pytest.mark.parametrize("change", [{"scale": 0}, {"scale": 127}, {"proof_bytes": 16_384}, {"from_gate": 1}])
def test_a_model_at_the_edge_is_accepted(town, change):
    town.accept(town.register(1, **change))


@pytest.mark.parametrize("gate", [0, 1])
def test_a_model_comes_before_the_last_reading_of_its_first_window(town, gate):
    """Whoever knows the window could make a model that says of it whatever pleases."""
    last_reading = town.times(gate).window_end - town.rules.slot_s
    town.accept(town.register(1, from_gate=gate), last_reading - 1)
    town.refuse("model too late for its first window", town.register(2, from_gate=gate), last_reading)


# Homes ----------------------------------------------------------------------------------------------------


def test_homes_are_numbered_from_one(town):
    for number, home in enumerate(town.homes, start=1):
        town.accept(town.enrol(home))
        assert town.market.read("home_of", home.address) == number
    assert town.market.read("homes_enrolled") == 3
    assert town.market.read("home_of", town.stranger.address) == 0


def test_a_home_enrols_once(town):
    town.accept(town.enrol(town.homes[0]))
    town.refuse("account already enrolled", town.enrol(town.homes[0]))
    town.accept(town.enrol(town.homes[1]))


def test_nobody_enrols_the_zero_address(town):
    facts = (0, 12_000, 0, 10**12, [9], [1])
    town.refuse("account already enrolled", town.call(town.utility, "enrol", bytes(20), *facts))
    town.accept(town.call(town.utility, "enrol", b"\x01" * 20, *facts))


def test_enrolment_ends_before_the_last_reading_of_the_first_window(town):
    last_reading = town.times(0).window_end - town.rules.slot_s
    town.accept(town.enrol(town.homes[0]), last_reading - 1)
    town.refuse("enrolment is over", town.enrol(town.homes[1]), last_reading)
    town.refuse("enrolment is over", town.enrol(town.homes[1]), FIRST_DELIVERY)


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
def test_an_enrolment_out_of_range_is_refused(town, change, reason):
    town.refuse(reason, town.enrol(town.homes[0], **change))
    town.accept(town.enrol(town.homes[0]))


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
def test_an_enrolment_at_the_edge_is_accepted(town, change):
    town.accept(town.enrol(town.homes[0], **change))


def test_every_period_has_its_prices():
    town = found(homes=1, periods=(0,) * 12 + (1,) * 12, retail=(9, 8), feed_in=(2, 1))
    prices = [[town.market.read(name, 1, period) for period in (0, 1)] for name in ("retail", "feed_in")]
    assert prices == [[9, 8], [2, 1]]


# Roles ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["meter", "auctioneer", "stranger", "home"])
@pytest.mark.parametrize("function", ["register_model", "enrol"])
def test_only_the_utility_sets_up(town, role, function):
    sender = town.homes[0] if role == "home" else getattr(town, role)
    honest = town.register(1) if function == "register_model" else town.enrol(town.homes[0])
    town.refuse("only the utility", replace(honest, sender=sender))
    town.accept(honest)
