"""Who cheats in a run, and the calls that they put around the honest ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from eth_hash.auto import keccak

from agents.adversaries.attack import HomeAttack, Moment, Scene
from agents.adversaries.home_attacks import HOME_ATTACKS, WashTrader
from agents.adversaries.operator_attacks import (
    AUCTIONEER_ATTACKS,
    METER_ATTACKS,
    ClearingContext,
    is_silent,
)
from agents.calls import Call
from agents.dealing import drawn_order
from agents.operators import Auctioneer, Meter
from agents.prosumer import Prosumer
from sim.chain.base import Transaction
from sim.chain.market_client import Market, Submission
from sim.market.book import OrderBook
from sim.market.clearing import Clearing
from sim.market.orders import Orders
from sim.preparation import Prepared
from sim.proofs.bids import BidSource


@dataclass
class Round:
    """The submissions of a gate.

    bids:   one call per home: its honest one, or the lawful one that a cheat sends in its place
    wishes: by home (from 0), the orders that a cheat would have were nothing verified
    """

    bids: list[Call]
    ahead: list[Call] = field(default_factory=list)
    behind: list[Call] = field(default_factory=list)
    late: list[Call] = field(default_factory=list)
    wishes: dict[int, Orders] = field(default_factory=dict)


class Cast:
    """The cheats of a run; without any, calls are the honest ones and nothing else."""

    def __init__(
        self,
        prepared: Prepared,
        market: Market,
        prosumers: Sequence[Prosumer],
        bids: BidSource,
        meter: Meter,
        auctioneer: Auctioneer,
    ) -> None:
        operators = prepared.scenario.adversaries.operators
        self._prepared, self._market, self._prosumers, self._bids = prepared, market, prosumers, bids
        self._meter, self._auctioneer = meter, auctioneer
        self._at_clearing = [AUCTIONEER_ATTACKS[name] for name in operators if name in AUCTIONEER_ATTACKS]
        self._of_meter = [METER_ATTACKS[name] for name in operators if name in METER_ATTACKS]
        self._cheats = {
            row: HOME_ATTACKS[home.attack] for row, home in enumerate(prosumers) if home.attack is not None
        }
        self._partner_of = _pairs(
            self._drawn(
                "partner", [row for row, attack in self._cheats.items() if isinstance(attack, WashTrader)]
            )
        )
        # The auctioneer's friends, the best first, who would also clear in its place.
        self._friends = self._drawn("friend", range(len(prosumers))) if operators else []
        self._earlier: dict[int, Submission] = {}
        self._points: dict[int, list[bytes]] = {}

    # Homes -----------------------------------------------------------------------------------------------

    def round(self, gate: int, honest: Sequence[Submission]) -> Round:
        """Everybody's calls at a gate; ``honest`` are what all homes would submit."""
        sent = Round([self._submit(row, submission) for row, submission in enumerate(honest)])
        for row, attack in self._cheats.items():
            scene = self._scene(row, gate, honest)
            submission = attack.submission(scene)
            if submission is not None:
                self._place(sent, row, attack, self._submit(row, submission, attack.name))
                sent.wishes[row] = attack.wish(scene, submission)
            self._earlier[row] = honest[row]
        sent.ahead += self._say_again("submit", gate)
        return sent

    def _place(self, sent: Round, row: int, attack: HomeAttack, call: Call) -> None:
        if attack.moment is Moment.INSTEAD:
            sent.bids[row] = call
        else:
            by_moment = {Moment.AHEAD: sent.ahead, Moment.BEHIND: sent.behind, Moment.LATE: sent.late}
            by_moment[attack.moment].append(call)

    def _submit(self, row: int, submission: Submission, attack: str | None = None) -> Call:
        return Call("submit", self._prosumers[row].submit(self._market, submission), attack)

    def _scene(self, row: int, gate: int, honest: Sequence[Submission]) -> Scene:
        prepared = self._prepared
        outside, home = prepared.outside.during(prepared.slots_of(gate)), self._prosumers[row]
        name = home.home.name
        return Scene(
            honest=honest[row],
            earlier=self._earlier.get(row),
            neighbour=honest[self._neighbour(row)],
            partner=honest[self._partner_of[row]] if row in self._partner_of else None,
            counterfeit=self._bids.counterfeit(row, gate),
            output_scale=prepared.model_set.models[home.cluster].output_scale,
            import_wh=int(prepared.population.import_limit_wh[row]),
            export_wh=int(prepared.population.export_limit_wh[row]),
            buyer_value=outside.retail[row] - outside.buyer_fee,
            seller_cost=outside.feed_in[row] + outside.seller_fee,
            top_value=outside.retail.max(axis=0) - outside.buyer_fee,
            funds=self._funds(home),
            draws=prepared.streams.generator("adversaries", "draws", name, gate),
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

    # Operators -------------------------------------------------------------------------------------------

    def commits(self, gate: int, points: Sequence[bytes]) -> list[Call]:
        """The meter's commitments."""
        self._points[gate] = list(points)
        honest = self._meter.commit(gate, points)
        return [Call("commit", honest), *self._say_again("commit", gate)]

    def clearing(self, book: OrderBook, lawful: Clearing, honest: Transaction) -> list[Call]:
        """What is proposed for a slot."""
        calls: dict[bool, list[Call]] = {False: [], True: []}
        at = ClearingContext(self._prepared.mechanism, book, lawful, self._friends)
        for attack in self._at_clearing:
            if proposal := attack.proposal(at):
                sender = self._prosumers[self._friends[0]] if attack.stranger else self._auctioneer
                cheat = self._market.clear(sender.account, proposal)
                calls[attack.behind].append(Call("clear", cheat, attack.name, book.slot))
        return [*calls[False], Call("clear", honest, slot=book.slot), *calls[True]]

    def is_silent(self, slot: int) -> bool:
        """Whether the auctioneer leaves out a slot."""
        return is_silent(self._prepared.scenario.adversaries.operators, slot)

    def settles(self, gate: int, honest: Sequence[Transaction]) -> list[Call]:
        """The meter's totals."""
        return [*(Call("settle", each) for each in honest), *self._say_again("settle", gate, honest)]

    def _say_again(self, stage: str, gate: int, honest: Sequence[Transaction] = ()) -> list[Call]:
        """What a meter that cheats at this stage says besides."""
        calls = []
        for attack in self._of_meter:
            if attack.stage == stage == "settle":
                calls += [Call("settle", each, attack.name) for each in honest]
            elif attack.stage == stage:
                others = [keccak(point) * 2 for point in self._points[gate]]  # of no window
                calls.append(Call("commit", self._meter.commit(gate, others), attack.name))
        return calls

    def _drawn(self, role: str, rows: Sequence[int]) -> list[int]:
        """Homes in the order that is drawn for a role."""
        names = [self._prosumers[row].home.name for row in rows]
        return [rows[place] for place in drawn_order(self._prepared.streams, ("adversaries", role), names)]


def _pairs(rows: Sequence[int]) -> dict[int, int]:
    """Each with the next; an odd one at the end is alone."""
    both = list(zip(rows[::2], rows[1::2], strict=False))
    return {**dict(both), **{second: first for first, second in both}}
