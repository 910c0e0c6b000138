"""The time line of a market: what is due when, over all gates."""

from typing import NamedTuple

from sim.chain.market_client import gate_times
from sim.simulation.preparation import Prepared
from sim.venues.chain_venue import market_terms

STAGES = ("register", "commit", "submit", "clear", "void", "settle")
"""As a gate goes; models are registered at the first gate that uses them."""


class Event(NamedTuple):
    """Something due; sorts by time, then as a gate goes. ``order`` is its stage's place among STAGES."""

    timestamp: int
    order: int
    gate: int

    @property
    def stage(self) -> str:
        """Its stage."""
        return STAGES[self.order]


def agenda(prepared: Prepared) -> list[Event]:
    """All that is due in a run, in order; gates may overlap."""
    terms = market_terms(prepared)

    retrained = {training.from_gate for training in prepared.forecasters.trainings[1:]}

    def due(gate: int) -> list[Event]:
        times = gate_times(terms, gate)
        moments = (
            times.registers,
            times.window_end,
            times.opens,
            times.closes,
            times.delivery,
            times.settles,
        )
        events = [Event(moment, order, gate) for order, moment in enumerate(moments)]
        return events if gate in retrained else events[1:]

    return sorted(event for gate in range(terms.gates) for event in due(gate))
