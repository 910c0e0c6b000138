"""The Mesa model: a community's market, gate by gate, at its venue.

One step takes the market to the next cleared gate. What happens when comes from one agenda in simulated time,
because gates may overlap: with a long lead one gate commits while another is still being cleared.
"""

from collections import deque
from collections.abc import Sequence
from functools import partial

import mesa

from agents.prosumer import Prosumer
from agents.traders import Participants, strategies_of_homes
from sim.arrays import Ints
from sim.chain.accounts import account
from sim.chain.market_client import ModelRegistration
from sim.proofs.bids import BidSource
from sim.simulation.agenda import agenda
from sim.simulation.gate_figures import GateFigures, collector, gate_figures
from sim.simulation.preparation import Prepared
from sim.venues.opening import open_venue


class World(mesa.Model):  # type: ignore[misc]
    """A run.

    participants:  all homes, as they decide and learn
    prosumers:     the same, one agent each, in the order of their numbers
    history:       what has happened in the market so far
    realised_wh:   shape (homes, slots), what meters read at settlement: the readings
    last_gate:     figures of the gate cleared last; ``datacollector`` has those of all
    """

    def __init__(
        self, prepared: Prepared, registrations: Sequence[ModelRegistration], bids: BidSource
    ) -> None:
        super().__init__(seed=prepared.scenario.seed)
        self.prepared = prepared
        names = [home.name for home in prepared.population.homes]
        assigned = strategies_of_homes(prepared.streams, names, prepared.scenario.market.strategy)
        self.participants = Participants(prepared, assigned, prepared.forecast_wh)
        self.history = self.participants.history
        self.realised_wh: Ints = prepared.reading_wh
        self.prosumers = self._prosumers()
        self.venue = open_venue(self, prepared, self.prosumers, registrations, bids)
        self.last_gate: GateFigures | None = None
        self.datacollector = collector()
        self._agenda = deque(agenda(prepared))

    def step(self) -> None:
        """On to the next cleared gate; after the last one also through what remains to be settled."""
        target = self.history.gates_cleared + 1
        while self._agenda and (self.history.gates_cleared < target or target == self.prepared.gates):
            event = self._agenda.popleft()
            getattr(self, event.stage)(event.timestamp, event.gate)
        self.running = bool(self._agenda)

    # A gate ----------------------------------------------------------------------------------------------

    def register(self, timestamp: int, gate: int) -> None:
        """The utility registers new models, which this gate is the first to use."""
        self.venue.register(gate, timestamp)

    def commit(self, timestamp: int, gate: int) -> None:
        """The meter binds what homes will forecast from."""
        self.venue.commit(gate, timestamp)

    def submit(self, timestamp: int, gate: int) -> None:
        """Homes decide and order."""
        self.participants.accept(gate, self.venue.submit(gate, timestamp, self.participants.decide(gate)))

    def clear(self, timestamp: int, gate: int) -> None:
        """The market is cleared, and homes learn what came of their orders."""
        trades = self.venue.clear(gate, timestamp, partial(self.participants.requote, gate))
        self.participants.learn(gate, trades)
        self.last_gate = gate_figures(gate, self.history.orders_of(self.prepared.slots_of(gate)), trades)
        self.datacollector.collect(self)

    def void(self, timestamp: int, gate: int) -> None:
        """What nobody has cleared is void."""
        self.venue.void(gate, timestamp)

    def settle(self, timestamp: int, gate: int) -> None:
        """Meters are read, and deviations from the fills settled."""
        slots = self.prepared.slots_of(gate)
        realised_wh = self.realised_wh[:, slots]
        self.venue.settle(gate, timestamp, realised_wh, self.history.fill_wh[:, slots])
        self.participants.read_meters(gate, realised_wh)

    def _prosumers(self) -> list[Prosumer]:
        prepared, homes = self.prepared, self.prepared.population.homes
        return list(
            Prosumer.create_agents(
                self,
                len(homes),
                list(range(1, len(homes) + 1)),
                homes,
                [account(prepared.streams, home.name) for home in homes],
                prepared.forecasters.cluster_of_home,
                self.participants.traders,
            )
        )
