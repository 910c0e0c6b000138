"""Print the tables of docs/threat-model.md: what verification stops, what nothing stops, what it is worth.

    python -m scripts.measure_trust [--seeds 5]

On the street scenario's homes, on books without a chain, seed by seed and home by home; $ over its two days.
"""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from scripts.trust.cases import (
    Wash,
    collusion_cases,
    limit_cases,
    meter_cases,
    phantom_cases,
    silence_cases,
    wash_cases,
    window_cases,
)
from scripts.trust.honest_run import HonestRun, honest_run
from sim.outputs.counterfactual import Counterfactual, Effect, voided
from sim.runtime.progress import Progress
from sim.schema.file import load_scenario
from sim.simulation.preparation import prepare
from sim.units import dollars, dollars_per_kwh, kwh

STREET = Path(__file__).parents[1] / "scenarios" / "street.toml"
NO_CHAIN = ("proofs.policy=none", "chain.backend=none")
FIRST_SEED = 7
CHEAP_RETAIL = "0.12"
CHEAP_HOMES = ("home-02", "home-04", "home-06", "home-08", "home-10", "home-13", "home-16")
"""Every second home of the data, in their order: half of the street at the cheaper tariff."""
EFFECT_COLUMNS = (
    "attackers gain, $",
    "of them gain",
    "honest homes lose, $",
    "homes worse off",
    "these lose, $",
    "the utility gains, $",
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=5, help=f"how many seeds, from {FIRST_SEED} on")
    seeds = range(FIRST_SEED, FIRST_SEED + parser.parse_args().seeds)
    cheap = [f"market.homes.{name}.retail={CHEAP_RETAIL}" for name in CHEAP_HOMES]
    common, differing = [street(seed) for seed in seeds], [street(seed, cheap) for seed in seeds]
    print_setting({"common": common, "differing": differing})
    print_phantoms("common", phantom_cases(common))
    print_phantoms("differing", phantom_cases(differing))
    print_effects("what the meter posts, common tariffs", meter_cases(common))
    print_effects("windows the meter doctors, common tariffs", window_cases(common))
    print_effects("a meter and a home make phantom sales, common tariffs", collusion_cases(common))
    print_effects("a meter and a home make phantom sales, differing tariffs", collusion_cases(differing))
    print_effects("limits, common tariffs", limit_cases(common))
    print_washes(wash_cases(common))
    print_effects("silence, common tariffs", silence_cases(common))


def street(seed: int, settings: Sequence[str] = ()) -> HonestRun:
    """Train, forecast, and hold the market once."""
    scenario = load_scenario(STREET, [*NO_CHAIN, f"seed={seed}", *settings])
    return honest_run(prepare(scenario, Progress(quiet=True)))


def print_setting(settings: Mapping[str, Sequence[HonestRun]]) -> None:
    """What the effects are to be compared with."""
    rows = {
        label: [
            spread([dollars(run.money.takings_nano) for run in runs]),
            spread([dollars(saving_nano(run)) for run in runs]),
            spread([kwh(int(run.trades.traded_wh.sum())) for run in runs], 1),
        ]
        for label, runs in settings.items()
    }
    print_table("the honest runs", ("community bill, $", "saved by the market, $", "traded, kWh"), rows)


def saving_nano(run: HonestRun) -> int:
    """What the homes together would lose without trade."""
    nothing = voided(run.trades, np.ones_like(run.trades.price, dtype=np.bool_))
    return run.effect_of(nothing, []).honest_loss_nano


def print_effects(title: str, cases: Mapping[str, Iterable[Effect]]) -> None:
    """Who gains and who loses."""
    print_table(title, EFFECT_COLUMNS, {label: effect_columns(list(found)) for label, found in cases.items()})


def print_phantoms(tariffs: str, cases: Mapping[str, Iterable[Counterfactual]]) -> None:
    """The same, and what the phantom energy itself brings."""

    def columns(found: Sequence[Counterfactual]) -> list[str]:
        sold = spread([kwh(one.phantom_wh) for one in found], 1)
        brought = spread([dollars(one.phantom_gain_nano) for one in found])
        return [*effect_columns([one.effect for one in found]), sold, brought]

    names = (*EFFECT_COLUMNS, "phantom kWh sold", "these bring, $")
    rows = {label: columns(list(found)) for label, found in cases.items()}
    print_table(
        f"phantom sellers and submissions counted twice, verification off, {tariffs} tariffs", names, rows
    )


def print_washes(cases: Mapping[str, Iterable[Wash]]) -> None:
    """The same, and what becomes of the price."""

    def columns(found: Sequence[Wash]) -> list[str]:
        own = spread([kwh(one.own_wh) for one in found], 1)
        shift = spread([dollars_per_kwh(one.price_shift_nano) for one in found], 4)
        return [*effect_columns([one.effect for one in found]), own, shift]

    names = (*EFFECT_COLUMNS, "bought from themselves, kWh", "mean price moves, $/kWh")
    rows = {label: columns(list(found)) for label, found in cases.items()}
    print_table("two homes of one owner price to trade with each other, common tariffs", names, rows)


def effect_columns(effects: Sequence[Effect]) -> list[str]:
    """As EFFECT_COLUMNS."""
    gains = [dollars(one.attackers_gain_nano) for one in effects]
    return [
        spread(gains),
        f"{np.mean([gain > 0 for gain in gains]):.0%}",
        spread([dollars(one.honest_loss_nano) for one in effects]),
        spread([one.honest_worse_off for one in effects], 0),
        spread([dollars(one.worse_off_loss_nano) for one in effects]),
        spread([dollars(one.utility_gain_nano) for one in effects]),
    ]


def print_table(title: str, columns: Sequence[str], rows: Mapping[str, Sequence[str]]) -> None:
    """A table in Markdown."""
    print(f"\n**{title}**\n\n|  | {' | '.join(columns)} |\n{'|---' * (len(columns) + 1)}|")
    for label, cells in rows.items():
        print(f"| {label} | {' | '.join(cells)} |")


def spread(values: Sequence[float], decimals: int = 2) -> str:
    """Mean, and least to most."""
    mean, least, most = (
        number(value, decimals) for value in (float(np.mean(values)), min(values), max(values))
    )
    return mean if least == most else f"{mean} ({least} to {most})"


def number(value: float, decimals: int) -> str:
    """Rounded, without a sign on zero."""
    return f"{round(value, decimals) + 0.0:.{decimals}f}"


if __name__ == "__main__":
    main()
