"""Changes of the rules that replay a mechanism, and after how many random books each is noticed."""

import tempfile
from pathlib import Path
from random import Random

import pytest

from scripts.compile_contracts import compile_contract
from sim.chain.contracts import artifact_of
from sim.market.mechanisms.mechanism import RULES
from tests.adversarial.reference_rules import AT_OWN_PRICES
from tests.adversarial.test_contract_mutants import Mutant, without
from tests.chain.test_rules import DeployedRule, parted
from tests.market.books import book

CURVES, SHARES, HALVES = "modules/curves.vy", "modules/shares.vy", "modules/halves.vy"
REDUCTION, BALANCED = "modules/reduction.vy", "rules/MudaBalanced.vy"
MCAFEE = "rules/McAfee.vy"
RULE_MUTANTS = (
    Mutant("worst orders first", "keys[at - 1] < key", "keys[at - 1] > key", CURVES),
    Mutant("merit of an ask as of a bid", "limit if sells != 0 else", "limit if sells == 0 else", CURVES),
    Mutant(
        "equal limits do not trade",
        "if bid & bounds.MAX_PRICE < ask",
        "if bid & bounds.MAX_PRICE <= ask",
        CURVES,
    ),
    Mutant("a partly matched bid is left out", "if traded_wh == wanted_wh:", "if True:", CURVES),
    Mutant("no bid is left out", "margin.has_next_bid = True", "pass", CURVES),
    Mutant("no ask is left out", "margin.has_next_ask = True", "pass", CURVES),
    Mutant("who sets the buyers' price trades", "margin.bids_ahead &= ~last_bid", "pass", CURVES),
    Mutant("who sets the sellers' price trades", "margin.asks_ahead &= ~last_ask", "pass", CURVES),
    Mutant("equal limits by index", "shares._priority(slot, i) >> 48 << 8", "0", CURVES),
    Mutant("no seller accepts its own limit", "if limit != price and (limit", "if (limit", SHARES),
    Mutant("lots of the next home", "convert(i, bytes32)", "convert(i + 1, bytes32)", SHARES),
    Mutant("orders need not be filled", "== book._quantity_wh(orders[i]), ", "<= 2**23, ", SHARES),
    Mutant("others may be filled", "assert fills_wh[i] == 0, ", "assert fills_wh[i] <= 2**23, ", SHARES),
    Mutant("the rest goes to anybody", "assert last_with < first_without", "assert True", SHARES),
    Mutant("a burden too much", "return least", "return least + 1", SHARES),
    Mutant(
        "orders of just the burden get nothing", "wanted_wh < burden_wh", "wanted_wh <= burden_wh", SHARES
    ),
    Mutant("any share", "assert fills_wh[i] == share_wh", "assert fills_wh[i] <= share_wh", SHARES),
    Mutant("two orders filled in part", "assert partly == max_value(uint256),", "assert True,", SHARES),
    Mutant("any turn", "assert last_filled < partly and last_filled < first_left", "assert True", SHARES),
    Mutant("a worse order filled in part", "or partly < first_left", "or True", SHARES),
    Mutant("merit without limits", "merit << 216 |", "0 |", SHARES),
    Mutant("any energy in turn", "filled_wh += fill_wh", "filled_wh = energy_wh", SHARES),
    Mutant(
        "the side with less shares", "if bids.quantity_wh > asks", "if bids.quantity_wh < asks", REDUCTION
    ),
    without("payment off the rule", REDUCTION),
    Mutant("sellers get the buyers' price", "== 0 else ask", "== 0 else bid", REDUCTION),
    Mutant("a middle below the last ask", "2 * margin.ask <= both", "True", MCAFEE),
    Mutant("a middle above the last bid", "both <= 2 * margin.bid", "True", MCAFEE),
    Mutant("halves by another bit", "& 1) << i", ">> 1 & 1) << i", HALVES),
    Mutant("prices without orders left", "max(margin.ask, margin.next_bid)", "margin.ask", HALVES),
    Mutant("prices round up", "(lower + upper) // 2", "(lower + upper + 1) // 2", HALVES),
    Mutant("a price of one side", "has_next_bid and margin", "has_next_bid or margin", HALVES),
    Mutant(
        "the short side waits its turn", "if bids.quantity_wh > asks", "if bids.quantity_wh < asks", HALVES
    ),
    Mutant("a home pays for displacing itself", "if other == i:", "if False:", BALANCED),
    Mutant("fees of one displaced order", "missing_wh -= displaced_wh", "missing_wh = 0", BALANCED),
    Mutant("fees by any turn", "turns[at - 1] < turn", "True", BALANCED),
    Mutant("sellers are paid the fee", "else payment - fees[i]", "else payment + fees[i]", BALANCED),
)


def books_until_found(mutant: Mutant, most: int) -> int | None:
    """How many random books it took until a rule parted from its mechanism; None if ``most`` did not do."""
    with tempfile.TemporaryDirectory() as folder:
        mutant.write(Path(folder))
        rules = [
            DeployedRule(name, artifact_of(compile_contract(f"rules/{RULES[name].contract}", Path(folder))))
            for name in AT_OWN_PRICES
        ]
    random = Random(5)
    for number in range(1, most + 1):
        orders = [
            (random.randint(-9, 9) * random.choice((1, 1, 7)), random.randint(0, random.choice((2, 8, 30))))
            for _ in range(random.randint(0, 16))
        ]
        asked = book(*orders, slot=random.randint(0, 5_000))
        if any(parted(rule, random, asked) for rule in rules):
            return number
    return None


@pytest.mark.long
@pytest.mark.parametrize("what", ["merit without limits", "the rest goes to anybody"])
def test_random_books_notice_a_changed_rule(what):
    (mutant,) = (mutant for mutant in RULE_MUTANTS if mutant.what == what)
    assert books_until_found(mutant, 500) is not None
