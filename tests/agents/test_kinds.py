"""Kinds are dealt by names: shares in every prefix, no pattern of position, nothing in common with PV."""

from collections import Counter, defaultdict
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.adversaries.assignment import attacks_of_homes
from agents.kinds import _chance, assign_kinds, drawn_order
from agents.traders import strategies_of_homes
from sim.data.population import home_order, pv_choice
from sim.data.resampling import resampled_names
from sim.seeds import Streams

NAMES = [f"home-{number:02d}" for number in range(40)]
HALF = Fraction(1, 2)
SEEDS, MANY = range(200), resampled_names(32)


def assigned(shares: dict[str | None, Fraction], homes: int = 40, seed: int = 7) -> tuple[str | None, ...]:
    return assign_kinds(Streams(seed), ("test",), NAMES[:homes], shares)


def test_a_share_of_all_or_of_none() -> None:
    assert assigned({"a": Fraction(1), None: Fraction(0)}) == ("a",) * 40
    assert assigned({"a": Fraction(0), None: Fraction(1)}) == (None,) * 40
    assert assigned({"a": HALF}) == ("a",) * 40


@given(st.integers(0, 2**31), st.integers(1, 40), st.lists(st.integers(0, 9), min_size=1, max_size=4))
def test_shares_hold_in_every_prefix(seed: int, homes: int, weights: list[int]) -> None:
    """Off by less than the number of deals that decide a kind: by rounding alone with two, 2 with three."""
    shares = {chr(ord("a") + i): Fraction(weight + (i == 0), 7) for i, weight in enumerate(weights)}
    whole, kinds = sum(shares.values()), assigned(shares, homes, seed)
    assert assigned(shares, homes + 5, seed)[:homes] == kinds
    given_any = [kind for kind, share in shares.items() if share]
    for count in range(1, homes + 1):
        counts = Counter(kinds[:count])
        assert counts.keys() <= set(given_any)
        for place, kind in enumerate(given_any):
            deals = len(given_any) - max(place, 1)
            assert abs(counts[kind] - shares[kind] / whole * count) < (deals or Fraction(1, 10**9))


class EveryDraw:
    """Stands in for the streams: answers draws by a script, then low, and multiplies their probabilities."""

    def __init__(self, script: tuple[bool, ...]) -> None:
        self.script, self.answers, self.probability = script, (), Fraction(1)

    def generator(self, *_: str) -> "EveryDraw":
        return self

    def random(self) -> "EveryDraw":
        return self

    def __ge__(self, chance: Fraction) -> bool:
        high = self.script[len(self.answers)] if len(self.answers) < len(self.script) else chance == 0
        self.answers += (high,)
        self.probability *= 1 - chance if high else chance
        return high


def all_deals(
    shares: dict[str | None, Fraction], homes: int
) -> list[tuple[tuple[str | None, ...], Fraction]]:
    """Every deal that can be, and its probability."""
    found, scripts = [], [()]
    while scripts:
        draws = EveryDraw(scripts.pop())
        kinds = assign_kinds(draws, ("test",), NAMES[:homes], shares)  # type: ignore[arg-type]
        if draws.probability:
            found.append((kinds, draws.probability))
            asked = range(len(draws.script), len(draws.answers))
            scripts += [(*draws.answers[:at], True) for at in asked if not draws.answers[at]]
    return found


@pytest.mark.parametrize(
    "shares",
    [
        {"a": Fraction(1, 4), "b": Fraction(1, 4), None: HALF},
        {"a": Fraction(1, 10), "b": Fraction(3, 10), None: Fraction(6, 10)},
        {"a": Fraction(1, 10), "b": Fraction(2, 10), "c": Fraction(3, 10), "d": Fraction(4, 10)},
    ],
)
def test_every_position_has_the_shares_as_its_probabilities(shares: dict[str | None, Fraction]) -> None:
    """Exactly, of all deals: so nothing that is dealt by position can go with any kind."""
    deals = all_deals(shares, 6)
    assert sum(probability for _, probability in deals) == 1
    assert len({kinds for kinds, _ in deals}) == len(deals)
    for place in range(6):
        chances: dict[str | None, Fraction] = defaultdict(Fraction)
        for kinds, probability in deals:
            chances[kinds[place]] += probability
        assert chances == shares


@pytest.mark.parametrize("share", [Fraction(1, 10), Fraction(3, 10), HALF, Fraction(6667, 10_000)])
def test_of_two_kinds_every_position_has_the_share_as_its_probability(share: Fraction) -> None:
    """Exactly, whatever the homes before: so nothing that is dealt by position can go with it."""
    counts = {0: Fraction(1)}  # how probable each count is
    for number in range(1, 41):
        after: dict[int, Fraction] = defaultdict(Fraction)
        chances = {count: _chance(share, number, count) for count in counts}
        assert sum(counts[count] * chances[count] for count in counts) == share
        for count, probability in counts.items():
            other = _chance(1 - share, number, number - 1 - count)
            assert chances[count] + other == 1
            after[count + 1] += probability * chances[count]
            after[count] += probability * other
        counts = {count: probability for count, probability in after.items() if probability}


def test_a_deal_is_by_seed_stream_and_name_and_not_by_the_order_of_the_table() -> None:
    shares: dict[str | None, Fraction] = {"a": Fraction(1, 5), "b": Fraction(3, 10), None: HALF}
    kinds = assigned(shares)
    assert Counter(kinds) == {"a": 8, "b": 12, None: 20}
    assert kinds == assigned(dict(reversed(shares.items())))
    assert kinds != assigned(shares, seed=8)
    assert kinds != assign_kinds(Streams(7), ("other",), NAMES, shares)
    assert kinds != assign_kinds(Streams(7), ("test",), [f"other-{name}" for name in NAMES], shares)


def test_an_order_is_drawn_by_name_as_well() -> None:
    order = drawn_order(Streams(7), ("test",), NAMES)
    assert sorted(order) == list(range(40)) != order != drawn_order(Streams(8), ("test",), NAMES)
    backwards = drawn_order(Streams(7), ("test",), NAMES[::-1])
    assert [NAMES[::-1][place] for place in backwards] == [NAMES[place] for place in order]


@cache
def truthful(seed: int) -> np.ndarray:
    strategies = strategies_of_homes(Streams(seed), MANY, {"zic": 0.5, "truthful": 0.5})
    return np.array([strategy == "truthful" for strategy in strategies])


@cache
def cheats(seed: int) -> np.ndarray:
    return np.array(
        [attack is not None for attack in attacks_of_homes(Streams(seed), MANY, {"bit-flipper": 0.5})]
    )


PV = np.array(pv_choice([True] * len(MANY), HALF))


@pytest.mark.parametrize(
    "agreements",
    [
        lambda seed: (truthful(seed) == PV).sum(),
        lambda seed: (cheats(seed) == PV).sum(),
        lambda seed: (cheats(seed) == truthful(seed)).sum(),
    ],
    ids=["strategies and PV", "cheats and PV", "cheats and strategies"],
)
def test_what_is_dealt_has_nothing_in_common(agreements) -> None:  # type: ignore[no-untyped-def]
    """Over 200 seeds of 32 homes, half and half: how many have both or neither.

    Each pair of neighbours agrees or disagrees as a whole, so a seed's count has mean 16 and standard
    deviation 4, and the mean of 200 one of 0.28. A correlation of 0.07 would shift it by 1.1, which is beyond
    three deviations with probability 0.83; one of 0.1 with 0.996. Were one dealt as the other, it would be 1.
    """
    found = np.array([agreements(seed) for seed in SEEDS])
    assert abs(found.mean() - 16) < 3 * 4 / 200**0.5
    assert 3.3 < found.std() < 4.7


def test_two_attacks_and_pv_have_nothing_in_common() -> None:
    """A quarter each, and PV for a quarter: of 8 homes with PV 2 have each attack and 4 none, on average.

    Were the 8 dealt apart, a mean over 200 seeds would have a standard deviation of at most 0.1.
    """
    with_pv = np.flatnonzero(pv_choice([True] * len(MANY), Fraction(1, 4)))
    counts: Counter[str | None] = Counter()
    for seed in SEEDS:
        attacks = attacks_of_homes(Streams(seed), MANY, {"bit-flipper": 0.25, "late-bidder": 0.25})
        counts.update(attacks[home] for home in with_pv)
    assert len(with_pv) == 8
    for attack, mean in (("bit-flipper", 2), ("late-bidder", 2), (None, 4)):
        assert abs(counts[attack] / 200 - mean) < 0.3


def test_on_a_street_the_table_of_strategies_and_pv_differs_from_seed_to_seed() -> None:
    tables = Counter()
    for seed in range(30):
        order = home_order(Streams(seed), 15)
        strategies = strategies_of_homes(
            Streams(seed), [NAMES[home] for home in order], {"zic": 0.5, "truthful": 0.5}
        )
        keeps_pv = pv_choice([True] * 15, Fraction("0.54"))
        tables[
            sum(pv and strategy == "truthful" for pv, strategy in zip(keeps_pv, strategies, strict=True))
        ] += 1
    assert len(tables) >= 4
    assert max(tables.values()) < 15
