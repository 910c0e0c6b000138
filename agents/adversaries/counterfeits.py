"""The proofs that cheats have made beside those of their bids: true ones, of the wrong window or model."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from agents.adversaries.choice import attacks_of
from agents.adversaries.home_attacks import HomeMadeModel, StaleWindow
from sim.forecast.quantised import QuantisedModel
from sim.preparation import Prepared
from sim.proofs.bids import BackedBid, HomeGate
from sim.proofs.circuit import Circuit
from sim.proofs.orders import CircuitOrder, ProofOrder
from sim.proofs.pool import ProverPool
from sim.proofs.prover import Proof


class Counterfeits:
    """What the prover pool makes for cheats, and what of it they have not yet sent."""

    def __init__(
        self, prepared: Prepared, circuits: Sequence[Circuit], pool: ProverPool, folder: Path
    ) -> None:
        self._prepared, self._pool = prepared, pool
        self._attacks = attacks_of(prepared)
        self._ordered: set[HomeGate] = set()
        self._rivals = self._set_up_rivals(circuits, folder)

    def guarded(self, order: ProofOrder) -> ProofOrder:
        """A bid's order; who will prove its commitment twice shares it with no other run."""
        return replace(order, own_use=self._attacks[order.agent] == HomeMadeModel.name)

    def start(self, order: ProofOrder) -> None:
        """Of a bid that is to be proved: the same model's forecast from the window of the gate before."""
        if self._attacks[order.agent] != StaleWindow.name or order.gate == 0:
            return
        window_wh = tuple(self._prepared.windows_wh[order.agent, order.gate - 1].tolist())
        if window_wh != order.window_wh:
            self._hand_in(replace(order, window_wh=window_wh, counterfeit=True))

    def follow(self, order: ProofOrder, proof: Proof) -> None:
        """Of a bid that has been proved: the home's own model's forecast, from the same window and salts.

        That is the cheat's own secret to lose: a second proof of one commitment opens one more equation.
        """
        if self._attacks[order.agent] == HomeMadeModel.name:
            rival = self._rivals[self._prepared.model_set.cluster_of_home[order.agent]]
            self._hand_in(replace(order, circuit=rival, counterfeit=True, salts=proof.salts, own_use=True))

    def bid(self, home: int, gate: int) -> BackedBid | None:
        """What was made for a home (from 0) at a gate, if anything; waits for it."""
        if (home, gate) not in self._ordered:
            return None
        self._ordered.remove((home, gate))
        made = self._pool.proof(home, gate, counterfeit=True)
        return BackedBid(made.commitment, made.proof, made.instances)

    def _hand_in(self, order: ProofOrder) -> None:
        self._ordered.add((order.agent, order.gate))
        self._pool.start([order])

    def _set_up_rivals(self, circuits: Sequence[Circuit], folder: Path) -> dict[int, Circuit]:
        """A circuit of its own for every cluster that has a home with a model of its own."""
        clusters = sorted(set(self._clusters_of(HomeMadeModel.name)))
        orders = [
            CircuitOrder(
                turned_round(circuits[cluster].model),
                circuits[cluster].settings,
                circuits[cluster].limit_wh,
                folder / f"rival-{cluster}",
            )
            for cluster in clusters
        ]
        return dict(zip(clusters, self._pool.set_up(orders), strict=True))

    def _clusters_of(self, attack: str) -> Iterator[int]:
        clusters = self._prepared.model_set.cluster_of_home
        return (cluster for cluster, own in zip(clusters, self._attacks, strict=True) if own == attack)


def turned_round(model: QuantisedModel) -> QuantisedModel:
    """The model whose forecast is the other's negated: it sells what will be used.

    Its circuit has the other's shape, range and size, so a commitment of the one is one of the other.
    """
    *weights, last = model.weights
    *biases, constant = model.biases
    return replace(model, weights=(*weights, -last), biases=(*biases, -constant))
