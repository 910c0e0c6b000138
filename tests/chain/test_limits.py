"""Communities that a contract could not serve are refused before anything is trained."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from eth_utils import keccak

from sim.chain.accounts import account
from sim.chain.base import Transaction
from sim.chain.bounds import MAX_DAY_SLOTS, MAX_PERIODS, MAX_QUANTITY_WH, read_bounds
from sim.chain.limits import check_clock, check_limits
from sim.chain.market_client import MarketTerms, genesis_timestamp
from sim.errors import InputError
from sim.market.mechanisms.mechanism import AVERAGE_PRICE
from sim.market.tariffs import HomeTariffs, Tariff, TariffTable, tariff_table
from sim.seeds import Streams
from tests.runs import ROOT
from tests.twin_chain import TwinChain

HOUR_S = 3_600


def day(slots: int = 24, periods: int = 1) -> TariffTable:
    minutes = [slot * 1_440 // slots for slot in range(periods)]
    steps = tuple((minute, 220_000 + i) for i, minute in enumerate(minutes))
    return tariff_table([HomeTariffs(Tariff(steps), Tariff.flat(60_000))], slots)


def check(
    homes: int = 256,
    slot_s: int = HOUR_S,
    horizon: int = 24,
    lead: int = 1,
    tariffs: TariffTable | None = None,
    limit: int = 12_000,
) -> None:
    check_limits(homes, slot_s, horizon, lead, tariffs or day(), limit, block_gas_limit=30_000_000)


def test_a_full_community_fits() -> None:
    check()
    check(tariffs=day(MAX_DAY_SLOTS, MAX_PERIODS), homes=10, slot_s=300, limit=MAX_QUANTITY_WH)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"slot_s": 60, "tariffs": day(1_440)}, "slots of 60 s make 1440 a day, should be at most 288"),
        ({"tariffs": day(48, 25)}, "25 periods"),
        ({"limit": MAX_QUANTITY_WH + 1}, "connection_limit_kw gives 8388608 Wh"),
    ],
)
def test_what_a_contract_does_not_hold_is_refused(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        check(**given)


def test_a_gate_too_short_for_so_many_homes() -> None:
    """19 blocks, each with room for eight submissions of 24 orders, or four of 96."""
    check(homes=152, slot_s=900, tariffs=day(96))
    with pytest.raises(InputError, match=r"open for 225 s, enough for 152 of 153 homes .* raise time\.lead"):
        check(homes=153, slot_s=900, tariffs=day(96))
    check(homes=153, slot_s=900, lead=2, tariffs=day(96))
    check(homes=76, slot_s=900, horizon=96, tariffs=day(96))
    with pytest.raises(InputError, match="enough for 76 of 77 homes"):
        check(homes=77, slot_s=900, horizon=96, tariffs=day(96))


@pytest.mark.parametrize(("lead", "lookback"), [(1, 1), (6, 24)])
@pytest.mark.parametrize("slot_s", [900, HOUR_S, 24 * HOUR_S])
def test_a_chain_begins_in_1970_at_the_earliest(slot_s: int, lead: int, lookback: int) -> None:
    """Its first block is mined a second after the least time there is."""
    before_s = (lead + lookback) * slot_s + 24 * HOUR_S
    earliest = datetime(1970, 1, 1) + timedelta(seconds=before_s)
    check_clock(earliest, slot_s, lead, lookback)
    with pytest.raises(InputError, match=rf"time\.start = .* starts at {earliest} or later"):
        check_clock(earliest - timedelta(seconds=slot_s), slot_s, lead, lookback)
    genesis = genesis_timestamp(MarketTerms(before_s, slot_s, 1, lead, lookback, 1, 0, (0,), AVERAGE_PRICE))
    assert genesis == 0
    payer = account(Streams(7), "payer")
    (receipt,) = TwinChain([payer], genesis, 30_000_000).mine(
        0, [Transaction(payer, payer.address, b"", 21_000)]
    )
    assert receipt.ok


def test_the_bounds_are_read_as_the_compiler_reads_them() -> None:
    from vyper import compile_code

    source = (ROOT / "contracts" / "modules" / "bounds.vy").read_text()
    getters = compile_code(source.replace("constant(uint256)", "public(constant(uint256))"))
    payer = account(Streams(7), "payer")
    chain = TwinChain([payer], 0, 30_000_000)
    code = Transaction(payer, None, bytes.fromhex(getters["bytecode"][2:]), 10_000_000)
    (receipt,) = chain.mine(0, [code])
    bounds = read_bounds(source)
    assert len(bounds) == source.count("constant(uint256)")
    for name, value in bounds.items():
        answer = chain.call(receipt.contract, keccak(text=f"{name}()")[:4])
        assert int.from_bytes(answer, "big") == value, name
