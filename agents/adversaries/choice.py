"""Which homes cheat, and how."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from sim.preparation import Prepared
from sim.scenario_values import exact
from sim.seeds import Streams

Attack = str | None
"""The name of an attack; None is honest."""


def attacks_of(prepared: Prepared) -> tuple[Attack, ...]:
    """How each home of a run cheats."""
    names = [home.name for home in prepared.population.homes]
    return attacks_of_homes(prepared.streams, names, prepared.scenario.adversaries.homes)


def attacks_of_homes(
    streams: Streams, homes: Sequence[str], shares: Mapping[str, float]
) -> tuple[Attack, ...]:
    """Give each home an attack, or none, by a draw of its own name.

    Every prefix of the homes holds the shares as closely as whole homes can: no attack ever has more homes
    than its share, rounded up. A draw falls among the attacks (and honesty) in proportion to what they lack,
    so the choice is nested in the number of homes and has no pattern of position, as that of PV has.
    """
    wanted: dict[Attack, Fraction] = {name: exact(shares[name]) for name in sorted(shares)}
    wanted[None] = 1 - sum(wanted.values(), Fraction(0))
    counts: dict[Attack, int] = dict.fromkeys(wanted, 0)
    assigned = []
    for number, home in enumerate(homes, start=1):
        draw = Fraction(streams.generator("adversaries", "home", home).random())
        lacking = {name: max(share * number - counts[name], Fraction(0)) for name, share in wanted.items()}
        assigned.append(_drawn(draw, lacking))
        counts[assigned[-1]] += 1
    return tuple(assigned)


def _drawn(draw: Fraction, weights: Mapping[Attack, Fraction]) -> Attack:
    """The name at whose weight a draw from [0, 1) falls; some weight is positive."""
    left = draw * sum(weights.values(), Fraction(0))
    for name, weight in weights.items():
        if left < weight:
            return name
        left -= weight
    raise ValueError("weights should be positive and a draw below 1")
