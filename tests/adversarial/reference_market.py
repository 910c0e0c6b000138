"""The market's rules in plain Python: what EnergyMarket must do, call by call.

Written from the rules, to be compared with the contract. Where the contract keeps running totals and bit
maps, this keeps what happened (orders, fills, settled periods) and derives the rest: a home's reservation is
the sum over its open orders and its unsettled sales, whatever path led there. Nothing is changed before the
last check of a call, so a refused call changes nothing by construction.

The verifier is the stub: a proof is the 64 bytes of its commitment, and shows whatever the outputs say.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sim.market.mechanisms.mechanism import RULES
from tests.adversarial.reference_clearing import (
    Order,
    RefusedError,
    check_clearing,
    require,
)
from tests.adversarial.reference_rules import check_at_own_prices
from tests.adversarial.reference_terms import Home, Model, Terms

MOST_HOMES, MOST_SLOTS, MOST_PERIODS, MOST_PROOF_BYTES = 256, 96, 24, 16_384
MOST_WH, MOST_PRICE, MOST_CREDIT, MOST_SCALE = 2**23 - 1, 2**40 - 1, 2**128 - 1, 127
FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617
NOBODY = bytes(20)
NO_DIGEST = bytes(32)
UTILITY = 0
"""The number under which the utility's balance stands; homes are numbered from 1."""
WORDLESS = "reverted without a reason"
"""A call that cannot be decoded, or that a contract in between refuses."""

Event = tuple[str, dict[str, Any]]
Place = tuple[int, int]
"""Gate and home, or slot and home."""


@dataclass
class ReferenceMarket:
    """The market. Each call takes sender, time and the contract's arguments, and returns its events.

    Raises RefusedError, with the contract's reason, where the contract refuses.

    models:      by forecaster, in the order of their first gates
    homes:       by number, from 1
    places:      commitment's digest -> the gate and home it was posted for
    orders:      (slot, home) -> order, for ever
    fills:       finished slot -> the fill of each home that trades; empty where the slot is void
    settled:     (gate, period)
    released:    gates whose sales hold nothing reserved any more
    balances:    by home's number; UTILITY's is minus the sum of the others
    """

    terms: Terms
    models: dict[int, list[Model]] = field(default_factory=dict)
    homes: dict[int, Home] = field(default_factory=dict)
    places: dict[bytes, Place] = field(default_factory=dict)
    submitted: set[Place] = field(default_factory=set)
    orders: dict[Place, Order] = field(default_factory=dict)
    fills: dict[int, dict[int, int]] = field(default_factory=dict)
    settled: set[Place] = field(default_factory=set)
    released: set[int] = field(default_factory=set)
    balances: Counter[int] = field(default_factory=Counter)

    # What follows from what happened ----------------------------------------------------------------------

    def worst_cost(self, slot: int, home: int, energy_wh: int) -> int:
        """A buyer at worst pays its limit; a seller at worst has nothing and pays retail for all it sold."""
        order = self.orders[slot, home]
        if order.sells:
            price = self.homes[home].retail[self.terms.period(slot)] + self.terms.seller_fee
        else:
            price = order.limit + self.terms.buyer_fee
        return price * energy_wh

    def exposure(self, gate: int, home: int) -> int:
        """What a home's sales of a gate may still cost it."""
        if self.is_settled(gate) or gate in self.released:
            return 0
        return sum(
            self.worst_cost(slot, home, self.fills[slot][home])
            for slot in self.terms.slots(gate)
            if home in self.fills.get(slot, {}) and self.orders[slot, home].sells
        )

    def reserved(self, home: int) -> int:
        """Of all orders in unfinished slots, and of all sales that are neither settled nor released."""
        still_open = (
            self.worst_cost(slot, home, order.quantity_wh)
            for (slot, owner), order in self.orders.items()
            if owner == home and slot not in self.fills
        )
        gates = (gate for gate, owner in self.submitted if owner == home)
        return sum(still_open) + sum(self.exposure(gate, home) for gate in gates)

    def is_finished(self, gate: int) -> bool:
        return all(slot in self.fills for slot in self.terms.slots(gate))

    def is_settled(self, gate: int) -> bool:
        return all((gate, period) in self.settled for period in self.terms.periods_of(gate))

    def is_exposed(self, gate: int) -> bool:
        return any(self.exposure(gate, home) for home in self.homes)

    def is_committed(self, gate: int, home: int) -> bool:
        return (gate, home) in self.places.values()

    def most_total_wh(self, home: int) -> int:
        """What a home can be short of in a gate, or have beyond: it sold all it can, and draws all it can."""
        facts = self.homes[home]
        return self.terms.horizon * (facts.import_limit_wh + facts.export_limit_wh)

    def number_of(self, account: bytes) -> int | None:
        return next((number for number, home in self.homes.items() if home.account == account), None)

    # Set-up -----------------------------------------------------------------------------------------------

    def register_model(
        self,
        sender: bytes,
        now: int,
        forecaster: int,
        key_contract: bytes,
        key_digest: bytes,
        instances: int,
        scale: int,
        proof_bytes: int,
        from_gate: int,
        training_root: bytes,
    ) -> list[Event]:
        require(sender == self.terms.utility, "only the utility")
        require(key_digest != NO_DIGEST, "empty key digest")
        require(instances == self.terms.horizon, "model forecasts another horizon")
        require(scale <= MOST_SCALE, "output scale out of range")
        require(64 <= proof_bytes <= MOST_PROOF_BYTES, "proof length out of range")
        require(now < self.terms.window_begin(from_gate), "model too late for its first window")
        models = self.models.get(forecaster, [])
        require(all(model.from_gate < from_gate for model in models), "forecaster has a later model")
        self.models[forecaster] = [*models, Model(key_contract, key_digest, scale, proof_bytes, from_gate)]
        event = {
            "forecaster": forecaster,
            "key_digest": key_digest,
            "key_contract": _hex(key_contract),
            "from_gate": from_gate,
            "training_root": training_root,
        }
        return [("ModelRegistered", event)]

    def enrol(
        self,
        sender: bytes,
        now: int,
        account: bytes,
        forecaster: int,
        import_limit_wh: int,
        export_limit_wh: int,
        credit_limit: int,
        retail: Sequence[int],
        feed_in: Sequence[int],
    ) -> list[Event]:
        require(max(len(retail), len(feed_in)) <= MOST_PERIODS, WORDLESS)
        require(sender == self.terms.utility, "only the utility")
        require(now < self.terms.window_begin(0), "enrolment is over")
        require(account != NOBODY and self.number_of(account) is None, "account already enrolled")
        require(len(self.homes) < MOST_HOMES, "community is full")
        require(import_limit_wh <= MOST_WH, "import limit out of range")
        require(export_limit_wh <= MOST_WH, "export limit out of range")
        require(credit_limit <= MOST_CREDIT, "credit limit out of range")
        periods = max(self.terms.periods) + 1
        require(len(retail) == len(feed_in) == periods, "one price per period")
        dear = all(low <= high <= MOST_PRICE for low, high in zip(feed_in, retail, strict=True))
        require(dear, "tariffs out of range")
        number = len(self.homes) + 1
        limits = (import_limit_wh, export_limit_wh, credit_limit)
        self.homes[number] = Home(account, forecaster, *limits, tuple(retail), tuple(feed_in))
        event = {
            "home": number,
            "account": _hex(account),
            "forecaster": forecaster,
            "import_limit_wh": import_limit_wh,
            "export_limit_wh": export_limit_wh,
            "credit_limit": credit_limit,
        }
        return [("HomeEnrolled", event)]

    # A gate -----------------------------------------------------------------------------------------------

    def commit(
        self, sender: bytes, now: int, gate: int, homes: Sequence[int], commitments: Sequence[bytes]
    ) -> list[Event]:
        require(max(len(homes), len(commitments)) <= MOST_HOMES, WORDLESS)
        require(sender == self.terms.meter, "only the meter")
        require(self.terms.window_end(gate) <= now, "window has not ended")
        require(now < self.terms.opens(gate), "commitments are closed")
        require(len(homes) == len(commitments), "one commitment per home")
        places: dict[bytes, Place] = {}
        for home, commitment in zip(homes, commitments, strict=True):
            require(home in self.homes, "no such home")
            twice = self.is_committed(gate, home) or (gate, home) in places.values()
            require(not twice, "home already committed")
            require(commitment != NO_DIGEST, "empty commitment")
            require(commitment not in self.places and commitment not in places, "commitment reused")
            places[commitment] = (gate, home)
        self.places |= places
        event = {"gate": gate, "homes": tuple(homes), "commitments": tuple(commitments)}
        return [("WindowsCommitted", event)]

    def submit(
        self,
        sender: bytes,
        now: int,
        gate: int,
        proof: bytes,
        instances: Sequence[int],
        limits: Sequence[int],
    ) -> list[Event]:
        require(len(proof) <= MOST_PROOF_BYTES, WORDLESS)
        require(max(len(instances), len(limits)) <= MOST_SLOTS, WORDLESS)
        number = self.number_of(sender)
        require(number is not None, "only an enrolled home")
        assert number is not None
        require(self.terms.opens(gate) <= now, "gate is not open")
        require(now < self.terms.closes(gate), "gate is closed")
        require((gate, number) not in self.submitted, "orders already submitted")
        home = self.homes[number]
        scale = self._prove((gate, number), home.forecaster, proof, instances)
        require(len(limits) == self.terms.horizon, "one limit price per slot")
        orders: dict[int, Order] = {}
        for slot, output, limit in zip(self.terms.slots(gate), instances, limits, strict=True):
            require(limit <= MOST_PRICE, "limit price out of range")
            require(output < FIELD, "output is not a field element")
            signed = output if output <= FIELD // 2 else output - FIELD
            limit_wh = home.export_limit_wh if signed < 0 else home.import_limit_wh
            quantity_wh = min(_rounded(abs(signed), scale), limit_wh)
            if quantity_wh:
                orders[slot] = Order(signed < 0, quantity_wh, limit)
        self._reserve(number, orders)
        self.submitted.add((gate, number))
        return [("OrdersSubmitted", {"gate": gate, "home": number, "orders": self.words(gate, number)})]

    def _prove(self, place: Place, forecaster: int, proof: bytes, instances: Sequence[int]) -> int:
        """The scale of the outputs; what the stub leaves of a proof is its length, commitment and key."""
        require(forecaster in self.models, "model not registered")
        active = [model for model in self.models[forecaster] if model.from_gate <= place[0]]
        require(bool(active), "model not active yet")
        model = active[-1]
        require(len(proof) == model.proof_bytes, "proof of wrong length")
        require(len(instances) == self.terms.horizon, "one output per slot")
        require(self.places.get(self.terms.commitment(proof[:64])) == place, "window not committed here")
        require(model.key_contract in self.terms.keys, WORDLESS)
        require(self.terms.keys[model.key_contract] == model.key_digest, "another key")
        return model.output_scale

    def _reserve(self, number: int, orders: Mapping[int, Order]) -> None:
        """Record orders, if the home can pay for the worst that may come of them and of all others."""
        placed = {(slot, number): order for slot, order in orders.items()}
        self.orders |= placed
        if self.reserved(number) > self.balances[number] + self.homes[number].credit_limit:
            for place in placed:
                del self.orders[place]
            raise RefusedError("credit limit exceeded")

    def clear(self, sender: bytes, now: int, slot: int, price: int, fills_wh: Sequence[int]) -> list[Event]:
        fills = self._fills(sender, now, slot, fills_wh, at_own_prices=False)
        check_clearing(slot, self.book(slot), price, fills, self.terms.k_ppm)
        self._book(slot, fills, {home: price * fill_wh for home, fill_wh in fills.items()})
        return [("SlotCleared", {"slot": slot, "price": price, "fills_wh": tuple(fills_wh)})]

    def clear_at_own_prices(
        self, sender: bytes, now: int, slot: int, fills_wh: Sequence[int], payments: Sequence[int]
    ) -> list[Event]:
        require(len(payments) <= MOST_HOMES, WORDLESS)
        fills = self._fills(sender, now, slot, fills_wh, at_own_prices=True)
        require(len(payments) == len(fills_wh), "payments must cover every home")
        paid = dict(zip(self.homes, payments, strict=True))
        check_at_own_prices(self.terms.rule, slot, self.book(slot), fills, paid)
        self._book(slot, fills, paid)
        facts = {"slot": slot, "fills_wh": tuple(fills_wh), "payments": tuple(payments)}
        return [("SlotClearedAtOwnPrices", facts)]

    def _fills(
        self, sender: bytes, now: int, slot: int, fills_wh: Sequence[int], at_own_prices: bool
    ) -> dict[int, int]:
        """By home, once all is checked that holds of every clearing."""
        require(len(fills_wh) <= MOST_HOMES, WORDLESS)
        require(sender == self.terms.auctioneer, "only the auctioneer")
        require(at_own_prices == RULES[self.terms.rule].at_own_prices, "market has the other rule")
        gate = slot // self.terms.horizon
        require(self.terms.closes(gate) <= now, "gate is not closed")
        require(now < self.terms.delivery(gate), "clearing is over")
        require(len(fills_wh) == len(self.homes), "fills must cover every home")
        require(slot not in self.fills, "slot already cleared or void")
        return dict(zip(self.homes, fills_wh, strict=True))

    def _book(self, slot: int, fills: Mapping[int, int], payments: Mapping[int, int]) -> None:
        """Homes pay and get; fees, and what buyers pay beyond what sellers get, are the utility's."""
        self.fills[slot] = {home: fill_wh for home, fill_wh in fills.items() if fill_wh}
        for home, fill_wh in self.fills[slot].items():
            if self.orders[slot, home].sells:
                cost = self.terms.seller_fee * fill_wh - payments[home]
            else:
                cost = self.terms.buyer_fee * fill_wh + payments[home]
            self.balances[home] -= cost
            self.balances[UTILITY] += cost

    def void(self, sender: bytes, now: int, slot: int) -> list[Event]:
        del sender  # may be anybody
        require(self.terms.delivery(slot // self.terms.horizon) <= now, "clearing is not over")
        require(slot not in self.fills, "slot already cleared or void")
        self.fills[slot] = {}
        return [("SlotVoided", {"slot": slot})]

    def settle(
        self,
        sender: bytes,
        now: int,
        gate: int,
        period: int,
        short_wh: Sequence[int],
        beyond_wh: Sequence[int],
    ) -> list[Event]:
        require(max(len(short_wh), len(beyond_wh)) <= MOST_HOMES, WORDLESS)
        require(sender == self.terms.meter, "only the meter")
        require(self.terms.delivered(gate) <= now, "delivery has not ended")
        require(self.is_finished(gate), "slots neither cleared nor void")
        require(len(short_wh) == len(beyond_wh) == len(self.homes), "totals must cover every home")
        require(period in self.terms.periods_of(gate), "no such period in the gate")
        require((gate, period) not in self.settled, "period already settled")
        totals = dict(zip(self.homes, zip(short_wh, beyond_wh, strict=True), strict=True))
        counted = {home: [min(wh, self.most_total_wh(home)) for wh in of] for home, of in totals.items()}
        for number, (short, beyond) in counted.items():
            cost = self.homes[number].retail[period] * short - self.homes[number].feed_in[period] * beyond
            self.balances[number] -= cost
            self.balances[UTILITY] += cost
        self.settled.add((gate, period))
        sides = [tuple(total[side] for total in counted.values()) for side in (0, 1)]
        totals_wh = dict(zip(("short_wh", "beyond_wh"), sides, strict=True))
        return [("GateSettled", {"gate": gate, "period": period, **totals_wh})]

    def release(self, sender: bytes, now: int, gate: int) -> list[Event]:
        del sender  # may be anybody
        require(self.terms.releases(gate) <= now, "too early to release")
        require(self.is_exposed(gate), "nothing to release")
        self.released.add(gate)
        return [("GateReleased", {"gate": gate})]

    # Orders as others see them ----------------------------------------------------------------------------

    def book(self, slot: int) -> dict[int, Order]:
        """All orders of a slot by home's number."""
        return {home: self.orders[slot, home] for home in self.homes if (slot, home) in self.orders}

    def words(self, gate: int, home: int) -> tuple[int, ...]:
        """A home's orders of a gate as the contract packs them, four to a word."""
        slots = self.terms.slots(gate)
        packed = [packed_order(self.orders.get((slot, home))) for slot in slots]
        chunks = [packed[i : i + 4] for i in range(0, len(packed), 4)]
        return tuple(sum(order << 64 * i for i, order in enumerate(chunk)) for chunk in chunks)


def packed_order(order: Order | None) -> int:
    """64 bits: sells (1), quantity in Wh (23), limit price (40); 0 without an order."""
    return order.sells << 63 | order.quantity_wh << 40 | order.limit if order else 0


def _rounded(magnitude: int, scale: int) -> int:
    """To whole Wh, half upwards."""
    return (2 * magnitude + 2**scale) // 2 ** (scale + 1)


def _hex(address: bytes) -> str:
    """As ABI decoding gives addresses."""
    return f"0x{address.hex()}"
