"""The contract broken in one place at a time: does the state machine notice?

Each mutant is compiled in memory; one of them is tried here, all by ``python -m scripts.contract_mutants``.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from unittest.mock import patch

import pytest
from hypothesis import Phase, settings

from sim.chain.contracts import CONTRACTS, MARKET, Artifact, compiled
from tests.adversarial.market_machine import MarketMachine
from tests.adversarial.test_state_machine import SETTINGS, drive

SOURCE = (CONTRACTS / "EnergyMarket.vy").read_text()


@dataclass(frozen=True)
class Mutant:
    """One change of the source; ``old`` stands in it once, or the first of several is changed."""

    what: str
    old: str
    new: str

    @property
    def source(self) -> str:
        assert self.old in SOURCE, self.what
        return SOURCE.replace(self.old, self.new, 1)


def without(assertion: str) -> Mutant:
    """An assertion left out: the source line that ends in this reason."""
    (line, *_) = (line for line in SOURCE.split("\n") if line.endswith(f', "{assertion}"'))
    return Mutant(f"no check: {assertion}", line, line.split("assert")[0] + "pass")


MUTANTS = (
    # Who and when
    without("only the meter"),
    without("only the auctioneer"),
    Mutant("commits for a second too long", "block.timestamp < opens, ", "block.timestamp <= opens, "),
    Mutant("opens a second late", "assert opens <= block", "assert opens < block"),
    Mutant(
        "closes a second late",
        "block.timestamp < opens + LEAD_S // 4",
        "block.timestamp <= opens + LEAD_S // 4",
    ),
    Mutant("clears before closing", "2 * (LEAD_S // 4) <= block", "LEAD_S // 4 <= block"),
    Mutant(
        "closes at half the lead, rounded otherwise", "2 * (LEAD_S // 4) <= block", "LEAD_S // 2 <= block"
    ),
    Mutant(
        "voids a second early",
        'LEAD_S <= block.timestamp, "clearing is not over"',
        'LEAD_S <= block.timestamp + 1, "clearing is not over"',
    ),
    Mutant(
        "settles before delivery",
        "assert self._delivered(gate) <= block",
        "assert self._window_end(gate) + LEAD_S <= block",
    ),
    Mutant("releases six days after delivery", "7 * 86_400", "6 * 86_400"),
    # Commitments, proofs
    without("home already committed"),
    without("commitment reused"),
    without("window not committed here"),
    without("another key"),
    without("model not active yet"),
    without("orders already submitted"),
    Mutant(
        "a home's commitment serves at any gate",
        '== self._place(gate, home), "window',
        '% (MAX_HOMES + 1) == home, "window',
    ),
    Mutant("places of gates overlap", "gate * (MAX_HOMES + 1) + home", "gate * 2 + home"),
    Mutant("rounds half down", "(1 << (scale - 1))) >> scale", "(1 << (scale - 1)) - 1) >> scale"),
    Mutant("the middle of the field sells", "instances[i] > FIELD // 2", "instances[i] >= FIELD // 2"),
    Mutant(
        "no limits",
        "return min(magnitude, limit_wh)",
        "return min(magnitude, QUANTITY_MASK)",
    ),
    Mutant(
        "sales within the import limit",
        "facts.export_limit_wh if sells else facts.import_limit_wh",
        "facts.import_limit_wh",
    ),
    Mutant(
        "purchases within the export limit",
        "facts.export_limit_wh if sells else facts.import_limit_wh",
        "facts.export_limit_wh",
    ),
    Mutant("commitments of any chain", "convert(chain.id, bytes32)", "empty(bytes32)"),
    Mutant("commitments of any contract", "convert(self, bytes32)", "empty(bytes32)"),
    Mutant(
        "models until the window's end",
        "self._window_end(from_gate) - SLOT_S",
        "self._window_end(from_gate)",
    ),
    Mutant("enrols until the window's end", "self._window_end(0) - SLOT_S", "self._window_end(0)"),
    # Reservations
    without("credit limit exceeded"),
    Mutant(
        "credit by one too much",
        "convert(reserved, int256) <= funds",
        "convert(reserved, int256) <= funds + 1",
    ),
    Mutant("forgets earlier reservations", "self.reserved[home] + reservation", "reservation"),
    Mutant("reserves no fee", "return (order & PRICE_MASK) + BUYER_FEE", "return order & PRICE_MASK"),
    Mutant(
        "a seller reserves its limit",
        "return self.retail[home][period] + SELLER_FEE",
        "return (order & PRICE_MASK) + SELLER_FEE",
    ),
    Mutant(
        "reserves at the gate's first period",
        "self._period(gate * HORIZON + i), order",
        "self._period(gate * HORIZON), order",
    ),
    Mutant("void frees nothing", "self.reserved[i + 1] -=", "self.reserved[i + 1] -= 0 *"),
    Mutant("a partial fill frees nothing", "if freed_wh != 0:", "if freed_wh == self._ordered_wh(order):"),
    Mutant(
        "a sale is exposed at its price",
        "self.exposure[gate][home] += worst_price * fill_wh",
        "self.exposure[gate][home] += price * fill_wh",
    ),
    Mutant(
        "exposure of the last sale only",
        "self.exposure[gate][home] += worst_price",
        "self.exposure[gate][home] = worst_price",
    ),
    Mutant("exposure is freed at the first period", "if settled == in_gate:", "if True:"),
    Mutant("exposure is freed twice", "self.exposure[gate][home] = 0", "pass"),
    Mutant(
        "release forgets the last home", "self._free_exposure(gate, i + 1)", "self._free_exposure(gate, i)"
    ),
    Mutant(
        "release frees nothing",
        "freed += self._free_exposure(gate, i + 1)",
        "freed += self.exposure[gate][i + 1]",
    ),
    without("nothing to release"),
    Mutant("a finished slot stays open", "self.finished_slots[gate] |= bit", "pass"),
    # Clearing
    without("fill without an order"),
    without("fill above the order"),
    without("bought and sold differ"),
    without("orders that accept each other left"),
    without("price without trade"),
    without("filled against a limit"),
    without("price off the rule"),
    without("better bid passed over"),
    without("better ask passed over"),
    without("margin not rationed pro rata"),
    without("remainder out of order"),
    Mutant(
        "equal limits need not trade", "bids.best_left < asks.best_left", "bids.best_left <= asks.best_left"
    ),
    Mutant(
        "priority by index",
        "convert(sha256(concat(convert(slot, bytes32), convert(i, bytes32))), uint256)",
        "i + 1",
    ),
    without("market has the other rule"),
    without("payments must cover every home"),
    without("payment out of range"),
    without("payment without a fill"),
    without("buyer pays above its limit"),
    without("seller gets below its limit"),
    without("sellers get more than buyers pay"),
    # Events
    Mutant("an event tells no payments", "payments=payments", "payments=[]"),
    Mutant("an event tells no price", "price=price, fills", "price=0, fills"),
    Mutant("nobody hears of a release", "log GateReleased(gate=gate)", "pass"),
    # Money
    Mutant(
        "the buyer pays the larger half of the fee",
        "BUYER_FEE = grid_fee // 2",
        "BUYER_FEE = grid_fee - grid_fee // 2",
    ),
    Mutant("a surplus vanishes", "self.balance_of[0] += convert(paid - received, int256)", "pass"),
    Mutant("a surplus pays for itself", "convert(paid - received, int256)", "convert(paid, int256)"),
    Mutant("sellers' fees vanish", "fees += SELLER_FEE * fill_wh", "pass"),
    Mutant(
        "a sale is paid at its limit",
        "convert(price * fill_wh, int256) - convert(SELLER_FEE",
        "convert((order & PRICE_MASK) * fill_wh, int256) - convert(SELLER_FEE",
    ),
    Mutant(
        "beyond is paid at retail",
        "self.feed_in[home][period] * beyond_wh[i]",
        "self.retail[home][period] * beyond_wh[i]",
    ),
    Mutant("the utility forgets deviations", "self.balance_of[0] += to_utility", "pass"),
    Mutant("a period settles twice", "settled & (1 << period) == 0", "True"),
    Mutant("energy short counts without end", "min(short_wh[i], most)", "min(short_wh[i], QUANTITY_MASK)"),
    Mutant("energy beyond counts without end", "min(beyond_wh[i], most)", "min(beyond_wh[i], QUANTITY_MASK)"),
    Mutant(
        "totals within the import limit alone",
        "(self.homes[home].import_limit_wh + self.homes[home].export_limit_wh)",
        "2 * self.homes[home].import_limit_wh",
    ),
    Mutant("periods by the gate's first slot of the day", "(FIRST_DELIVERY // SLOT_S + slot) %", "slot %"),
)


@contextlib.contextmanager
def deployed(mutant: Mutant) -> Iterator[None]:
    """For a while the market is the mutant."""
    vyper = import_module("vyper")
    output = vyper.compile_code(mutant.source, output_formats=["abi", "bytecode", "bytecode_runtime"])
    codes = (bytes.fromhex(output[part].removeprefix("0x")) for part in ("bytecode", "bytecode_runtime"))
    artifact = Artifact(MARKET, tuple(output["abi"]), *codes)
    with patch(
        "sim.chain.market_client.compiled", lambda name: artifact if name == MARKET else compiled(name)
    ):
        yield


def sequences_until_found(mutant: Mutant, most: int) -> int | None:
    """How many sequences it took the machine to part from the reference; None if ``most`` were not enough."""
    with deployed(mutant):
        try:
            drive(
                MarketMachine, most, settings(SETTINGS, phases=(Phase.generate,), report_multiple_bugs=False)
            )
        except AssertionError:
            return len(MarketMachine.sequences) + 1
    return None


@pytest.mark.slow
@pytest.mark.long
def test_the_machine_notices_a_reservation_that_stays():
    (mutant,) = (mutant for mutant in MUTANTS if mutant.what == "a partial fill frees nothing")
    assert sequences_until_found(mutant, 30) is not None
