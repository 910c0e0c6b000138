"""Wh from the circuit's outputs: the contract and Python have to round alike, to the last unit."""

import numpy as np
import pytest

from sim.chain.market_client import ModelRegistration, send
from sim.forecast.model import wh_from_outputs
from sim.proofs.field import MODULUS
from tests.market_on_chain import LIMIT_WH, NO_ORDER, Community, Rules, empty_community

SCALES = (0, 1, 7, 14, 30)
LARGEST_WH = 2**23 - 1
NO_ORDERS = [NO_ORDER] * 48


@pytest.fixture(scope="module")
def community():
    """Home n's model has the n-th scale; every gate is open at once."""
    limits = {"import_limit_wh": LARGEST_WH, "export_limit_wh": LARGEST_WH, "credit_limit": 2**100}
    rules = Rules(homes=len(SCALES), horizon=48, gates=2, **limits)
    models = [ModelRegistration(i, bytes([i + 1] * 32), scale, 64) for i, scale in enumerate(SCALES)]
    community = empty_community(rules, models)
    send(community.chain, 0, [community.enrol(home, forecaster=i) for i, home in enumerate(community.homes)])
    community.accept(community.commit(0), community.times(0).window_end)
    community.wait(community.times(0).opens)
    return community


def outputs_around(scale: int) -> list[int]:
    """Signed outputs around zero, around halves and around whole Wh, and the largest that an int64 holds."""
    one, half = 1 << scale, 1 << scale >> 1
    places = [0, half, one, one + half, 2 * one + half, 12_000 * one, 12_000 * one + half]
    near = {place + step for place in places for step in (-1, 0, 1)}
    signed = sorted({sign * output for output in near for sign in (1, -1)} | {2**62, -(2**62)})
    assert len(signed) <= 48
    return signed


def orders(community: Community, home: int) -> list[int]:
    reads = [community.market.read("order_of", slot, home) for slot in community.slots(0)]
    return [-wh if sells else wh for sells, wh, _ in reads]


@pytest.mark.parametrize(("home", "scale"), [*enumerate(SCALES, start=1)])
def test_rounding_is_that_of_the_forecast(community, home, scale):
    outputs = (outputs_around(scale) + [0] * 48)[:48]
    instances = [output % MODULUS for output in outputs]
    community.accept(community.submit(0, home, NO_ORDERS, instances=instances))
    whole_wh = wh_from_outputs(np.array(outputs), scale)
    assert orders(community, home) == np.clip(whole_wh, -LARGEST_WH, LARGEST_WH).tolist()
    assert {-1, 0, 1} <= set(np.sign(whole_wh).tolist())


@pytest.mark.parametrize("element", [MODULUS, MODULUS + 1, 2**255, 2**256 - 1])
def test_what_is_no_field_element_is_refused_whatever_the_verifier_says(element):
    community = empty_community(Rules(homes=1, horizon=1))
    community.accept(community.enrol(community.homes[0]))
    community.accept(community.commit(0), community.times(0).window_end)
    community.wait(community.times(0).opens)
    refused = community.submit(0, 1, [NO_ORDER], instances=[element])
    community.refuse("output is not a field element", refused)
    community.accept(community.submit(0, 1, [NO_ORDER], instances=[MODULUS - 1]))


@pytest.mark.parametrize(("element", "sells"), [(MODULUS // 2, False), (MODULUS // 2 + 1, True)])
def test_the_upper_half_of_the_field_sells(element, sells):
    community = empty_community(Rules(homes=1, horizon=1))
    community.accept(community.enrol(community.homes[0]))
    community.accept(community.commit(0), community.times(0).window_end)
    community.accept(community.submit(0, 1, [(0, 9)], instances=[element]), community.times(0).opens)
    assert community.market.read("order_of", 0, 1) == (sells, LIMIT_WH, 9)
