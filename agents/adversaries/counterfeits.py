"""The proofs that cheats have made beside those of their bids: true ones, of the wrong window or model."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from agents.adversaries.home_attacks import home_attacks
from sim.proofs.bids import BackedBid, HomeGate
from sim.proofs.circuit import Circuit
from sim.proofs.jobs import CircuitJob, ProofJob
from sim.proofs.prover import Proof

if TYPE_CHECKING:
    from sim.simulation.preparation import Prepared


class Prover(Protocol):
    """Makes circuits and proofs; see ``ProverPool``."""

    def set_up(self, orders: Sequence[CircuitJob]) -> list[Circuit]:
        """The circuits, in the order of their orders."""

    def start(self, orders: Iterable[ProofJob]) -> None:
        """Begin with proofs."""

    def proof(self, agent: int, gate: int, counterfeit: bool = False) -> Proof:
        """A proof that was begun; waits for it."""


class Counterfeits:
    """What a prover makes for cheats, and what of it they have not yet sent.

    attacks: by home, the name of its attack, None where it is honest
    """

    def __init__(
        self,
        prepared: "Prepared",
        attacks: Sequence[str | None],
        circuits: Sequence[Circuit],
        prover: Prover,
        folder: Path,
    ) -> None:
        self._windows_wh, self._prover = prepared.inputs, prover
        self._forecasters = prepared.forecasters
        self._attacks = [None if name is None else home_attacks.make(name) for name in attacks]
        self._ordered: set[HomeGate] = set()
        self._circuits = self._set_up(circuits, folder)

    def unshared(self, order: ProofJob) -> ProofJob:
        """A bid's order; one whose commitment is proved twice is shared with no other run."""
        twice = self._other_circuit(order) is not None and self._other_window(order) is None
        return replace(order, unshared=twice)

    def start(self, order: ProofJob) -> None:
        """Of a bid that is to be proved: a forecast from another window."""
        if window_wh := self._other_window(order):
            circuit = self._other_circuit(order) or order.circuit
            self._hand_in(replace(order, circuit=circuit, window_wh=window_wh, counterfeit=True))

    def follow(self, order: ProofJob, proof: Proof) -> None:
        """Of a bid that has been proved: another model's forecast, from the same window and salts.

        A second proof of one commitment opens one more equation about the cheat's own window.
        """
        circuit = self._other_circuit(order)
        if circuit and self._other_window(order) is None:
            self._hand_in(replace(order, circuit=circuit, counterfeit=True, salts=proof.salts, unshared=True))

    def bid(self, home: int, gate: int) -> BackedBid | None:
        """What was made for a home (from 0) at a gate, if anything; waits for it."""
        if (home, gate) not in self._ordered:
            return None
        self._ordered.remove((home, gate))
        made = self._prover.proof(home, gate, counterfeit=True)
        return BackedBid(made.commitment, made.proof, made.instances)

    def _hand_in(self, order: ProofJob) -> None:
        self._ordered.add((order.agent, order.gate))
        self._prover.start([order])

    def _other_window(self, order: ProofJob) -> tuple[int, ...] | None:
        attack = self._attacks[order.agent]
        window_wh = attack.window_to_prove(self._windows_wh[order.agent], order.gate) if attack else None
        other = None if window_wh is None else tuple(window_wh.tolist())
        return None if other == order.window_wh else other

    def _other_circuit(self, order: ProofJob) -> Circuit | None:
        attack = self._attacks[order.agent]
        number = self._forecasters.number(order.agent, order.gate)
        return self._circuits.get((attack.name, number)) if attack else None

    def _set_up(self, circuits: Sequence[Circuit], folder: Path) -> dict[tuple[str, int], Circuit]:
        """A circuit for every model of a cheat's own, by attack and the honest model's number."""
        orders, clusters = {}, self._forecasters.clusters
        for attack, cluster in zip(self._attacks, self._forecasters.cluster_of_home, strict=True):
            for number in range(cluster, len(circuits), clusters):
                own = circuits[number]
                if attack and (model := attack.model_to_prove(own.model)):
                    place = folder / f"forged-{attack.name}-{number}"
                    orders[attack.name, number] = CircuitJob(model, own.settings, own.limit_wh, place)
        return dict(zip(orders, self._prover.set_up(list(orders.values())), strict=True))
