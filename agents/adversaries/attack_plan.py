"""The calls of those who cheat in a run, for the venue to put around the honest ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agents.adversaries.attack import AttackContext, ClearingContext, HomeAttack, Moment, ordered_wh
from agents.adversaries.home_attacks import home_attacks
from agents.adversaries.operator_attacks import Stage, operator_attacks
from agents.calls import Call
from agents.kinds import drawn_order
from agents.operators import Auctioneer, Meter
from agents.prosumer import Prosumer
from sim.arrays import Ints
from sim.chain.market_client import Market
from sim.chain.submission import Submission
from sim.market.book import OrderBook
from sim.market.orders import Orders
from sim.proofs.bids import BackedBid

if TYPE_CHECKING:
    from sim.simulation.preparation import Prepared


@dataclass
class GateAttempts:
    """The submissions of a gate.

    bids:   one call per home: its honest one, or the one that a cheat sends in its place
    wishes: by home (from 0), the orders that a cheat would have were nothing verified
    """

    bids: list[Call]
    ahead: list[Call] = field(default_factory=list)
    behind: list[Call] = field(default_factory=list)
    late: list[Call] = field(default_factory=list)
    wishes: dict[int, Orders] = field(default_factory=dict)


class HomePlan:
    """What homes that cheat submit.

    attacks:     by home, the name of its attack, None where it is honest
    counterfeit: what a home (from 0) had proved for its attack at a gate, if anything
    """

    def __init__(
        self,
        prepared: "Prepared",
        market: Market,
        prosumers: Sequence[Prosumer],
        attacks: Sequence[str | None],
        counterfeit: Callable[[int, int], BackedBid | None],
    ) -> None:
        self._prepared, self._market, self._prosumers = prepared, market, prosumers
        self._counterfeit = counterfeit
        self._cheats = {row: home_attacks.make(name) for row, name in enumerate(attacks) if name is not None}
        self._partner_of: dict[int, int] = {}
        for name in dict.fromkeys(attack.name for attack in self._cheats.values() if attack.in_pairs):
            rows = [row for row, attack in self._cheats.items() if attack.name == name]
            self._partner_of |= _pairs(drawn_rows(prepared, prosumers, "partner", rows))
        self._earlier: dict[int, Submission] = {}

    def attempts(self, gate: int, honest: Sequence[Submission]) -> GateAttempts:
        """Everybody's calls at a gate; ``honest`` are what all homes would submit."""
        tried = GateAttempts([self._submit(row, submission) for row, submission in enumerate(honest)])
        for row, attack in self._cheats.items():
            context = self._context(row, gate, honest)
            submission = attack.submission(context)
            if submission is not None:
                self._place(tried, row, attack, self._submit(row, submission, attack.name))
                tried.wishes[row] = attack.wish(context, submission)
        self.remember(honest)
        return tried

    def remember(self, honest: Sequence[Submission]) -> None:
        """That these were the submissions of the gate before."""
        self._earlier = dict(enumerate(honest))

    def _place(self, tried: GateAttempts, row: int, attack: HomeAttack, call: Call) -> None:
        if attack.moment is Moment.INSTEAD:
            tried.bids[row] = call
        else:
            by_moment = {Moment.AHEAD: tried.ahead, Moment.BEHIND: tried.behind, Moment.LATE: tried.late}
            by_moment[attack.moment].append(call)

    def _submit(self, row: int, submission: Submission, attack: str | None = None) -> Call:
        return Call("submit", self._prosumers[row].submit(self._market, submission), attack)

    def _ordered_wh(self, row: int, submission: Submission) -> Ints:
        """What a home orders by a submission, within its own limits."""
        model, population = (
            self._prepared.forecasters.model_of(row, submission.gate),
            self._prepared.population,
        )
        limits = (int(each[row]) for each in (population.import_limit_wh, population.export_limit_wh))
        return ordered_wh(submission.instances, model.output_scale, *limits)

    def _context(self, row: int, gate: int, honest: Sequence[Submission]) -> AttackContext:
        prepared = self._prepared
        outside, home = prepared.outside.during(prepared.slots_of(gate)), self._prosumers[row]
        partner = self._partner_of.get(row)
        return AttackContext(
            honest=honest[row],
            earlier=self._earlier.get(row),
            neighbour=honest[self._neighbour(row)],
            partner_wh=None if partner is None else self._ordered_wh(partner, honest[partner]),
            counterfeit=self._counterfeit(row, gate),
            output_scale=prepared.forecasters.model_of(row, gate).output_scale,
            import_wh=int(prepared.population.import_limit_wh[row]),
            export_wh=int(prepared.population.export_limit_wh[row]),
            buyer_value=outside.retail[row] - outside.buyer_fee,
            seller_cost=outside.feed_in[row] + outside.seller_fee,
            top_value=outside.retail.max(axis=0) - outside.buyer_fee,
            funds=self._funds(home),
            draws=prepared.streams.generator("adversaries", "draws", home.home.name, gate),
        )

    def _neighbour(self, row: int) -> int:
        """The next home with the same model, else the next one."""
        homes = len(self._prosumers)
        others = [(row + step) % homes for step in range(1, homes)]
        alike = (other for other in others if self._prosumers[other].cluster == self._prosumers[row].cluster)
        return next(alike, others[0])

    def _funds(self, home: Prosumer) -> int:
        balance, reserved = (self._market.read(name, home.number) for name in ("balance_of", "reserved"))
        return int(balance - reserved) + self._prepared.credit_limit


class OperatorPlan:
    """What operators that cheat send besides what they should, or do not send."""

    def __init__(
        self,
        prepared: "Prepared",
        market: Market,
        prosumers: Sequence[Prosumer],
        meter: Meter,
        auctioneer: Auctioneer,
    ) -> None:
        self._market, self._prosumers, self._mechanism = market, prosumers, prepared.mechanism
        self._meter, self._auctioneer = meter, auctioneer
        self._attacks = [operator_attacks.make(name) for name in prepared.scenario.adversaries.operators]
        # The auctioneer's friends, the best first, who would also clear in its place.
        self._friends = drawn_rows(prepared, prosumers, "friend", range(len(prosumers)))

    def skips(self, slot: int) -> bool:
        """Whether the auctioneer leaves out a slot."""
        return any(attack.skips(slot) for attack in self._attacks)

    def clearing(self, book: OrderBook) -> list[Call]:
        """What is proposed for a slot."""
        lawful, honest = self._auctioneer.clear(book)
        at = ClearingContext(self._mechanism, book, lawful, self._friends)
        calls: dict[bool, list[Call]] = {False: [], True: []}
        for attack in self._attacks:
            if proposal := attack.proposal(at):
                sender = self._prosumers[self._friends[0]] if attack.stranger else self._auctioneer
                cheat = self._market.clear(sender.account, proposal)
                calls[attack.behind].append(Call("clear", cheat, attack.name, book.slot))
        return [*calls[False], Call("clear", honest, slot=book.slot), *calls[True]]

    def said(
        self, stage: Stage, gate: int, points: Sequence[bytes], honest: Sequence[Call] = ()
    ) -> list[Call]:
        """What the meter says besides at a stage; see ``OperatorAttack.said``."""
        return [
            call._replace(attack=attack.name)
            for attack in self._attacks
            for call in attack.said(stage, self._meter, gate, points, honest)
        ]


def drawn_rows(
    prepared: "Prepared", prosumers: Sequence[Prosumer], role: str, rows: Sequence[int]
) -> list[int]:
    """Homes in the order that is drawn for a role."""
    names = [prosumers[row].home.name for row in rows]
    return [rows[place] for place in drawn_order(prepared.streams, ("adversaries", role), names)]


def _pairs(rows: Sequence[int]) -> dict[int, int]:
    """Each with the next; an odd one at the end is alone."""
    both = list(zip(rows[::2], rows[1::2], strict=False))
    return {**dict(both), **{second: first for first, second in both}}
