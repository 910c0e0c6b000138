"""Which home is of which kind, where a scenario gives shares of the homes: a draw of each home's own name.

PV is dealt by a home's position (``sim.data.population.pv_choice``), so no other choice may have a pattern of
position: it would go with PV, or against it, the same way at every seed.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from sim.seeds import Streams

Kind = str | None


def deal(
    streams: Streams, stream: Sequence[str], homes: Sequence[str], shares: Mapping[Kind, Fraction]
) -> tuple[Kind, ...]:
    """Give each home a kind by its own draw from the stream that ``stream`` and its name call.

    Shares are in proportion and at least 0; the order of their keys changes nothing. In every prefix of the
    homes no kind has more homes than its share of them, rounded up; so smaller populations are the first of
    larger ones.

    With two kinds each also has its share rounded down at least, and every home is of a kind with exactly the
    probability of its share, wherever it stands. With more the probability varies with the position about the
    share; where shares are equal it does not.

    Homes do not keep their kind when a share grows: no order is so even that all its prefixes would hold all
    shares (van Aardenne-Ehrenfest, Proc. Kon. Ned. Akad. Wet. 52, 1949, 734-739).
    """
    given = {kind: shares[kind] for kind in sorted(shares, key=_last_is_none) if shares[kind]}
    if len(given) == 1:
        return tuple(given) * len(homes)
    whole = sum(given.values(), Fraction(0))
    counts = dict.fromkeys(given, 0)
    weight = _chance if len(given) == 2 else _lack
    dealt = []
    for number, home in enumerate(homes, start=1):
        weights = {kind: weight(share / whole, number, counts[kind]) for kind, share in given.items()}
        dealt.append(_drawn(Fraction(streams.generator(*stream, home).random()), weights))
        counts[dealt[-1]] += 1
    return tuple(dealt)


def drawn_order(streams: Streams, stream: Sequence[str], homes: Sequence[str]) -> list[int]:
    """The homes' positions by the size of what their names draw."""
    draws = [streams.generator(*stream, home).random() for home in homes]
    return sorted(range(len(homes)), key=draws.__getitem__)


def _last_is_none(kind: Kind) -> tuple[bool, str]:
    return kind is None, kind or ""


def _lack(share: Fraction, number: int, count: int) -> Fraction:
    """How many homes of a kind the first ``number`` lack, of which ``count`` are of it."""
    return max(share * number - count, Fraction(0))


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


def _drawn(draw: Fraction, weights: Mapping[Kind, Fraction]) -> Kind:
    """The kind at whose weight a draw from [0, 1) falls; some weight is positive."""
    left = draw * sum(weights.values(), Fraction(0))
    for kind, weight in weights.items():
        if left < weight:
            return kind
        left -= weight
    raise ValueError("weights should be positive and a draw below 1")
