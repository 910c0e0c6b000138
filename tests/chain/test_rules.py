"""The contracts of clearing rules, each alone: they take what their mechanism makes of a book, no more."""

from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.accounts import account
from sim.chain.backends import open_chain
from sim.chain.base import CallRevertedError, Chain, Transaction
from sim.chain.contracts import Artifact, compiled
from sim.chain.market_client import operator_gas
from sim.market.book import OrderBook
from sim.market.mechanisms import Mechanism, mechanisms
from sim.market.mechanisms.mechanism import RULES
from sim.seeds import Streams
from tests.adversarial.reference_rules import AT_OWN_PRICES
from tests.market.books import book as written
from tests.market.books import books

MILLION = 1_000_000
UTILITY = account(Streams(1), "utility")
OWN_PRICES = [each.name for each in mechanisms if each.rule in AT_OWN_PRICES]
BOOK = (20, 90), (14, 80), (9, 70), (12, 60), (-15, 10), (-11, 20), (-8, 30), (-9, 50)


class DeployedRule:
    """A rule's contract on a chain of its own."""

    def __init__(self, name: str, artifact: Artifact | None = None) -> None:
        self.mechanism: Mechanism = mechanisms.make(name)
        self._artifact = artifact or compiled(RULES[self.mechanism.checked_by].contract)
        self._chain: Chain = open_chain("revm", [UTILITY], MILLION, 30 * MILLION, 1)
        deployment = Transaction(UTILITY, None, self._artifact.deployment(), 14 * MILLION)
        self._address = self._chain.mine(MILLION + 1, [deployment])[0].contract or b""

    def asked(self, orders: OrderBook, fills: Sequence[int], payments: Sequence[int]) -> bytes:
        """The call that a market asks it by."""
        packed = [
            (wh < 0) << 63 | abs(wh) << 40 | limit if wh else 0
            for wh, limit in zip(orders.quantity_wh.tolist(), orders.limit_price.tolist(), strict=True)
        ]
        return self._artifact.encode("takes", orders.slot, packed, list(fills), list(payments))

    def gas(self, orders: OrderBook) -> int:
        """What a transaction that asks it for the right clearing uses."""
        asked = self.asked(orders, *self.clearing(orders))
        call = Transaction(UTILITY, self._address, asked, operator_gas(len(orders.quantity_wh)))
        (receipt,) = self._chain.mine(2 * MILLION, [call])
        assert receipt.ok
        return receipt.gas_used

    def says(self, orders: OrderBook, fills: Sequence[int], payments: Sequence[int]) -> str | bool:
        """Whether it takes a clearing, or why not."""
        asked = self.asked(orders, fills, payments)
        try:
            return bool(self._artifact.decode("takes", self._chain.call(self._address, asked)))
        except CallRevertedError as error:
            return str(error)

    def clearing(self, orders: OrderBook) -> tuple[list[int], list[int]]:
        """Fills and payments as the contract takes them."""
        clearing = self.mechanism.clear(orders)
        return clearing.fill_wh.tolist(), np.abs(clearing.payment).tolist()


def parted(rule: DeployedRule, random: Random, asked: OrderBook) -> bool:
    """Whether it refuses the right clearing, or takes one where two homes come to something else."""
    fills, payments = rule.clearing(asked)
    if rule.says(asked, fills, payments) is not True:
        return True
    for _ in range(16 if fills else 0):
        other, paid = list(fills), list(payments)
        one = random.randrange(len(fills))
        alike = np.flatnonzero(np.sign(asked.quantity_wh) == np.sign(asked.quantity_wh[one])).tolist()
        two = random.choice(alike)
        moved_wh = min(random.choice((1, fills[one])), fills[one])
        price = payments[one] // max(fills[one], 1)
        way = random.choice(("energy", "money", "both", "more money", "less of both", "more of both"))
        if way == "less of both":
            other[one] -= moved_wh
            paid[one] -= price * moved_wh
        if way == "more of both":
            other[two] += 1
            paid[two] += price
        if way in ("energy", "both"):
            other[one] -= moved_wh
            other[two] += moved_wh
        if way in ("money", "both"):
            paid[one] -= price * moved_wh
            paid[two] += price * moved_wh
        if way == "more money":
            paid[one] += 1
        if (other, paid) != (fills, payments) and rule.says(asked, other, paid) is True:
            return True
    return False


@pytest.fixture(scope="module", params=OWN_PRICES)
def rule(request) -> DeployedRule:
    return DeployedRule(request.param)


class TestEveryRuleAtOwnPrices:
    @given(orders=books(), seed=st.integers(0, 2**16))
    def test_it_takes_one_clearing_and_no_other(
        self, rule: DeployedRule, orders: OrderBook, seed: int
    ) -> None:
        """Beside it, a few in which one or two homes come to something else."""
        assert not parted(rule, Random(seed), orders)

    def test_altered_prices_fills_and_surplus_are_refused(self, rule: DeployedRule) -> None:
        """A slot with trade: all at one nano-$ more; two fills exchanged; the surplus given to a seller."""
        books_of_slots = (written(*BOOK, slot=slot) for slot in range(50))
        orders = next(each for each in books_of_slots if rule.mechanism.clear(each).traded_wh > 20)
        fills, payments = rule.clearing(orders)
        buys = [wh > 0 for wh in orders.quantity_wh.tolist()]
        assert rule.says(orders, fills, payments) is True
        dearer = [paid + wh for paid, wh in zip(payments, fills, strict=True)]
        assert rule.says(orders, fills, dearer) == "payment off the rule"
        filled = [home for home, wh in enumerate(fills) if wh and buys[home]]
        one, other = filled[0], next(h for h, b in enumerate(buys) if b and h != filled[0])
        moved = list(fills)
        moved[one] -= 1
        moved[other] += 1
        assert rule.says(orders, moved, payments) is not True
        seller = next(home for home, wh in enumerate(fills) if wh and not buys[home])
        generous = list(payments)
        generous[seller] += 1
        assert rule.says(orders, fills, generous) == "payment off the rule"
        assert rule.says(orders, fills, payments[:-1]) == "payments must cover every home"

    @pytest.mark.parametrize(("homes", "most_gas"), [(15, MILLION // 5), (256, 6 * MILLION)])
    def test_replaying_it_costs_little_beside_what_a_call_carries(self, rule, homes, most_gas) -> None:
        """At fifteen homes, and at as many as a contract holds, where all limits of a side are equal."""
        random = np.random.default_rng(1)
        quantity_wh = random.integers(-3_000, 3_000, homes)
        limits = random.integers(60_000, 220_000, homes)
        if homes > 15:
            limits = np.where(quantity_wh > 0, 220_000, 60_000)
        assert rule.gas(OrderBook(5, quantity_wh, limits)) < most_gas
