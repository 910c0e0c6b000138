"""Which home is of which kind, where a scenario gives shares of the homes: a draw of each home's own name.

PV is dealt by a home's position (``sim.data.population.pv_choice``), so no other choice may have a pattern of
position: it would go with PV, or against it, the same way at every seed.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import accumulate

from sim.seeds import Streams

Kind = str | None


def assign_kinds(
    streams: Streams, stream: Sequence[str], homes: Sequence[str], shares: Mapping[Kind, Fraction]
) -> tuple[Kind, ...]:
    """Give each home a kind by draws of its own from the stream that ``stream`` and its name call.

    Shares are in proportion, at least 0 and not all 0; the order of their keys changes nothing. Every home is
    of a kind with exactly the probability of its share, wherever it stands.

    Kinds are dealt two at a time: the last by name (None before all) or one of the others; then, among the
    homes that fell to the others, the next; and so on. So with two kinds each has its share of every prefix
    of the homes, rounded up or down. With more a kind that n such deals decide is off its share by less than
    n homes: each deal adds less than one and passes on less than the whole of what those before it added.
    Smaller populations are the first of larger ones.

    Homes do not keep their kind when a share grows: no order is so even that all its prefixes would hold all
    shares (van Aardenne-Ehrenfest, Proc. Kon. Ned. Akad. Wet. 52, 1949, 734-739).
    """
    kinds = sorted((kind for kind, share in shares.items() if share), key=_last_is_none)
    up_to = list(accumulate(shares[kind] for kind in kinds))
    counts = [0] * len(kinds)  # of homes so far that fell to a kind or to one before it
    assigned = []
    for home in homes:
        draws = streams.generator(*stream, home)
        place = len(kinds) - 1
        counts[place] += 1
        while place:
            chance = _chance(up_to[place - 1] / up_to[place], counts[place], counts[place - 1])
            if draws.random() >= chance:
                break
            place -= 1
            counts[place] += 1
        assigned.append(kinds[place])
    return tuple(assigned)


def drawn_order(streams: Streams, stream: Sequence[str], homes: Sequence[str]) -> list[int]:
    """The homes' positions by the size of what their names draw."""
    draws = [streams.generator(*stream, home).random() for home in homes]
    return sorted(range(len(homes)), key=draws.__getitem__)


def _last_is_none(kind: Kind) -> tuple[bool, str]:
    return kind is None, kind or ""


def _chance(share: Fraction, number: int, count: int) -> Fraction:
    """The probability that a home is one of two kinds, where ``count`` of the ``number`` - 1 before it are.

    The only one that keeps the count at its share, rounded up or down, and the share at every position: the
    count is the upper of the two in as many cases as the share of the homes so far has a fraction.
    """
    before, after = share * (number - 1), share * number
    if count >= after:
        return Fraction(0)
    if count + 1 <= after:
        return Fraction(1)
    if count <= before:
        return (after - before) / (count + 1 - before)
    return (after - count) / (before - count + 1)
