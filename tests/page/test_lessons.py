"""The lessons say what one sees: every figure, every title, every control that they name."""

import ast
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from agents.adversaries import home_attacks
from sim.forecast.families import families
from sim.page.controls import POLICIES, other_strategies
from sim.page.perspective import Perspective, Viewer
from sim.page.timeline import Timeline
from sim.page.views.bills import bills
from sim.page.views.forecast_and_actual import forecast_and_actual
from sim.page.views.prices_and_volumes import prices_and_volumes
from sim.page.views.supply_and_demand import supply_and_demand
from sim.runtime.wording import money, price
from sim.schema.file import load_scenario
from sim.units import NANO, WH_PER_KWH, dollars, dollars_per_kwh, kwh
from tests.page.lessons import (
    CLEARING,
    FOLDER,
    FORECASTS,
    LESSONS,
    PROOFS,
    amounts,
    bold,
    lesson_timeline,
    places,
    quoted,
    table,
    text,
    title,
)
from tests.runs import ROOT

PAGE = ROOT / "sim" / "page"
SOURCES = (PAGE / "app.py", *(PAGE / "panels").glob("*.py"))
"""Where names of tabs, controls and buttons stand."""
ALL_SEEN = Perspective(Viewer.EVERYTHING, 0)


def literals(source: Path) -> set[str]:
    """All text in a module, as it is and in small letters: buttons are shown in capitals."""
    nodes = ast.walk(ast.parse(source.read_text(encoding="utf-8")))
    found = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return found | {words.lower() for words in found}


def saved(timeline: Timeline, slots: int | None = None, home: str | None = None) -> int:
    """What the market has saved homes in nano-$ after some slots, as the page counts it."""
    rows = slice(None) if home is None else [timeline.homes.index(home)]
    return int((timeline.bill_without - timeline.bill)[rows, :slots].sum())


# What all lessons keep to ------------------------------------------------------------------------------


def test_what_is_pressed_or_chosen_is_on_the_page_under_that_name() -> None:
    shown = {*home_attacks.names, *families.names, *POLICIES, *(viewer.value for viewer in Viewer)}
    shown |= {f"{name} homes, %" for name in other_strategies()}
    shown |= set().union(*(literals(source) for source in SOURCES))
    for path in LESSONS:
        assert bold(path), path
        assert bold(path) <= shown, (path.name, bold(path) - shown)


@pytest.mark.parametrize("path", [*LESSONS, FOLDER / "README.md"], ids=lambda path: path.stem)
def test_commands_name_scenarios_and_settings_that_load(path: Path) -> None:
    commands = re.findall(r"zkpet (?:page|run) (scenarios/[^`]+?)(?:`|  |\n| ##)", text(path) + "\n")
    assert commands or path.stem == "README"
    for command in commands:
        file, *rest = shlex.split(command)
        assert rest[::2] == ["--set"] * len(rest[::2])
        load_scenario(ROOT / file, rest[1::2])


def test_files_that_texts_and_scenarios_name_are_there() -> None:
    for path in [*LESSONS, FOLDER / "README.md"]:
        content = path.read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([^)]+)\)", content):
            assert (FOLDER / link).is_file(), (path.name, link)
        for file in re.findall(r"scenarios/[\w-]+\.toml", content):
            assert (ROOT / file).is_file(), (path.name, file)
    for number, path in enumerate(LESSONS, start=1):
        scene = (ROOT / "scenarios" / f"lesson-{number}.toml").read_text(encoding="utf-8")
        assert f"docs/lessons/{path.name}" in scene
        assert f"scenarios/lesson-{number}.toml" in text(path)


@pytest.mark.parametrize(
    ("path", "named"),
    [
        (CLEARING, {"slot 8", "07:00", "18:00", "slot 13", "slot 14", "slot 15", "home-07"}),
        (FORECASTS, {"slot 10", "slot 11", "10:00", "slot 35", "02:00", "home-07"}),
        (PROOFS, {"slot 13", "home-10", "home-09", "home-03"}),
    ],
    ids=lambda value: value.stem if isinstance(value, Path) else "",
)
def test_texts_name_the_slots_and_homes_that_are_looked_at_below(path: Path, named: set[str]) -> None:
    assert places(path) == named


# 1: what clears a market -------------------------------------------------------------------------------


def test_clearing_quotes_what_the_figures_say() -> None:
    random, truthful = lesson_timeline(1), lesson_timeline(1, other_percent=100)
    last = random.slots - 1
    assert quoted(CLEARING) == {
        *(title(supply_and_demand(timeline, 13)) for timeline in (random, truthful)),
        *(title(prices_and_volumes(timeline, last)) for timeline in (random, truthful)),
        *(title(bills(timeline, last, ALL_SEEN)) for timeline in (random, truthful)),
    }


def test_clearing_names_the_prices_and_sums_of_its_run() -> None:
    random, truthful = lesson_timeline(1), lesson_timeline(1, other_percent=100)
    book, fill_wh = random.book(13), random.fill_wh[:, 13]
    filled_bid = book.limit_price[fill_wh > 0].min()
    filled_ask = book.limit_price[fill_wh < 0].max()
    unfilled_bid = book.limit_price[(book.quantity_wh > 0) & (fill_wh == 0)].max()
    assert random.price[13] == (filled_bid + filled_ask) // 2
    retail, feed_in = (
        dollars_per_kwh(int(tariff.max())) for tariff in (random.outside.retail, random.outside.feed_in)
    )
    named = {price(int(limit)) for limit in (filled_bid, filled_ask, unfilled_bid)}
    sums = {money(saved(random)), money(saved(truthful)), money(-saved(random, home="home-07"))}
    tariffs = {f"${tariff:.2f}/kWh" for tariff in (retail, feed_in, (retail + feed_in) / 2)}
    assert amounts(CLEARING) == named | sums | tariffs | {f"${(retail - feed_in) / 2:.2f}"}
    losers = np.flatnonzero((random.bill_without - random.bill).sum(axis=1) < 0)
    assert [random.homes[row] for row in losers] == ["home-07"]


def test_clearing_tells_three_slots_apart() -> None:
    timeline = lesson_timeline(1)

    def row(slot: int) -> list[str]:
        bids, asks = (np.maximum(sign * timeline.quantity_wh[:, slot], 0).sum() for sign in (1, -1))
        traded = np.maximum(timeline.fill_wh[:, slot], 0).sum()
        energies = [f"{kwh(int(wh)):.2f}" for wh in (bids, asks, traded)]
        cleared_at = f"{dollars_per_kwh(int(timeline.price[slot])):.3f}"
        return [f"{slot + 1}", f"{timeline.time_of(slot):%H:%M}", *energies, cleared_at]

    assert table(CLEARING) == [row(slot) for slot in (12, 13, 14)]


def test_clearing_says_when_there_is_trade_and_that_truthful_homes_make_one_price() -> None:
    random, truthful = lesson_timeline(1), lesson_timeline(1, other_percent=100)
    traded = np.flatnonzero(random.fill_wh.any(axis=0))
    assert traded.tolist() == list(range(7, 18))
    assert [f"{random.time_of(slot):%H:%M}" for slot in (7, 18)] == ["07:00", "18:00"]
    assert set(truthful.price[truthful.price > 0].tolist()) == {140_000}
    assert np.array_equal(random.quantity_wh, truthful.quantity_wh)
    assert np.array_equal(truthful.fill_wh[:, 13].clip(0), truthful.quantity_wh[:, 13].clip(0))


# 2: why a bad forecast costs money ---------------------------------------------------------------------


def test_forecasts_quote_what_the_figures_say() -> None:
    one, more, linear = (
        lesson_timeline(2),
        lesson_timeline(2, width=16),
        lesson_timeline(2, width=16, family="linear"),
    )
    home = Perspective(Viewer.EVERYTHING, one.homes.index("home-07"))
    assert quoted(FORECASTS) == {
        title(forecast_and_actual(more, 10, home)),
        *(title(forecast_and_actual(one, slot, home)) for slot in (10, 34)),
        *(title(bills(timeline, timeline.slots - 1, ALL_SEEN)) for timeline in (one, more, linear)),
    }


def test_forecasts_work_out_the_bill_of_an_hour() -> None:
    timeline = lesson_timeline(2)
    row, slot = timeline.homes.index("home-07"), 10
    sold_wh, net_wh = -int(timeline.fill_wh[row, slot]), int(timeline.net_wh[row, slot])
    got, bought_wh = sold_wh * int(timeline.price[slot]), sold_wh + net_wh
    paid = bought_wh * int(timeline.outside.retail[row, slot])
    assert paid - got == timeline.bill[row, slot]
    sums = (got, paid, timeline.bill[row, slot], timeline.bill_without[row, slot])
    savings = (saved(timeline, until, "home-07") for until in (10, 11))
    tariffs = {"$0.22/kWh", "$0.14/kWh", "$0.06/kWh"}
    a_kwh = {"$0.22", "$0.14", "$0.06", "$0.08", "1 kWh"}
    energies = {f"{sold_wh / WH_PER_KWH:.2f} kWh", f"{bought_wh / WH_PER_KWH:.2f} kWh"}
    named = {money(int(each)) for each in (*sums, *savings)}
    assert amounts(FORECASTS) == named | tariffs | a_kwh | energies


def test_forecasts_compare_errors_with_savings() -> None:
    timelines = [
        lesson_timeline(2),
        lesson_timeline(2, width=16),
        lesson_timeline(2, width=16, family="linear"),
    ]
    errors_wh = (np.abs(each.forecast_wh - each.net_wh).mean() for each in timelines)
    rows = [
        [f"{wh:.0f}", f"{dollars(saved(each)):.2f}"] for wh, each in zip(errors_wh, timelines, strict=True)
    ]
    bought, sold = (np.maximum(sign * timelines[0].net_wh, 0).sum(axis=0) for sign in (1, -1))
    perfect = 2 * np.minimum(bought, sold).sum() * 80_000 / NANO  # half the gap of the tariffs on either side
    assert [row[1:] for row in table(FORECASTS)] == [*rows, ["0", f"{perfect:.2f}"]]


def test_one_neuron_forecasts_the_same_day_twice_and_errors_at_night_cost_nothing() -> None:
    one, more = lesson_timeline(2), lesson_timeline(2, width=16)
    row = one.homes.index("home-07")
    assert np.array_equal(one.forecast_wh[row, :24], one.forecast_wh[row, 24:])
    assert not np.array_equal(more.forecast_wh[row, :24], more.forecast_wh[row, 24:])
    for timeline in (one, more):
        assert not timeline.fill_wh[:, [2, 26]].any()
        assert np.array_equal(timeline.bill[:, [2, 26]], timeline.bill_without[:, [2, 26]])
