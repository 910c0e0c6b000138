"""The contract broken in one place at a time: does the state machine notice?

Each mutant is compiled in memory; one of them is tried here, all by ``python -m scripts.contract_mutants``.
"""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import Phase, settings

from scripts.compile_contracts import compile_contract
from sim.chain.contracts import artifact_of, compiled
from tests.adversarial.market_machine import MarketMachine
from tests.adversarial.sources import OPEN, sources
from tests.adversarial.test_state_machine import SETTINGS, drive

SOURCES = sources(OPEN)


@dataclass(frozen=True)
class Mutant:
    """One change of a source; ``old`` stands in one file, once, or the first of several is changed.

    file: where it stands, where it stands in several
    """

    what: str
    old: str
    new: str
    file: str = ""

    @property
    def changed(self) -> str:
        """The file with the change."""
        (changed,) = (
            name for name, source in SOURCES.items() if self.old in source and self.file in ("", name)
        )
        return changed

    def write(self, folder: Path) -> None:
        """All sources, one of them with the change."""
        changed = self.changed
        for name, source in SOURCES.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(source.replace(self.old, self.new, 1) if name == changed else source)


def without(assertion: str, file: str = "") -> Mutant:
    """An assertion left out: the one source line that ends in this reason."""
    lines = "".join(source for name, source in SOURCES.items() if file in ("", name)).split("\n")
    (line,) = (line for line in lines if line.endswith(f', "{assertion}"'))
    return Mutant(f"no check: {assertion}", line, line.split("assert")[0] + "pass", file)


MUTANTS = (
    # Who and when
    without("only the meter"),
    without("only the auctioneer"),
    Mutant(
        "commits for a second too long",
        "block.timestamp < timeline._opens(gate), ",
        "block.timestamp <= timeline._opens(gate), ",
    ),
    Mutant(
        "opens a second late", "assert timeline._opens(gate) <= block", "assert timeline._opens(gate) < block"
    ),
    Mutant(
        "closes a second late",
        "block.timestamp < timeline._closes(gate)",
        "block.timestamp <= timeline._closes(gate)",
    ),
    Mutant(
        "clears before closing",
        "assert timeline._closes(gate) <= block",
        "assert timeline._opens(gate) <= block",
    ),
    Mutant(
        "closes at half the lead, rounded otherwise",
        "self._opens(gate) + LEAD_S // bounds.LEAD_PHASES",
        "self._window_end(gate) + LEAD_S // 2",
    ),
    Mutant(
        "voids a second early",
        'LEAD_S <= block.timestamp, "clearing is not over"',
        'LEAD_S <= block.timestamp + 1, "clearing is not over"',
    ),
    Mutant(
        "settles before delivery",
        "assert timeline._delivered(gate) <= block",
        "assert timeline._window_end(gate) + timeline.LEAD_S <= block",
    ),
    Mutant("releases six days after delivery", "= 604_800", "= 518_400"),
    # Commitments, proofs
    without("home already committed"),
    without("commitment reused"),
    without("window not committed here"),
    without("another key"),
    without("model not active yet"),
    without("orders already submitted"),
    Mutant(
        "a home's commitment serves at any gate",
        "assert place == timeline._place(gate, home)",
        "assert place % (bounds.MAX_HOMES + 1) == home",
    ),
    Mutant("places of gates overlap", "gate * (bounds.MAX_HOMES + 1) + home", "gate * 2 + home"),
    Mutant("rounds half down", "(1 << (scale - 1))) >> scale", "(1 << (scale - 1)) - 1) >> scale"),
    Mutant(
        "the middle of the field sells", "instances[i] > bn254.FIELD // 2", "instances[i] >= bn254.FIELD // 2"
    ),
    Mutant(
        "no limits",
        "return min(magnitude, limit_wh)",
        "return min(magnitude, bounds.MAX_QUANTITY_WH)",
    ),
    Mutant(
        "sales within the import limit",
        "home.export_limit_wh if sells else home.import_limit_wh",
        "home.import_limit_wh",
    ),
    Mutant(
        "purchases within the export limit",
        "home.export_limit_wh if sells else home.import_limit_wh",
        "home.export_limit_wh",
    ),
    Mutant("commitments of any chain", "convert(chain.id, bytes32)", "empty(bytes32)"),
    Mutant("commitments of any contract", "convert(self, bytes32)", "empty(bytes32)"),
    Mutant(
        "models until the window's end",
        "timeline._window_begin(from_gate)",
        "timeline._window_end(from_gate)",
    ),
    without("forecaster has a later model"),
    Mutant("the last model at every gate", "if self.models[forecaster].from_gate <= gate:", "if True:"),
    Mutant(
        "the first model where the last is not active",
        "return self.earlier_models[forecaster][count - 1]",
        "return self.earlier_models[forecaster][0]",
    ),
    Mutant("an earlier model is forgotten", "registry.earlier_models[forecaster].append(last)", "pass"),
    Mutant("an event tells no root", "training_root=training_root", "training_root=empty(bytes32)"),
    Mutant("enrols until the window's end", "timeline._window_begin(0)", "timeline._window_end(0)"),
    # Reservations
    without("credit limit exceeded"),
    Mutant(
        "credit by one too much",
        "convert(reserved, int256) <= funds",
        "convert(reserved, int256) <= funds + 1",
    ),
    Mutant("forgets earlier reservations", "self.reserved[home] + cost", "cost"),
    Mutant(
        "reserves no fee", "return (order & bounds.MAX_PRICE) + BUYER_FEE", "return order & bounds.MAX_PRICE"
    ),
    Mutant(
        "a seller reserves its limit",
        "return tariffs.retail[home][period] + SELLER_FEE",
        "return (order & bounds.MAX_PRICE) + SELLER_FEE",
    ),
    Mutant(
        "reserves at the gate's first period",
        "timeline._period(gate * timeline.HORIZON + i)",
        "timeline._period(gate * timeline.HORIZON)",
    ),
    Mutant("void frees nothing", "balances.reserved[home] -= self._worst_cost(home, period, order)", "pass"),
    Mutant("a partial fill frees nothing", "if freed_wh != 0:", "if freed_wh == book._quantity_wh(order):"),
    Mutant(
        "a sale is exposed at its price",
        "self.exposure[gate][home] += worst_price * fill_wh",
        "self.exposure[gate][home] += payment",
    ),
    Mutant(
        "exposure of the last sale only",
        "self.exposure[gate][home] += worst_price",
        "self.exposure[gate][home] = worst_price",
    ),
    Mutant("exposure is freed at the first period", "return settled == in_gate", "return True"),
    Mutant("exposure is freed twice", "self.exposure[gate][home] = 0", "pass"),
    Mutant(
        "release forgets the last home",
        "ledger._free_exposure(gate, i + 1)",
        "ledger._free_exposure(gate, i)",
    ),
    Mutant(
        "release frees nothing",
        "freed += ledger._free_exposure(gate, i + 1)",
        "freed += ledger.exposure[gate][i + 1]",
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
    without("price not k of the interval"),
    Mutant(
        "a bid left does not bind the price", "max(asks.worst_filled, bids.best_left)", "asks.worst_filled"
    ),
    Mutant("an ask left does not bind the price", "min(upper, asks.best_left)", "upper"),
    Mutant("the price is always in the middle", "* K_PPM // PPM", "// 2"),
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
        "modules/merit_order.vy",
    ),
    without("market has the other rule"),
    without("payments must cover every home", "rules/OwnPrices.vy"),
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
    Mutant("the utility forgets what is paid", "self.balance_of[0] += amount", "pass"),
    Mutant("sellers' fees vanish", "convert(SELLER_FEE * fill_wh, int256) -", "-"),
    Mutant(
        "a sale is paid at its limit",
        "- convert(payment, int256)",
        "- convert((order & bounds.MAX_PRICE) * fill_wh, int256)",
    ),
    Mutant("one price is a payment", "terms[0] * fill_wh", "terms[0]"),
    Mutant("the rule is not asked", "assert staticcall", "asked: bool = staticcall"),
    Mutant(
        "beyond is paid at retail",
        "tariffs.feed_in[home][period] * beyond_wh",
        "tariffs.retail[home][period] * beyond_wh",
    ),
    Mutant("a period settles twice", "settled & (1 << period) == 0", "True"),
    Mutant(
        "energy short counts without end",
        "min(short_wh[i], most_wh)",
        "min(short_wh[i], bounds.MAX_QUANTITY_WH)",
    ),
    Mutant(
        "energy beyond counts without end",
        "min(beyond_wh[i], most_wh)",
        "min(beyond_wh[i], bounds.MAX_QUANTITY_WH)",
    ),
    Mutant(
        "totals within the import limit alone",
        "community.homes[home].import_limit_wh + community.homes[home].export_limit_wh",
        "2 * community.homes[home].import_limit_wh",
    ),
    Mutant("periods by the gate's first slot of the day", "(FIRST_DELIVERY // SLOT_S + slot) %", "slot %"),
)


@contextlib.contextmanager
def deployed(mutant: Mutant) -> Iterator[None]:
    """For a while the market and its rules are the mutant."""
    with tempfile.TemporaryDirectory() as folder:
        mutant.write(Path(folder))
        artifacts = {Path(name).name: artifact_of(compile_contract(name, Path(folder))) for name in OPEN}
    with patch("sim.chain.market_client.compiled", lambda name: artifacts.get(name) or compiled(name)):
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
