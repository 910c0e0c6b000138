from dataclasses import replace

import pytest
from eth_utils import keccak

from sim.chain.base import Transaction
from sim.chain.market_client import MarketTerms, ModelRegistration, gate_times, send
from sim.errors import ChainError
from sim.market.mechanisms.mechanism import AVERAGE_PRICE
from tests.market_on_chain import FIRST_DELIVERY, STUB_KEY, found

HOUR_S = 3_600


def terms(**changes: int) -> MarketTerms:
    facts = {"slot_s": HOUR_S, "horizon": 24, "lead": 1, "lookback": 24, "gates": 2, "grid_fee": 0} | changes
    return MarketTerms(
        first_delivery=FIRST_DELIVERY, period_of_day_slot=(0,) * 24, rule=AVERAGE_PRICE, **facts
    )


def test_a_gate_is_a_quarter_commitment_a_quarter_submission_and_half_clearing():
    first, second = (gate_times(terms(), gate) for gate in (0, 1))
    assert (first.window_end, first.delivery, first.settles) == (
        FIRST_DELIVERY - HOUR_S,
        FIRST_DELIVERY,
        FIRST_DELIVERY + 24 * HOUR_S,
    )
    assert (first.opens, first.closes) == (FIRST_DELIVERY - HOUR_S * 3 // 4, FIRST_DELIVERY - HOUR_S // 2)
    assert second.delivery == first.settles


def test_a_lead_beyond_the_horizon_overlaps_gates():
    first, second = (gate_times(terms(horizon=1, lead=3), gate) for gate in (0, 1))
    assert first.window_end < second.window_end < first.delivery


@pytest.mark.parametrize("slot_s", [61, 62, 63, 64])
def test_the_contract_keeps_the_same_time_line_where_the_lead_is_no_multiple_of_four(slot_s):
    community = found(slot_s=slot_s, homes=1)
    times = community.times(0)
    community.accept(community.commit(0), times.window_end)
    community.refuse("commitments are closed", community.commit(0), times.opens)
    community.accept(community.submit(0, 1, [(0, 0), (0, 0)]), times.closes - 1)
    community.accept(community.clear(0, 0, [0]), times.closes)


def test_a_key_is_named_by_the_digest_of_its_words():
    registration = ModelRegistration(0, b"\x01" * 32 + b"\x02" * 32, 14, 3_200)
    assert registration.key_digest == keccak(b"\x01" * 32 + b"\x02" * 32)
    head = (32).to_bytes(32, "big") + (2).to_bytes(32, "big")
    assert registration.key_payload == head + registration.key_words


def test_the_contract_keeps_what_was_registered():
    community = found(homes=1)
    key_contract, digest, scale, proof_bytes, from_gate = community.market.read("models", STUB_KEY.forecaster)
    assert (digest, scale, proof_bytes, from_gate) == (STUB_KEY.key_digest, STUB_KEY.output_scale, 64, 0)
    assert community.chain.call(bytes.fromhex(key_contract[2:]), b"") == STUB_KEY.key_payload


def test_what_must_not_be_refused_says_who_was_refused_and_why():
    community = found(homes=1)
    with pytest.raises(ChainError, match="a transaction of stranger: only the utility"):
        send(
            community.chain,
            0,
            [replace(community.register(1), sender=community.stranger)],
        )


def test_a_deployment_out_of_gas_is_refused():
    community = found(homes=1)
    with pytest.raises(ChainError, match="a transaction of utility"):
        send(community.chain, 0, [Transaction(community.utility, None, b"\xfe", 60_000)])
