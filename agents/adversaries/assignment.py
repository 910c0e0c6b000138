"""Which homes cheat, and how."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from agents.kinds import assign_kinds
from sim.schema.values import exact
from sim.seeds import Streams

if TYPE_CHECKING:
    from sim.simulation.preparation import Prepared

Attack = str | None
"""The name of an attack; None is honest."""


def attacks_of(prepared: "Prepared") -> tuple[Attack, ...]:
    """How each home of a run cheats."""
    names = [home.name for home in prepared.population.homes]
    return attacks_of_homes(prepared.streams, names, prepared.scenario.adversaries.homes)


def attacks_of_homes(
    streams: Streams, homes: Sequence[str], shares: Mapping[str, float]
) -> tuple[Attack, ...]:
    """Deal attacks to shares of the homes; the others are honest."""
    wanted: dict[Attack, Fraction] = {name: exact(share) for name, share in shares.items()}
    wanted[None] = 1 - sum(wanted.values(), Fraction(0))
    return assign_kinds(streams, ("adversaries", "home"), homes, wanted)
