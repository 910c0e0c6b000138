"""Print and draw what an outsider learns under sealed orders, by settlement, community size and colluders.

    python -m scripts.measure_sealed_privacy results/reference/sealed_privacy [--seeds 3] [--jobs 2]

The street in June 2017, 30 days, with a linear model of full rank. Attackers learn from the street's fifteen
homes but the victim, before June: from their readings, and from their loads as readings of homes without a
generator. Five and thirty homes are resampled. Writes ``leaks.parquet``, what each attack misses of each
victim, goes on where it was stopped, and draws ``figures/leak_by_settlement.png``. Intervals are 95 %, over
seeds and homes, crossed.
"""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, fields
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sim.arrays import Floats
from sim.data.population import build_population
from sim.outputs.figures.style import (
    BLACK,
    BLUE,
    DPI,
    GREEN,
    GREY,
    ORANGE,
    VERMILLION,
    canvas,
    house_style,
)
from sim.privacy.exact_sums import bits_of_totals, bits_of_trade, model_sums
from sim.privacy.leak import MOST_HOMES, evenly
from sim.privacy.sealed import Terms, sealed_of
from sim.privacy.sealed_attack import Attack
from sim.privacy.sealed_leak import AVERAGE, BOUND, KNOWN, LABEL, UNKNOWN, WITH_TOTALS, errors_of
from sim.privacy.study import Prior, study_of
from sim.runtime.progress import Progress
from sim.runtime.store import open_store
from sim.schema.file import load_scenario
from sim.seeds import Streams
from sim.simulation.preparation import prepare
from sim.study.bootstrap import errors_and_intervals, seed_weights

STREET = Path(__file__).parents[1] / "scenarios" / "street.toml"
SETTINGS = (
    "proofs.policy=none",
    "chain.backend=none",
    "forecast.family=linear",
    "forecast.inputs=[]",
    "time.start=2017-06-01",
    "time.days=30",
)
FIRST_SEED, HOMES = 7, 15
WHOLE_RUN = 0
NAMES = {1: "a day", 7: "a week", 28: "28 days", WHOLE_RUN: "the run"}


@dataclass(frozen=True)
class Point:
    """What is varied: homes, days of a settlement period (WHOLE_RUN: all), what has a trade sum of its own,
    colluders, models.
    """

    homes: int = HOMES
    days: int = WHOLE_RUN
    trades_by_gate: bool = False
    colluding: int = 0
    training: str = "federated"


BY_DAYS = [Point(days=days) for days in NAMES]
BY_GATE = [Point(days=28, trades_by_gate=True)]
SIZES = [Point(homes=homes, days=days) for homes in (5, 30) for days in (1, WHOLE_RUN)]
COLLUDERS = [Point(days=28, colluding=colluding) for colluding in (HOMES - 2,)]
POINTS = BY_DAYS + BY_GATE + SIZES + COLLUDERS
COLUMNS: dict[str, Sequence[str]] = {
    "generator known": (LABEL,),
    "and totals": (WITH_TOTALS,),
    "and trade sums": [each for each in KNOWN if not each.startswith("all")],
    "and sums": KNOWN,
    "all, generator unknown": UNKNOWN,
    "bound by price": BOUND,
}


def main() -> None:
    """Measure, or read what was measured; print and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="a directory")
    parser.add_argument("--seeds", type=int, default=3, help=f"how many, from {FIRST_SEED} on")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    options = parser.parse_args()
    file, figure = options.out / "leaks.parquet", options.out / "figures" / "leak_by_settlement.png"
    figure.parent.mkdir(parents=True, exist_ok=True)
    seeds = range(FIRST_SEED, FIRST_SEED + options.seeds)
    measure([*product(POINTS, seeds)], file, options.jobs)
    leaks = pd.read_parquet(file)
    print_tables(leaks)
    print_integers(FIRST_SEED)
    draw(leaks, figure)


def measure(points: Sequence[tuple[Point, int]], file: Path, jobs: int) -> None:
    """Measure what the file does not have, and add it as it comes."""
    found = [pd.read_parquet(file)] if file.exists() else []
    names = [field.name for field in fields(Point)]
    there = set(found[0][[*names, "seed"]].itertuples(index=False, name=None)) if found else set()
    missing = [each for each in points if (*vars(each[0]).values(), each[1]) not in there]
    with ProcessPoolExecutor(jobs) as pool:
        for part in as_completed(pool.submit(measured, *each) for each in missing):
            found.append(pd.DataFrame(part.result()))
            pd.concat(found, ignore_index=True).to_parquet(file, index=False)


def measured(point: Point, seed: int) -> list[dict[str, Any]]:
    """What each attack misses of each victim, Wh^2."""
    settings = (*SETTINGS, f"seed={seed}", f"forecast.training={point.training}")
    street = load_scenario(STREET, (*settings, "population.pv_share=1"))
    if point.homes != HOMES:
        settings = (*settings, f"population.agents={point.homes}", "population.resampling=true")
    scenario = load_scenario(STREET, settings)
    prepared = prepare(scenario, Progress(quiet=True), store=open_store(scenario.proofs.store))
    sealed, held = sealed_of(prepared, Terms(point.days or None, point.trades_by_gate))
    study = study_of(prepared, sealed, build_population(street, Streams(seed)))
    if study is None:
        raise ValueError("June has a history")
    victims = evenly(prepared, MOST_HOMES).tolist()
    found = errors_of(sealed, held, study, victims, point.colluding)
    print(f"seed {seed}: {point}", file=sys.stderr, flush=True)
    return [
        {**vars(point), "seed": seed, "home": held.donors[victim], "victim": victim}
        | {"attack": attack, "error": float(error)}
        for attack, errors in found.items()
        for victim, error in zip(victims, errors, strict=True)
    ]


def errors_by(leaks: pd.DataFrame, point: Point) -> dict[str, Floats]:
    """By attack, what it misses: shape (seeds, victims)."""
    chosen = leaks[(leaks[list(vars(point))] == pd.Series(vars(point))).all(axis=1)]
    order = chosen.sort_values(["seed", "home", "victim"])
    seeds = order["seed"].nunique()
    return {str(name): part["error"].to_numpy().reshape(seeds, -1) for name, part in order.groupby("attack")}


def shares(errors: dict[str, Floats], attacks: Sequence[str]) -> Floats:
    """The best attack's share of the average day's errors, then by every replicate of the bootstrap."""
    above, below = errors[min(attacks, key=lambda name: float(errors[name].sum()))], errors[AVERAGE]
    by_seed, by_home = (
        seed_weights(count, Streams(0), name)
        for count, name in zip(above.shape, ("seeds", "homes"), strict=True)
    )
    missed, whole = (np.einsum("rs,sh,rh->r", by_seed, each, by_home) for each in (above, below))
    found: Floats = 1 - missed / whole
    return found


def interval(values: Floats) -> tuple[float, float, float]:
    """The value itself, and the ends of its 95 % interval."""
    _, low, high = errors_and_intervals(values[1:, None])
    return float(values[0]), float(low[0]), float(high[0])


def leak(leaks: pd.DataFrame, point: Point, attacks: Sequence[str]) -> tuple[float, float, float]:
    """The best attack's share, and its interval."""
    return interval(shares(errors_by(leaks, point), attacks))


def print_integers(seed: int, scales: Sequence[int] = (10, 14, 18)) -> None:
    """How far whole numbers are from saying more, and what lattices find; three models, by their scale.

    A home alone in its model against the outsider; and two homes of different models, if all others collude.
    """
    print(
        "| scale | bits left: trade sum of a gate | totals, three models | totals, two homes | gates solved |"
    )
    print("|---" * 5 + "|")
    for scale in scales:
        settings = (*SETTINGS, f"seed={seed}", "forecast.training=clustered", f"proofs.precision={scale}")
        scenario = load_scenario(STREET, settings)
        prepared = prepare(scenario, Progress(quiet=True), store=open_store(scenario.proofs.store))
        sealed, held = sealed_of(prepared, Terms(None))
        study, attack = study_of(prepared, sealed), Attack(sealed)
        if study is None:
            raise ValueError("June has a history")
        two = [int(np.flatnonzero(sealed.maps.of_home == model)[0]) for model in (0, 1)]
        prior, nobody = Prior(study.without(held.donors[two[0]]), 0.5), np.zeros(sealed.homes, dtype=np.bool_)
        others = ~np.isin(np.arange(sealed.homes), two)
        sums = model_sums(sealed, attack, prior, others, np.where(others[:, None], held.outputs, 0))
        truth = held.reading_wh[two][:, held.covered].reshape(2, -1, sealed.horizon)
        found = (sums if sums is not None else np.full((3, len(held.covered)), np.nan))[:2, held.covered]
        right = (found.reshape(truth.shape) == truth).all(axis=(0, 2)).mean()
        bits = (
            bits_of_trade(sealed, attack, prior, two[0]),
            bits_of_totals(sealed, attack, prior, nobody),
            bits_of_totals(sealed, attack, prior, others),
        )
        print(
            f"| 2^-{scale} Wh | {' | '.join(f'{each:.0f}' for each in bits)} | {100 * right:.0f} % |",
            flush=True,
        )


def print_tables(leaks: pd.DataFrame) -> None:
    """All points, one row each; what sums add is paired, and on how many of the homes they tell anything."""
    names = (
        "homes",
        "settled by",
        "trade sum of a",
        "models",
        "colluders",
        *COLUMNS,
        "sums add",
        "homes told of",
    )
    print(f"| {' | '.join(names)} |\n{'|---' * len(names)}|")
    for point in POINTS:
        errors = errors_by(leaks, point)
        found = [shares(errors, attacks) for attacks in COLUMNS.values()]
        found.append(shares(errors, KNOWN) - shares(errors, (WITH_TOTALS,)))
        told = errors[min(KNOWN, key=lambda name: float(errors[name].sum()))] < errors[WITH_TOTALS]
        mode, models = (
            "gate" if point.trades_by_gate else "period",
            "1" if point.training == "federated" else "3",
        )
        figures = " | ".join("{:.2f} ({:.2f} to {:.2f})".format(*interval(each)) for each in found)
        start = f"| {point.homes} | {NAMES[point.days]} | {mode} | {models} | {point.colluding} |"
        print(f"{start} {figures} | {100 * told.mean():.0f} % |")


def draw(leaks: pd.DataFrame, out: Path) -> None:
    """By settlement period, by community size and by colluders, with intervals."""
    seeds = ", ".join(map(str, sorted(set(leaks["seed"]))))
    summary = {
        "scenario": "street, June 2017",
        "seed": seeds,
        "proof_policy": "none",
        "chain_backend": "none",
    }
    with house_style():
        figure = canvas(
            "What totals and bills give away of a home's readings",
            "share of the readings' variance beyond an average day of other homes; bars: 95 % over seeds and "
            "homes; open orders of the same linear model give away 1.00",
            summary,
            3.9,
        )
        left, middle, right = figure.subplots(1, 3, sharey=True)
        _lines(left, leaks)
        _sizes(middle, leaks)
        _colluders(right, leaks)
        left.set_ylabel("leak share")
        left.set_ylim(0, 1)
        figure.savefig(out, dpi=DPI)


def _lines(axes: Axes, leaks: pd.DataFrame) -> None:
    axes.set_title(f"by settlement, {HOMES} homes")
    days, place = list(NAMES), np.arange(len(NAMES))
    series = (
        ("who has PV", BY_DAYS, COLUMNS["generator known"], GREY, "-"),
        ("and the totals", BY_DAYS, COLUMNS["and totals"], BLACK, "-"),
        ("and sums", BY_DAYS, COLUMNS["and sums"], BLUE, "o-"),
        ("all, PV unknown", BY_DAYS, COLUMNS["all, generator unknown"], GREEN, "^:"),
    )
    for shift, (label, points, attacks, colour, line) in enumerate(series):
        bars = line not in ("-",)
        _plot(
            axes,
            place + 0.05 * shift,
            [leak(leaks, each, attacks) for each in points],
            label,
            colour,
            line,
            bars,
        )
    by_gate = [leak(leaks, each, KNOWN) for each in BY_GATE]
    places = [days.index(each.days) + 0.2 for each in BY_GATE]
    _plot(axes, places, by_gate, "and sums, trades by gate", ORANGE, "s")
    axes.set_xticks(place, [NAMES[each] for each in days])
    axes.legend(loc="upper right", fontsize=7, ncols=2, columnspacing=1)


def _sizes(axes: Axes, leaks: pd.DataFrame) -> None:
    axes.set_title("by community size, PV known")
    sizes = (5, HOMES, 30)
    for shift, (days, colour) in enumerate(((1, VERMILLION), (WHOLE_RUN, BLUE))):
        found = [leak(leaks, Point(homes=homes, days=days), KNOWN) for homes in sizes]
        _plot(axes, np.arange(3) + 0.05 * shift, found, f"settlement period: {NAMES[days]}", colour, "o-")
    found = [leak(leaks, Point(homes=homes), (WITH_TOTALS,)) for homes in sizes]
    _plot(axes, np.arange(3) - 0.05, found, "PV and totals alone", BLACK, "s-")
    axes.set_xticks(np.arange(3), [f"{each} homes" for each in sizes])
    axes.legend(loc="upper right", fontsize=7.5)


def _colluders(axes: Axes, leaks: pd.DataFrame) -> None:
    axes.set_title(f"by colluders among {HOMES} homes, 28 days")
    points = [Point(days=28), *COLLUDERS]
    _plot(axes, np.arange(len(points)) - 0.05, [leak(leaks, each, (WITH_TOTALS,)) for each in points],
          "PV and totals alone", BLACK, "s-")  # fmt: skip
    _plot(axes, np.arange(len(points)), [leak(leaks, each, KNOWN) for each in points],
          "and sums", BLUE, "o-")  # fmt: skip
    axes.set_xticks(np.arange(len(points)), [str(each.colluding) for each in points])
    axes.legend(loc="lower right", fontsize=7.5)


def _plot(
    axes: Axes,
    x: Any,
    found: list[tuple[float, float, float]],
    label: str,
    colour: str,
    line: str,
    bars: bool = True,
) -> None:
    mean, low, high = np.array(found).T
    if not bars:
        axes.plot(x, mean, line, color=colour, label=label)
        return
    off = np.maximum(np.array([mean - low, high - mean]), 0)
    axes.errorbar(x, mean, off, fmt=line, color=colour, label=label, markersize=4, capsize=2, linewidth=1.2)


if __name__ == "__main__":
    main()
