"""Arguments of calls: honest ones, and clearings that are not lawful."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, TypeVar

import numpy as np

from sim.market.book import OrderBook
from sim.market.mechanisms.mechanism import GENERIC, RULES
from sim.market.merit_order import match
from tests.adversarial.compared_market import ComparedMarket
from tests.adversarial.reference_clearing import Order, one_price
from tests.adversarial.reference_market import FIELD
from tests.adversarial.reference_rules import REPLAYED
from tests.market_on_chain import STUB_KEY, point

T = TypeVar("T")
Fields = dict[str, Any]

GOOD, LATER, OTHER_KEY, NO_KEY, UNREGISTERED = range(5)
SCALES = {GOOD: 14, LATER: 0, OTHER_KEY: 14, NO_KEY: 14}
NOT_A_CONTRACT = b"\x22" * 20
MOST_WH, MOST_PRICE, MOST_CREDIT, LARGEST = 2**23 - 1, 2**40 - 1, 2**128 - 1, 2**256 - 1
RETAIL, FEED_IN = (10, 14, 9), (2, 3, 0)

# Few and small numbers, so that limits tie, margins are shared and credit runs out; and the largest.
QUANTITIES_WH = (0, 1, -1, 2, -2, 3, 3, -3, -3, 7, 7, -7, -7, 40, -40)
ORDERS = QUANTITIES_WH, (5, 5, 8, 8, 12, 3), (5, 5, 3, 3, 0, 8)
EXTREMES = (0, 1, 10**9, -(10**9)), (5, MOST_PRICE), (0, MOST_PRICE)
DEVIATIONS_WH = (0, 0, 1, 5, 30)
# Import limit, export limit and credit.
LARGE = (MOST_WH, MOST_WH, MOST_CREDIT)
ODD = (40, 0, 10**6), (2, 40, 10**6), (40, 40, 900), (40, 40, 90), (5, 5, 10**6), (0, 0, 10**6)
HOMES = ((40, 40, 10**6),) * 6 + ODD + (LARGE, LARGE)


class Proposals:
    """What a market's members could say next; chosen by ``random``, honest by the reference's state."""

    both: ComparedMarket
    random: Random

    def choose(self, options: Sequence[T]) -> T:
        return self.random.choice(options)

    def pick(self, due: Sequence[T], every: Sequence[T]) -> T:
        """Mostly what is due, if anything is."""
        return self.choose(due if due and self.random.random() < 0.9 else every)

    # Honest arguments -------------------------------------------------------------------------------------

    def model(self, number: int) -> Fields:
        return {
            "forecaster": number,
            "key_contract": NOT_A_CONTRACT if number == NO_KEY else self.both.key_contract,
            "key_digest": b"\x05" * 32 if number == OTHER_KEY else STUB_KEY.key_digest,
            "instances": self.both.rules.horizon,
            "scale": SCALES[number],
            "proof_bytes": 64,
            "from_gate": int(number == LATER),
            "training_root": bytes([number] * 32),
        }

    def home(self) -> Fields:
        periods = max(self.both.rules.periods) + 1
        return {
            "account": self.both.homes[-1].address,
            "forecaster": GOOD,
            "import_limit_wh": 40,
            "export_limit_wh": 30,
            "credit_limit": 900,
            "retail": RETAIL[:periods],
            "feed_in": FEED_IN[:periods],
        }

    def commitments(self, gate: int, homes: list[int]) -> Fields:
        digests = [self.both.market.commitment(point(gate, home)) for home in homes]
        return {"gate": gate, "homes": homes, "commitments": digests}

    def submission(self, gate: int, home: int) -> Fields:
        """Outputs lie anywhere where they round to the quantity, or a unit beside."""
        facts = self.both.reference.homes[home]
        scale = self.scale(facts.forecaster, gate)
        half, slots = 1 << scale >> 1, range(self.both.rules.horizon)
        often = EXTREMES if facts.credit_limit == MOST_CREDIT else ORDERS
        energies_wh, bids, asks = self.choose((ORDERS,) * 9 + (often,) * 9 + (EXTREMES,))
        quantities_wh = [self.choose(energies_wh) for _ in slots]
        instances = [
            ((wh << scale) + self.choose((0, half, half - 1, -half))) % FIELD for wh in quantities_wh
        ]
        limits = [self.choose(bids if wh > 0 else asks) for wh in quantities_wh]
        if self.random.random() < 0.1:
            instances, limits = self.last_nano(home, 1 << scale) or (instances, limits)
        return {"gate": gate, "proof": point(gate, home), "instances": instances, "limits": limits}

    def scale(self, forecaster: int, gate: int) -> int:
        """Of the outputs of a forecaster's model at a gate."""
        models = self.both.reference.models.get(forecaster, [])
        return next((each.output_scale for each in reversed(models) if each.from_gate <= gate), 0)

    def last_nano(self, home: int, one_wh: int) -> tuple[list[int], list[int]] | None:
        """Instances and limits that take all of a home's credit, or one nano-$ more.

        one_wh: a Wh as output
        """
        reference, rest = self.both.reference, [0] * (self.both.rules.horizon - 1)
        facts = reference.homes[home]
        left = reference.balances[home] + facts.credit_limit - reference.reserved(home)
        limit = left - reference.terms.buyer_fee + self.choose((0, 1))
        return ([one_wh, *rest], [limit, *rest]) if 0 <= limit <= MOST_PRICE else None

    def lawful(self, slot: int) -> Fields:
        """By the reference, or the auction that runs off chain; under the generic rule at other prices."""
        orders = self.both.reference.book(slot)
        if self.both.rules.rule in REPLAYED:
            fills, _ = REPLAYED[self.both.rules.rule](slot, orders)
            return self.clearing(slot, [fills.get(home, 0) for home in self.both.reference.homes])
        book = [orders.get(home, Order(False, 0, 0)) for home in self.both.reference.homes]
        signed_wh = [-order.quantity_wh if order.sells else order.quantity_wh for order in book]
        orders = OrderBook(slot, np.array(signed_wh), np.array([order.limit for order in book]))
        fill_wh = match(orders)  # and not the whole clearing: the largest payments are beyond int64
        return self.clearing(slot, fill_wh.tolist())

    def clearing(self, slot: int, fills: list[int]) -> Fields:
        """At the rule's price for them; under the generic rule each at that price or at the own limit.

        Where the reference replays the rule, at what is paid for the lawful ones.
        """
        orders, terms = self.both.reference.book(slot), self.both.reference.terms
        price = one_price(orders, dict(enumerate(fills, start=1)), terms.k_ppm)
        if not RULES[terms.rule].at_own_prices:
            return {"slot": slot, "price": price, "fills_wh": fills}
        homes = list(self.both.reference.homes)
        if terms.rule in REPLAYED:
            _, paid = REPLAYED[terms.rule](slot, orders)
            return {"slot": slot, "fills_wh": fills, "payments": [paid.get(home, 0) for home in homes]}
        limits = (orders[home].limit if home in orders else 0 for home in homes)
        payments = [
            (self.choose((price, limit)) if terms.rule == GENERIC else limit) * fill % 2**256
            for limit, fill in zip(limits, fills, strict=True)
        ]
        return {"slot": slot, "fills_wh": fills, "payments": payments}

    def mispaid(self, slot: int) -> Fields:
        """One home pays or gets otherwise, which may be lawful."""
        proposal = self.lawful(slot)
        payments, fills = proposal["payments"], proposal["fills_wh"]
        one = self.choose([*range(len(fills)), *np.flatnonzero(fills).tolist() * 3])
        paid = payments[one]
        payments[one] = self.choose(
            (paid + 1, *(max(0, paid - 1),) * 3, paid + 1, sum(payments), 2**128, LARGEST)
        )
        return proposal

    def unlawful(self, slot: int) -> Fields:
        """Other fills, at the price that the rule for one price gives for them; or other payments."""
        if RULES[self.both.rules.rule].at_own_prices and self.random.random() < 0.5:
            return self.mispaid(slot)
        orders, fills = self.both.reference.book(slot), self.lawful(slot)["fills_wh"]
        one, other = self.choose(range(len(fills))), self.choose(range(len(fills)))
        homes = self.random.sample(range(1, len(fills) + 1), len(fills))
        way = self.choose(
            ("a Wh", "a Wh", "all", "more", "less", "any order", "worst first", "none", "too much")
        )
        if way in ("a Wh", "all"):  # from one to another
            moved_wh = fills[one] if way == "all" else min(1, fills[one])
            fills[one] -= moved_wh
            fills[other] += moved_wh
        elif way in ("more", "less"):  # to trade for two
            fills[one], fills[other] = (max(0, fills[i] + (1 if way == "more" else -1)) for i in (one, other))
        elif way == "any order":
            fills = fill_in_order(orders, homes)
        elif way == "worst first":
            fills = fill_in_order(orders, sorted(homes, key=lambda home: merit(orders.get(home))))
        else:
            fills = [0] * len(fills)
            fills[one] = self.choose((MOST_WH + 1, LARGEST)) if way == "too much" else 0
        return self.clearing(slot, fills)

    def totals(self) -> list[list[int]]:
        """Short of and beyond the fills, of every home; more than counts where its limits are small."""
        return [[self.choose(DEVIATIONS_WH) for _ in self.both.reference.homes] for _ in range(2)]


def fill_in_order(orders: Mapping[int, Order], homes: Sequence[int]) -> list[int]:
    """Fill orders in this order of homes, whatever their limits, until one side is used up."""
    sides = [[home for home in homes if home in orders and orders[home].sells == sells] for sells in (0, 1)]
    volume_wh = min(sum(orders[home].quantity_wh for home in side) for side in sides)
    fills = [0] * len(homes)
    for side in sides:
        left_wh = volume_wh
        for home in side:
            fills[home - 1] = min(left_wh, orders[home].quantity_wh)
            left_wh -= fills[home - 1]
    return fills


def merit(order: Order | None) -> int:
    """Grows with what a bid offers, falls with what an ask wants."""
    return 0 if order is None else -order.limit if order.sells else order.limit
