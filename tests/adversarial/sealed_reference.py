"""What a market with sealed orders does, written apart from it: numbers in place of points and proofs.

It knows whose column each point is, and what the auctioneer has signed. Totals open the sum if and only if
they are the sums and the openings theirs: there is one opening of a row.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sim.chain.blocks import NO_REASON
from sim.chain.market_client import gate_times
from sim.proofs.curve import BASE_FIELD
from tests.adversarial.reference_clearing import RefusedError
from tests.adversarial.reference_terms import WEEK_S
from tests.sealed_on_chain import PROOF_BYTES, SealedRules

Event = tuple[str, dict[str, Any]]
Column = tuple[int, ...]


def need(condition: bool, reason: str) -> None:
    if not condition:
        raise RefusedError(reason)


def is_on_curve(point: tuple[int, int]) -> bool:
    """Or at infinity: what the precompiles take."""
    x, y = point
    return max(point) < BASE_FIELD and (point == (0, 0) or (y * y - x**3 - 3) % BASE_FIELD == 0)


@dataclass
class SealedReference:
    """A community, founded and enrolled.

    homes, meter, auctioneer: addresses
    largest:  largest output of all homes' model, by the gate it serves from
    columns:  whose outputs a point is of; points that are not there are none
    signed:   what a signature is of: gate, home, point
    openings: of a gate's columns, by the client
    """

    rules: SealedRules
    homes: Sequence[bytes]
    meter: bytes
    auctioneer: bytes
    largest: Mapping[int, int]
    columns: dict[bytes, Column]
    signed: dict[bytes, tuple[int, int, bytes]]
    openings: Callable[[Sequence[Column]], tuple[tuple[int, ...], list[Any]]]
    priced: Callable[[Sequence[int]], bytes]
    places: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    submitted: dict[int, dict[int, bytes]] = field(default_factory=lambda: defaultdict(dict))
    outcome: dict[int, str] = field(default_factory=dict)
    prices: dict[int, list[int]] = field(default_factory=dict)
    traded: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    proved: dict[tuple[int, int], int] = field(default_factory=dict)
    freed: set[int] = field(default_factory=set)
    settled: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.balances = [0] * (len(self.homes) + 1)

    # What follows from the terms -------------------------------------------------------------------------

    def times(self, gate: int) -> Any:
        need(gate < self.rules.gates, "no such gate")
        return gate_times(self.rules.terms, gate)

    def slots(self, gate: int) -> range:
        return range(gate * self.rules.horizon, (gate + 1) * self.rules.horizon)

    def tariff(self, slot: int) -> tuple[int, int]:
        first = self.rules.first_delivery // self.rules.slot_s
        period = self.rules.periods[(first + slot) % len(self.rules.periods)]
        return self.rules.retail[period], self.rules.feed_in[period]

    def price(self, slot: int, total: int) -> int:
        retail, feed_in = self.tariff(slot)
        if total:
            return retail if total > 0 else feed_in
        return feed_in + (retail - feed_in) * self.rules.k_ppm // 10**6

    def worst_cost(self, gate: int) -> int:
        largest = self.largest[max(first for first in self.largest if first <= gate)]
        retail = sum(self.tariff(slot)[0] for slot in self.slots(gate))
        return -(-largest * retail // 2**self.rules.scale)

    def gates_of(self, period: int) -> range:
        each = self.rules.settlement_gates
        need(period * each < self.rules.gates, "no such settlement period")
        return range(period * each, min((period + 1) * each, self.rules.gates))

    def exposure(self, period: int, home: int) -> int:
        gates = [gate for gate in self.gates_of(period) if self.outcome.get(gate) != "void"]
        return sum(self.worst_cost(gate) for gate in gates if home in self.submitted[gate])

    def reserved(self, home: int) -> int:
        periods = range(-(-self.rules.gates // self.rules.settlement_gates))
        return sum(self.exposure(period, home) for period in periods if period not in self.freed)

    # Calls -----------------------------------------------------------------------------------------------

    def commit(self, sender: bytes, now: int, gate: int, homes: Any, posted: Any) -> list[Event]:
        need(sender == self.meter, "only the meter")
        times = self.times(gate)
        need(times.window_end <= now, "window has not ended")
        need(now < times.opens, "commitments are closed")
        new: dict[bytes, tuple[int, int]] = {}
        for home, commitment in zip(homes, posted, strict=True):
            need(0 < home <= len(self.homes), "no such home")
            need((gate, home) not in (self.places | new).values(), "home already committed")
            need(commitment not in self.places | new, "commitment reused")
            new[commitment] = (gate, home)
        self.places |= new
        return [("WindowsCommitted", {"gate": gate, "homes": tuple(homes), "commitments": tuple(posted)})]

    def submit(
        self, sender: bytes, now: int, gate: int, proof: bytes, signature: bytes, posted: bytes
    ) -> list[Event]:
        """posted: what the proof's first point would be committed to as."""
        need(len(signature) <= 65, NO_REASON)
        need(sender in self.homes, "only an enrolled home")
        home, times, point = list(self.homes).index(sender) + 1, self.times(gate), proof[64:128]
        need(times.opens <= now, "gate is not open")
        need(now < times.closes, "gate is closed")
        need(home not in self.submitted[gate], "orders already submitted")
        need(self.places.get(posted) == (gate, home), "window not committed here")
        need(len(proof) == PROOF_BYTES, "proof of wrong length")
        need(len(signature) == 65, "signature of wrong length")
        need(self.signed.get(signature) == (gate, home, point), "not signed by the auctioneer")
        need(point in self.columns, NO_REASON)
        cost = self.worst_cost(gate)
        funds = self.balances[home] + self.rules.credit_limit
        need(self.reserved(home) + cost <= funds, "credit limit exceeded")
        self.submitted[gate][home] = point
        coordinates = tuple(int.from_bytes(point[at : at + 32], "big") for at in (0, 32))
        return [("OrdersSealed", {"gate": gate, "home": home, "point": coordinates})]

    def clear(self, sender: bytes, now: int, gate: int, totals: Any, opened: Any) -> list[Event]:
        need(sender == self.auctioneer, "only the auctioneer")
        times, points = self.times(gate), self.submitted[gate].values()
        need(times.closes <= now, "gate is not closed")
        need(now < times.delivery, "clearing is over")
        need(gate not in self.outcome, "gate already cleared or void")
        need(self.rules.least_homes <= len(points), "too few homes")
        slots = self.slots(gate)
        need(len(totals) == len(opened) == len(slots), "one total and opening per slot")
        need(all(abs(total) < 2**80 for total in totals), "total out of range")
        need(all(map(is_on_curve, opened)), NO_REASON)
        true = self.openings([self.columns[point] for point in points])
        need((tuple(totals), list(opened)) == true, "totals do not open the sum")
        self.prices[gate] = list(map(self.price, slots, totals))
        self.traded[gate] = sum(price * total for price, total in zip(self.prices[gate], totals, strict=True))
        self.outcome[gate] = "cleared"
        named = {"homes": len(points), "totals": tuple(totals), "prices": tuple(self.prices[gate])}
        return [("GateCleared", {"gate": gate, **named})]

    def void(self, sender: bytes, now: int, gate: int) -> list[Event]:  # noqa: ARG002
        need(self.times(gate).delivery <= now, "clearing is not over")
        need(gate not in self.outcome, "gate already cleared or void")
        self.outcome[gate] = "void"
        return [("GateVoided", {"gate": gate})]

    def prove_trade(self, *call: Any) -> list[Event]:
        """The stub takes any sum."""
        _, _, period, home, proof, trade = call
        need(self.rules.proved, "trades are not proved here")
        gates, each = self.gates_of(period), self.rules.settlement_gates
        need(all(gate in self.outcome for gate in gates), "gates neither cleared nor void")
        need(home != 0, NO_REASON)
        need((period, home) not in self.proved, "trade already proved")
        need(abs(trade) <= self.exposure(period, home) * 2**self.rules.scale, "trade out of range")
        for at in range(each):
            gate, empty = period * each + at, self.priced([])
            outputs = self.submitted[gate].get(home, empty)
            prices = self.priced(self.prices[gate]) if gate in self.prices else empty
            need(len(proof) >= 64 * (at + 1), NO_REASON)
            need(proof[64 * at :][:64] == outputs, "outputs not committed here")
            need(len(proof) >= 64 * (each + at + 1), NO_REASON)
            need(proof[64 * (each + at) :][:64] == prices, "not the gate's prices")
        need(len(proof) == 128 * each, "proof of wrong length")
        self.proved[period, home] = trade
        return [("TradeProved", {"period": period, "home": home, "trade_sum": trade})]

    def settle(self, sender: bytes, now: int, period: int, trades: Any, deviations: Any) -> list[Event]:
        need(sender == self.meter, "only the meter")
        numbers = range(1, len(self.homes) + 1)
        if self.rules.proved:
            need(not trades, "trades are proved here")
            trades = [self.proved.get((period, home), 0) for home in numbers]
        gates = self.gates_of(period)
        need(self.times(gates[-1]).settles <= now, "delivery has not ended")
        need(all(gate in self.outcome for gate in gates), "gates neither cleared nor void")
        need(len(trades) == len(deviations) == len(self.homes), "sums must cover every home")
        need(period not in self.settled, "period already settled")
        cleared = [gate for gate in gates if self.outcome[gate] == "cleared"]
        scale = 2**self.rules.scale
        limit_wh = max(self.rules.import_limit_wh, self.rules.export_limit_wh)
        most_wh = limit_wh * self.rules.horizon * len(gates)
        for home, trade, deviation in zip(numbers, trades, deviations, strict=True):
            most = self.exposure(period, home)
            is_open = self.rules.proved and most != 0 and (period, home) not in self.proved
            need(not is_open, "trade not proved yet")
            need(abs(trade) <= most * scale, "trade out of range")
            most += max(self.rules.retail) * most_wh
            need(abs(deviation) <= most * scale, "deviation out of range")
        traded = sum(self.traded[gate] for gate in cleared)
        need(sum(trades) == traded, "trades do not add up to the totals")
        for home, trade, deviation in zip(numbers, trades, deviations, strict=True):
            paid = (trade + deviation) // scale
            self.balances[home] -= paid
            self.balances[0] += paid
        self.settled.add(period)
        self.freed.add(period)
        sums = {"trade_sums": tuple(trades), "deviation_sums": tuple(deviations)}
        return [("PeriodSettled", {"period": period, **sums})]

    def release(self, sender: bytes, now: int, period: int) -> list[Event]:  # noqa: ARG002
        last = self.gates_of(period)[-1]
        need(self.times(last).settles + WEEK_S <= now, "too early to release")
        held = (
            0
            if period in self.freed
            else sum(self.exposure(period, home) for home in range(1, len(self.homes) + 1))
        )
        need(held != 0, "nothing to release")
        self.freed.add(period)
        return [("PeriodReleased", {"period": period})]
