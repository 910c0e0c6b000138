"""The market that the same homes would have made with other forecasts."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from agents.traders import Participants
from sim.arrays import Ints
from sim.market.clearing import Trades
from sim.market.trades import hold_slots
from sim.simulation.agenda import agenda
from sim.simulation.preparation import Prepared


def trades_with(prepared: Prepared, strategies: Sequence[str], forecast_wh: Ints) -> Trades:
    """What they would have traded with forecasts of shape (homes, slots); strategies: by home.

    They begin as they began the run, draw what they drew there, and learn from this market alone. Nobody is
    refused for want of credit, and nobody cheats.
    """
    homes = Participants(prepared, strategies, forecast_wh)
    for event in agenda(prepared):
        slots = prepared.slots_of(event.gate)
        if event.stage == "submit":
            homes.accept(event.gate, homes.decide(event.gate))
        elif event.stage == "clear":
            numbers, orders = np.arange(slots.start, slots.stop), homes.history.orders_of(slots)
            requote = partial(homes.requote, event.gate)
            homes.learn(event.gate, hold_slots(prepared.mechanism, numbers, *orders, requote))
        elif event.stage == "settle":
            homes.read_meters(event.gate, prepared.reading_wh[:, slots])
    return homes.history.trades
