"""Kinds are dealt by names: shares in every prefix, no pattern of position; cheats in their shares."""

from collections import Counter, defaultdict
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.adversaries.assignment import attacks_of_homes
from agents.kinds import _chance, assign_kinds, drawn_order
from sim.data.population import build_population
from sim.errors import InputError
from sim.seeds import Streams
from sim.simulation.feasibility import check_feasible
from sim.simulation.preparation import prepare
from tests.runs import QUIET, scenario

# Kinds are dealt by names: shares in every prefix, no pattern of position, nothing in common with PV ------


NAMES = [f"home-{number:02d}" for number in range(40)]
HALF = Fraction(1, 2)


def assigned(shares: dict[str | None, Fraction], homes: int = 40, seed: int = 7) -> tuple[str | None, ...]:
    return assign_kinds(Streams(seed), ("test",), NAMES[:homes], shares)


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
    assert (Counter(kinds), kinds) == ({"a": 8, "b": 12, None: 20}, assigned(dict(reversed(shares.items()))))
    assert kinds != assigned(shares, seed=8)
    assert kinds != assign_kinds(Streams(7), ("other",), NAMES, shares)
    assert kinds != assign_kinds(Streams(7), ("test",), [f"other-{name}" for name in NAMES], shares)


def test_an_order_is_drawn_by_name_as_well() -> None:
    order = drawn_order(Streams(7), ("test",), NAMES)
    assert sorted(order) == list(range(40)) != order != drawn_order(Streams(8), ("test",), NAMES)
    backwards = drawn_order(Streams(7), ("test",), NAMES[::-1])
    assert [NAMES[::-1][place] for place in backwards] == [NAMES[place] for place in order]


# Which homes cheat: shares, nesting, and what the choice does not depend on -------------------------------


SHARES = {"phantom-seller": 0.1, "bit-flipper": 0.3}


def test_nobody_cheats_unless_told() -> None:
    assert attacks_of_homes(Streams(7), NAMES, {}) == (None,) * len(NAMES)
    assert attacks_of_homes(Streams(7), NAMES, {"bit-flipper": 0.0}) == (None,) * len(NAMES)


def test_all_may_cheat() -> None:
    assert set(attacks_of_homes(Streams(7), NAMES, {"bit-flipper": 1.0})) == {"bit-flipper"}


def test_shares_are_met_exactly_in_whatever_order_they_are_told() -> None:
    chosen = attacks_of_homes(Streams(7), NAMES, SHARES)
    assert Counter(chosen) == {None: 24, "phantom-seller": 4, "bit-flipper": 12}
    assert chosen == attacks_of_homes(Streams(7), NAMES, dict(reversed(SHARES.items())))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            ["adversaries.homes={phantom = 0.1}"],
            'no attack of homes is called "phantom": should be one of phantom-seller',
        ),
        (
            ["adversaries.homes={bit-flipper = 1.1}"],
            "shares of homes should be at least 0 and sum to at most 1",
        ),
        (
            ["adversaries.homes={bit-flipper = -0.1}"],
            "shares of homes should be at least 0 and sum to at most",
        ),
        (["adversaries.homes={bit-flipper = true}"], "should be a number"),
        (["adversaries.homes=0.1"], "adversaries.homes = 0.1: should be a table"),
        (["adversaries.operators=silent"], 'should be a list of attacks, as ["favours-a-friend"]'),
        (
            ['adversaries.operators=["sleepy"]'],
            'no attack of operators is called "sleepy": should be one of favours-a',
        ),
        (['adversaries.operators=["silent", "silent"]'], "should name each attack once"),
        (
            ["adversaries.homes={bit-flipper = 0.1}", "proofs.policy=none"],
            'under proofs.policy = "none" nothing',
        ),
        (['adversaries.operators=["silent"]', "proofs.policy=sample:0.5"], 'set it to "all"'),
        (
            ["adversaries.homes={bit-flipper = 0.1}", "proofs.policy=none", "chain.backend=none"],
            'and chain.backend to "py-evm" or "revm"',
        ),
    ],
)
def test_bad_adversaries_are_refused_in_one_sentence(settings: list[str], sentence: str) -> None:
    with pytest.raises(InputError) as refusal:
        scenario("tiny", *settings)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_share_of_nothing_needs_no_proofs() -> None:
    none = scenario("tiny", "adversaries.homes={bit-flipper = 0}", "proofs.policy=none")
    assert not none.adversaries.anybody
    assert scenario("tiny", "adversaries.homes={bit-flipper = 0.1}").adversaries.anybody


def test_too_many_attempts_for_a_gate_are_refused_before_anything_is_trained() -> None:
    """Or honest submissions would be mined when the gate has closed."""
    crowd = ("population.agents=200", "population.resampling=true", "forecast.history_days=8")
    all_run = scenario("tiny", *crowd, "adversaries.homes={front-runner = 1.0}")
    with pytest.raises(InputError, match=r"time.lead = 1: blocks have no room for 201 attempts of homes"):
        prepare(all_run, QUIET)
    few_run = scenario("tiny", *crowd, "adversaries.homes={front-runner = 0.2}")
    check_feasible(few_run, build_population(few_run, Streams(7)))
