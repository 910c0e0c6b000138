"""What becomes of mutated submissions, each on the same open gate that the honest one would find.

Every mutation is a message executed by revm on a state that is put back afterwards.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sim.chain.revm import RevmChain, _reason
from sim.chain.revm_state import Message, Outcome
from sim.chain.submission import orders_of_words
from tests.adversarial.mutations import Honest, Mutation, encoded, mutations
from tests.market_on_chain import Community

SAME, OWN_PRICE, OTHER = (
    "accepted: the same orders",
    "accepted: the home's own prices",
    "ACCEPTED: OTHER ORDERS",
)
_GAS = 6_000_000


@dataclass(frozen=True)
class OpenGate:
    """A community whose gate takes submissions, honest ones for it, and what each of these would change."""

    community: Community
    honest: tuple[Honest, ...]

    @property
    def revm(self) -> RevmChain:
        return self.community.chain.twin

    def execute(self, mutation: Mutation) -> Outcome:
        """As the next transaction would be, leaving the state as it is."""
        chain = self.revm
        chain._state.set_block(len(chain.blocks) + 1, chain.blocks[-1].timestamp + 1)
        message = Message(mutation.sender.address, self.community.market.address, mutation.data, _GAS)
        return chain._state.execute(message)

    def fate(self, honest: Honest, expected: Outcome, mutation: Mutation) -> str:
        """Why it is refused, or what its acceptance means beside the honest one's ``expected`` outcome."""
        outcome = self.execute(mutation)
        if not outcome.ok:
            return _reason(outcome)
        if (outcome.logs, outcome.writes) == (expected.logs, expected.writes):
            return SAME
        same = mutation.sender is honest.sender and self._quantities(outcome) == self._quantities(expected)
        return OWN_PRICE if same else OTHER

    def expected(self, honest: Honest) -> Outcome:
        """Of the submission as it is."""
        outcome = self.execute(Mutation("", honest.sender, encoded(self.community.market, honest.submission)))
        assert outcome.ok
        return outcome

    def _quantities(self, outcome: Outcome) -> tuple[int, int, list[int]]:
        (log,) = outcome.logs
        name, event = self.community.market.artifact.event(log)
        assert name == "OrdersSubmitted"
        quantity_wh, _ = orders_of_words(event["orders"], self.community.rules.horizon)
        return event["gate"], event["home"], quantity_wh.tolist()


def fates(gate: OpenGate, mutated: Sequence[Honest], noise: int, step: int = 1) -> Counter[tuple[str, str]]:
    """How often each kind of mutation of these submissions met each fate; of all, every ``step``-th."""
    community, counts = gate.community, Counter()
    for honest in mutated:
        others = [other for other in gate.honest if other is not honest]
        strangers = [community.utility, community.meter, community.auctioneer, community.stranger]
        strangers += [home for home in community.homes if home is not honest.sender]
        expected = gate.expected(honest)
        for mutation in mutations(community.market, honest, others, strangers, noise)[::step]:
            counts[mutation.kind, gate.fate(honest, expected, mutation)] += 1
    return counts


def open_gate(community: Community, honest: Sequence[Honest]) -> OpenGate:
    """Commit to the windows of the honest submissions, and open their gate."""
    (gate,) = {one.submission.gate for one in honest}
    points = [one.submission.proof[:64] for one in honest]
    commit = community.market.commit(community.meter, gate, [one.home for one in honest], points)
    community.accept(commit, community.times(gate).window_end)
    community.wait(community.times(gate).opens)
    return OpenGate(community, tuple(honest))
