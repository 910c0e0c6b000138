"""Which venue a scenario asks for."""

from collections.abc import Sequence

import mesa

from agents.prosumer import Prosumer
from sim.chain.market_client import ModelRegistration
from sim.chain.sealed_client import SealedRegistration
from sim.proofs.bids import BidSource
from sim.simulation.preparation import Prepared
from sim.venues.attacked import AttackedVenue
from sim.venues.base import Venue
from sim.venues.off_chain import OffChainVenue
from sim.venues.on_chain import OnChain
from sim.venues.sealed_off_chain import SealedOffChainVenue
from sim.venues.sealed_on_chain import SealedOnChain


def open_venue(
    world: mesa.Model,
    prepared: Prepared,
    prosumers: Sequence[Prosumer],
    registrations: Sequence[ModelRegistration],
    bids: BidSource,
) -> Venue:
    """The venue of a run; on a chain the community is founded."""
    sealed = prepared.scenario.market.sealed
    if not prepared.scenario.chain.executes:
        return SealedOffChainVenue(prepared) if sealed else OffChainVenue(prepared)
    if sealed:
        sealed_models = [each for each in registrations if isinstance(each, SealedRegistration)]
        return SealedOnChain(world, prepared, prosumers, sealed_models, bids)
    venue = AttackedVenue if prepared.scenario.adversaries.anybody else OnChain
    return venue(world, prepared, prosumers, registrations, bids)
