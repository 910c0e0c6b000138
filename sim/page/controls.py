"""What a visitor may change about a scenario, and what a run with it would cost."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from agents.strategies import strategies
from sim.costs.estimate import START_S, Estimate, estimate, slowness_of_this_machine
from sim.data.population import as_run, build_population, homes_in_source
from sim.errors import InputError
from sim.market.tariffs import Tariff
from sim.schema.document import shown
from sim.schema.scenario import Scenario
from sim.schema.trading import Market
from sim.schema.values import exact
from sim.seeds import Streams
from sim.simulation.feasibility import check_feasible, check_trainable
from sim.simulation.notices import notices
from sim.units import NANO_PER_WH_PER_DOLLAR_PER_KWH

NOBODY = "nobody"
"""In place of an attack where all are honest."""
OPEN, SEALED = "open", "sealed"
POLICIES = ("all", "sample:0.2", "none")
Shares = tuple[tuple[str, int], ...]
"""Strategies, by name, with the share of the homes that have them: whole per cents that sum to 100."""
(DEFAULT_STRATEGY,) = Market().strategy
"""The strategy of homes that nothing gives another."""


@dataclass(frozen=True)
class Controls:
    """The controls; prices in $/kWh, None where they change in the day, as the scenario has them.

    Where words were typed that are no number, the words: the scenario refuses them, naming field and words.

    attack:           what cheats do, or NOBODY; cheats_percent: share of the homes that do
    """

    homes: int
    days: int
    clusters: int
    family: str
    width: int
    mechanism: str
    orders: str
    shares: Shares
    retail: float | str | None
    feed_in: float | str | None
    attack: str
    cheats_percent: int
    policy: str
    chain: str
    seed: int | str


def controls_of(scenario: Scenario) -> Controls:
    """The controls as a scenario has them. Raises InputError where its homes cannot be read."""
    cheats = max(scenario.adversaries.homes.items(), key=lambda each: each[1], default=(NOBODY, 0.0))
    return Controls(
        homes=scenario.population.agents or homes_in_source(scenario),
        days=scenario.time.days,
        clusters=scenario.forecast.clusters,
        family=scenario.forecast.family,
        width=scenario.forecast.hidden[0],
        mechanism=scenario.market.mechanism,
        orders=scenario.market.orders,
        shares=_in_percent(scenario.market.strategy, 100),
        retail=_flat(scenario.market.retail),
        feed_in=_flat(scenario.market.feed_in),
        attack=cheats[0],
        cheats_percent=round(100 * cheats[1]),
        policy=scenario.proofs.policy,
        chain=scenario.chain.backend,
        seed=scenario.seed,
    )


def with_share(now: Shares, base: Shares, name: str, percent: int) -> Shares:
    """So many per cent of the homes with a strategy; all others keep their proportions among each other.

    Where there are no others now, they are those of ``base``; where there are none either, the default one.
    """
    rest = [{other: share for other, share in each if share and other != name} for each in (now, base)]
    default = next(each for each in (DEFAULT_STRATEGY, *strategies.names) if each != name)
    others = _in_percent(rest[0] or rest[1] or {default: 1}, 100 - percent)
    return tuple(sorted((other, share) for other, share in (*others, (name, percent)) if share))


def _in_percent(weights: Mapping[str, float], percent: int) -> Shares:
    """So many per cent by weight: rounded down; what is over goes one each to the largest remainders."""
    whole = sum(map(exact, weights.values()))
    wanted = {name: percent * exact(weight) / whole for name, weight in weights.items()}
    shares = {name: int(share) for name, share in wanted.items()}
    for name in sorted(wanted, key=lambda name: shares[name] - wanted[name])[
        : percent - sum(shares.values())
    ]:
        shares[name] += 1
    return tuple(sorted((name, share) for name, share in shares.items() if share))


def scenario_with(base: Scenario, controls: Controls) -> Scenario:
    """The scenario with what the controls change; what they do not touch stays as it was.

    Raises InputError, in one sentence, for what cannot be combined.
    """
    before = asdict(controls_of(base))
    changed = {name: value for name, value in asdict(controls).items() if value != before[name]}
    return base.changed(_fields(base, controls, set(changed)))


def _fields(base: Scenario, c: Controls, changed: set[str]) -> dict[str, Any]:
    """Value by field of everything that is not as it was."""
    resampling = base.population.resampling or c.homes > homes_in_source(base)
    shares = {name: Decimal(percent) / 100 for name, percent in c.shares}
    cheats = {c.attack: Decimal(c.cheats_percent) / 100} if c.attack != NOBODY and c.cheats_percent else {}
    by_control: dict[str, dict[str, Any]] = {
        "homes": {"population.agents": c.homes, "population.resampling": resampling},
        "days": {"time.days": c.days},
        "clusters": {"forecast.clusters": c.clusters},
        "family": {"forecast.family": c.family},
        "width": {"forecast.hidden": c.width},
        "mechanism": {"market.mechanism": c.mechanism},
        "orders": {"market.orders": c.orders},
        "shares": {"market.strategy": shares},
        "retail": {"market.retail": _price(c.retail, base.market.retail)},
        "feed_in": {"market.feed_in": _price(c.feed_in, base.market.feed_in)},
        "attack": {"adversaries.homes": cheats},
        "cheats_percent": {"adversaries.homes": cheats},
        "policy": {"proofs.policy": c.policy},
        "chain": {"chain.backend": c.chain},
        "seed": {"seed": c.seed},
    }
    return {
        field: value
        for name, fields in by_control.items()
        if name in changed
        for field, value in fields.items()
    }


def _flat(tariff: Tariff) -> float | None:
    return tariff.steps[0][1] / NANO_PER_WH_PER_DOLLAR_PER_KWH if len(tariff.steps) == 1 else None


def _price(price: float | str | None, before: Tariff) -> Any:
    if price is not None:
        return price if isinstance(price, str) else Decimal(str(price))
    return {
        f"{minute // 60:02d}:{minute % 60:02d}": Decimal(nano) / NANO_PER_WH_PER_DOLLAR_PER_KWH
        for minute, nano in before.steps
    }


def beyond_controls(scenario: Scenario) -> tuple[str, ...]:
    """What a scenario has that no control shows, or shows in part alone: fields, as a file has them."""
    controls, document = controls_of(scenario), scenario.document()
    shown_alone = scenario.changed(_fields(scenario, controls, set(asdict(controls))))
    partly = {
        ("forecast", "hidden"): shown_alone.forecast.hidden != scenario.forecast.hidden,
        ("market", "strategy"): shown_alone.market.strategy != scenario.market.strategy,
        ("market", "retail"): controls.retail is None,
        ("market", "feed_in"): controls.feed_in is None,
        ("adversaries", "homes"): shown_alone.adversaries.homes != scenario.adversaries.homes,
        ("adversaries", "operators"): bool(scenario.adversaries.operators),
    }
    return tuple(
        f"{section}.{key} = {shown(document[section][key])}"
        for (section, key), applies in partly.items()
        if applies
    )


@dataclass(frozen=True)
class Cost:
    """What a run would cost, at most: what was made before is not made again.

    homes, in_data: how many the run has, and how many the data have
    beyond:         what the scenario has that no control shows, as the file has it
    wall_s:         of ``expected``, without what the page need not do
    notices:        what is worth knowing of the run beforehand, sentences
    """

    scenario: Scenario
    homes: int
    in_data: int
    beyond: tuple[str, ...]
    expected: Estimate
    wall_s: float
    notices: tuple[str, ...]


def cost_of(scenario: Scenario, jobs: int) -> Cost:
    """What a run of the scenario would cost on this machine. Raises InputError where it cannot be run."""
    population = build_population(scenario, Streams(scenario.seed))
    scenario = as_run(scenario, population)
    check_feasible(scenario, population)
    check_trainable(scenario, population)
    expected = estimate(scenario, population, jobs, _slowness())
    wall_s = expected.wall_s - _slowness() * START_S  # nothing is imported or written for the page
    homes, in_data = len(population.homes), homes_in_source(scenario)
    beyond, worth_knowing = beyond_controls(scenario), tuple(notices(scenario, population))
    return Cost(scenario, homes, in_data, beyond, expected, wall_s, worth_knowing)


@cache
def _slowness() -> float:
    return slowness_of_this_machine()


def checked(base: Scenario, controls: Controls, jobs: int) -> Cost | str:
    """The controls' scenario with its cost, or the sentence that says why there is none."""
    try:
        return cost_of(scenario_with(base, controls), jobs)
    except InputError as error:
        return str(error)
