"""The lessons say what one sees: every figure and title is that of its run."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from sim.outputs.outcome import Outcome
from sim.outputs.tables import tables_of
from sim.page.attack_sandbox import AttackSandbox
from sim.page.attempt import Attempt
from sim.page.comparison import cleared_by, gains_in
from sim.page.controls import checked, controls_of, scenario_with
from sim.page.panels.cheat_panel import verdict
from sim.page.taken_over import Answer, TakenOver
from sim.page.timeline import Perspective, Timeline, Viewer, timeline_of
from sim.page.views.homes import bills, forecast_and_actual
from sim.page.views.market import prices_and_volumes, supply_and_demand
from sim.page.views.neighbourhood import neighbourhood
from sim.page.views.sealed import sealed_slot
from sim.page.views.taken_over import bills_so_far
from sim.page.worker import timeline_so_far
from sim.privacy.leak import leak_of
from sim.proofs.srs import load_srs
from sim.runtime.store import open_store
from sim.runtime.wording import money, price
from sim.schema.scenario import Scenario
from sim.simulation.run import OpenMarket, open_market, simulate
from sim.tables.runs import read_by
from sim.units import NANO, WH_PER_KWH, dollars, dollars_per_kwh, kwh
from tests.page.scenes import taking_over
from tests.runs import QUIET, ROOT, scenario

pytestmark = [pytest.mark.slow, pytest.mark.long]

# The lessons' texts, taken apart, and the runs that they speak of -----------------------------------------


FOLDER = ROOT / "docs" / "lessons"
LESSONS = sorted(FOLDER.glob("[0-9]-*.md"))
CLEARING, FORECASTS, PROOFS, INCENTIVES, MECHANISMS, SUMS = LESSONS
_AMOUNT = re.compile(r"[-+]?(?:\$\d[\d,]*(?:\.\d+)?(?:/kWh)?|\d[\d,]*(?:\.\d+)? kWh)(?!\w)")


def text(path: Path) -> str:
    """A lesson in one line; its tables are left out."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return " ".join(" ".join(line for line in lines if not line.strip().startswith("|")).split())


def quoted(path: Path) -> set[str]:
    """Titles of figures that the text quotes."""
    return set(re.findall("“([^”]+)”", text(path)))


def amounts(path: Path) -> set[str]:
    """All amounts of money, energy and price in the text, but for quoted titles and tables."""
    return set(_AMOUNT.findall(re.sub("“[^”]+”", "", text(path))))


def table(path: Path, number: int = 0) -> list[list[str]]:
    """The cells of one of a lesson's tables, without its head."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    whole = [list(rows) for is_table, rows in groupby(lines, lambda line: line.startswith("|")) if is_table]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in whole[number][2:]]


def title(figure: Figure) -> str:
    """What a figure says on top."""
    return str(figure.get_suptitle())


def lesson_scenario(number: int, *settings: str, **controls: Any) -> Scenario:
    """A lesson's scenario, after some of the page's controls were changed."""
    base = scenario(f"lesson-{number}", *settings)
    return scenario_with(base, replace(controls_of(base), **controls))


@cache
def lesson_outcome(number: int, **controls: Any) -> Outcome:
    """A lesson's run: without proofs and chain, which change nothing of the market."""
    found = lesson_scenario(number, 'proofs.policy="none"', 'chain.backend="none"', **controls)
    return simulate(found, load_srs(), 1, QUIET, store=open_store(found.proofs.store))


@cache
def lesson_timeline(number: int, **controls: Any) -> Timeline:
    """The timeline of a lesson's run."""
    outcome = lesson_outcome(number, **controls)
    scene = outcome.prepared.scenario
    return timeline_of(scene, tables_of(outcome, read_by("page", sealed=scene.market.sealed)))


# The lessons say what one sees: every figure, every title, every control that they name -------------------


ALL_SEEN = Perspective(Viewer.EVERYTHING, 0)


def saved(timeline: Timeline, slots: int | None = None, home: str | None = None) -> int:
    """What the market has saved homes in nano-$ after some slots, as the page counts it."""
    rows = slice(None) if home is None else [timeline.homes.index(home)]
    return int((timeline.bill_without - timeline.bill)[rows, :slots].sum())


# 1: what clears a market -------------------------------------------------------------------------------


def test_clearing_quotes_what_the_figures_say() -> None:
    random, truthful = lesson_timeline(1), lesson_timeline(1, shares=(("truthful", 100),))
    last = random.slots - 1
    assert quoted(CLEARING) == {
        *(title(supply_and_demand(timeline, 13)) for timeline in (random, truthful)),
        *(title(prices_and_volumes(timeline, last)) for timeline in (random, truthful)),
        *(title(bills(timeline, last, ALL_SEEN)) for timeline in (random, truthful)),
    }


def test_clearing_names_the_prices_and_sums_of_its_run() -> None:
    random, truthful = lesson_timeline(1), lesson_timeline(1, shares=(("truthful", 100),))
    book, fill_wh = random.book(13), random.fill_wh[:, 13]
    filled_bid = book.limit_price[fill_wh > 0].min()
    filled_ask = book.limit_price[fill_wh < 0].max()
    unfilled_bid = book.limit_price[(book.quantity_wh > 0) & (fill_wh == 0)].max()
    assert random.price[13] == filled_ask
    retail, feed_in = (
        dollars_per_kwh(int(tariff.max())) for tariff in (random.outside.retail, random.outside.feed_in)
    )
    named = {price(int(limit)) for limit in (filled_bid, filled_ask, unfilled_bid)}
    sums = {money(saved(random)), money(saved(truthful)), money(-saved(random, home="home-07"))}
    tariffs = {f"${tariff:.2f}/kWh" for tariff in (retail, feed_in)}
    assert amounts(CLEARING) == named | sums | tariffs | {f"${retail - feed_in:.2f}"}
    bid_wh, ask_wh = (np.maximum(side * truthful.quantity_wh, 0).sum(axis=0) for side in (1, -1))
    traded = truthful.price > 0
    assert (truthful.price[traded] == np.where(ask_wh > bid_wh, 60_000, 220_000)[traded]).all()
    long = np.flatnonzero(ask_wh > bid_wh)
    assert (truthful.time_of(int(long[0])).hour, truthful.time_of(int(long[-1])).hour, len(long)) == (
        10,
        15,
        6,
    )
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


# 4: what a home gains by its limits --------------------------------------------------------------------


HOME_11, TRUE, SHADED = 5, 220_000, 160_000


@cache
def bidding(mechanism: str, bid: int) -> tuple[Timeline, TakenOver]:
    """Lesson 4 with home-11 taken over, which bids the same at both gates."""
    scene = lesson_scenario(4, 'chain.backend="none"', mechanism=mechanism)
    _, timeline, taken = taking_over(scene, lambda asked: Answer(asked.gate, (bid, 0)), HOME_11)
    assert taken.name == "home-11"
    return timeline, taken


def paid(mechanism: str, bid: int) -> int:
    """Its bill of the day, nano-$."""
    timeline, taken = bidding(mechanism, bid)
    return int(taken.bills(timeline)[0].sum())


def test_incentives_quote_what_the_figures_say() -> None:
    played = [bidding("average", bid) for bid in (TRUE, SHADED)]
    last = played[0][0].slots - 1
    assert quoted(INCENTIVES) == {
        *(title(bills_so_far(*each)) for each in played),
        *(title(bills(timeline, last, ALL_SEEN)) for timeline, _ in played),
    }


def test_incentives_compare_bills_by_bid_and_mechanism() -> None:
    told = table(INCENTIVES)
    bids = [round(float(row[0]) * 1e6) for row in told]
    found = {name: [paid(name, bid) for bid in bids] for name in ("average", "uniform", "mcafee")}
    assert bids[0] == TRUE
    columns = [[f"{dollars(bill):.3f}" for bill in each] for each in found.values()]
    assert [row[1:] for row in told] == [list(row) for row in zip(*columns, strict=True)]
    best = {name: bids[int(np.argmin(each))] for name, each in found.items()}
    assert best == {"average": SHADED, "uniform": 180_000, "mcafee": TRUE}


def test_incentives_name_the_prices_and_sums_of_their_runs() -> None:
    true, shaded = (bidding("average", bid)[0] for bid in (TRUE, SHADED))
    gains = {
        name: paid(name, TRUE) - min(paid(name, bid) for bid in (180_000, SHADED))
        for name in ("average", "uniform")
    }
    sums = {
        *map(money, gains.values()),
        money(saved(true) - saved(shaded)),
        money(saved(bidding("mcafee", TRUE)[0])),
        money(saved(bidding("uniform", TRUE)[0])),
    }
    prices = {price(int(each.price[15])) for each in (true, shaded)}
    assert amounts(INCENTIVES) == sums | prices | {"$0.22/kWh", "$0.06/kWh"}
    assert true.fill_wh[HOME_11, 15] > 0
    assert shaded.limit_price[HOME_11, 15] == shaded.limit_price[shaded.fill_wh[:, 15] > 0, 15].min()


# 5: the same orders under other rules ------------------------------------------------------------------


def under(name: str, **controls: Any) -> Timeline:
    """Lesson 5's orders under a mechanism."""
    run = lesson_timeline(5, **controls)
    return run if name == "uniform" else cleared_by(run, name)


def of_the_most(timeline: Timeline) -> str:
    share = gains_in(timeline, slice(timeline.slots)).share
    assert share is not None
    return f"{100 * share:.0f}"


def test_mechanisms_quote_what_the_figures_say() -> None:
    names = ("uniform", "average", "pay-as-bid", "mcafee", "mid-market")
    assert quoted(MECHANISMS) == {title(supply_and_demand(under(name), 10)) for name in names}


def test_mechanisms_compare_gains_and_owners() -> None:
    def row(name: str) -> list[str]:
        timeline = under(name)
        gains = gains_in(timeline, slice(timeline.slots))
        sums = [f"{dollars(nano):.3f}" for nano in (gains.buyers, gains.sellers, gains.utility)]
        return [name, f"{kwh(gains.traded_wh):.2f}", *sums, of_the_most(timeline)]

    told = table(MECHANISMS)
    assert told == [row(name) for name, *_ in told]
    left = {name: (sellers, over) for name, _, _, sellers, over, _ in told}
    assert left["bill-sharing"][0] == "-2.037"
    sums = {f"${left[name][1]}" for name in ("pay-as-bid", "mcafee")}
    assert amounts(MECHANISMS) == {*sums, "$2.037"}


def test_mechanisms_compare_sizes_of_communities() -> None:
    def row(homes: int) -> list[str]:
        return [f"{homes}", *(of_the_most(under(name, homes=homes)) for name in ("uniform", "mcafee"))]

    assert table(MECHANISMS, 1) == [row(homes) for homes in (15, 30, 60)]


# The lesson on proofs says what one sees: what neighbours see, what is refused, and by which line ---------


def test_proofs_quote_what_the_figures_say() -> None:
    mlp, linear = lesson_timeline(3), lesson_timeline(3, family="linear")
    row = mlp.homes.index("home-10")
    neighbours, home = Perspective(Viewer.NEIGHBOURS, row), Perspective(Viewer.HOME, row)
    assert quoted(PROOFS) == {
        title(bills(mlp, 12, neighbours)),
        title(forecast_and_actual(mlp, 12, neighbours)),
        title(forecast_and_actual(mlp, 12, home)),
        title(forecast_and_actual(linear, 12, neighbours)),
    }


def test_a_linear_model_gives_all_away_and_the_default_less() -> None:
    shares = [
        leak_of(each.prepared, each.trades)
        for each in (lesson_outcome(3, family="linear"), lesson_outcome(3))
    ]
    named = [f"{leak.share:.2f}" for leak in shares if leak]
    assert f"{named[0]} for the linear model, and for the mlp {named[1]} on this day" in text(PROOFS)
    percent = [f"{100 * leak.share:.0f} %" for leak in reversed(shares) if leak]
    assert re.findall(r"\d+ %", text(PROOFS)) == percent


def opened(scene: Scenario) -> AbstractContextManager[OpenMarket]:
    return open_market(scene, load_srs(), 1, QUIET, store=open_store(scene.proofs.store))


@pytest.fixture(scope="module")
def proving() -> Iterator[OpenMarket]:
    """The lesson's own market with its four proofs, cleared."""
    with opened(lesson_scenario(3)) as market:
        market.step()
        yield market


def tried(market: OpenMarket, attack: str) -> Attempt:
    """By home-09, as the lesson has it."""
    return AttackSandbox(market).attempt(attack, lesson_timeline(3).homes.index("home-09"), 0)


def said(attempt: Attempt) -> str:
    """The heading under which the page says what came of an attempt."""
    found = re.search("<h3>(.*?)</h3>", verdict(attempt))
    assert found
    return found[1]


def test_cheats_are_told_what_the_lesson_says(proving: OpenMarket) -> None:
    for name, comes, line in table(PROOFS):
        attempt = tried(proving, name.strip("*"))
        assert said(attempt) == comes
        refusing = [each.text.strip() for each in attempt.excerpt if each.refused]
        assert refusing == ([] if line == "none" else [line.strip("`")]), name


def test_four_proofs_are_as_long_as_the_lesson_says(proving: OpenMarket) -> None:
    made = timeline_so_far(proving).proofs
    assert (len(made), int(made["on_chain"].sum())) == (4, 4)
    assert f"4 proofs made, 4 verified on chain, {made['bytes'].max():,} bytes each" in text(PROOFS)


def test_the_wash_trader_changes_nothing_but_prices(proving: OpenMarket) -> None:
    changes = tried(proving, "wash-trader").changes
    assert changes
    assert all(change.tried_wh == change.honest_wh for change in changes)
    (shown,) = [change for change in changes if change.slot == 12]
    homes = lesson_timeline(3).homes
    assert homes[homes.index("home-09") + 1] == "home-03"
    prices = (shown.tried_price, shown.honest_price)
    assert amounts(PROOFS) == {price(tried) for tried in prices}


# 6: what a sum hides -----------------------------------------------------------------------------------

HOME_10, NOON, MIDNIGHT = 0, 12, 23


def test_sums_quote_what_the_figures_say() -> None:
    timeline = lesson_timeline(6)
    assert (timeline.homes[HOME_10], timeline.homes[1]) == ("home-10", "home-09")
    neighbours = Perspective(Viewer.NEIGHBOURS, 1)
    assert quoted(SUMS) == {
        title(sealed_slot(timeline, NOON)),
        title(neighbourhood(timeline, NOON)),
        title(forecast_and_actual(timeline, MIDNIGHT, neighbours)),
        title(bills(timeline, MIDNIGHT, neighbours)),
    }
    (refused,) = {checked(lesson_scenario(6), replace(controls_of(lesson_scenario(6)), homes=2), 1)}
    assert str(refused).endswith("at least 3")


def test_sums_tell_what_a_home_and_its_bill_give_away() -> None:
    timeline = lesson_timeline(6)
    assert timeline.sealed
    own_wh, sum_wh = -int(timeline.quantity_wh[HOME_10, NOON]), -timeline.sealed.total_wh[NOON]
    tariffs = {"$0.22/kWh", "$0.06/kWh"}
    assert amounts(SUMS) == {f"{own_wh / 1000:.2f} kWh", f"{(sum_wh - own_wh) / 1000:.2f} kWh"} | tariffs
    billed, until = timeline.sealed.posted(MIDNIGHT)
    took_wh = timeline.net_wh[:, :until].sum(axis=1)
    rows = [
        [
            home,
            "PV" if has_pv else "",
            f"{dollars(bill):.2f}",
            f"{dollars(bill) / 0.22:.1f}",
            f"{kwh(int(wh)):.1f}",
        ]
        for home, has_pv, bill, wh in zip(
            timeline.homes, timeline.has_pv, billed.tolist(), took_wh, strict=True
        )
    ]
    assert table(SUMS) == sorted(rows, key=lambda row: row[1])
    apart = [abs(float(row[3]) / float(row[4]) - 1) for row in rows if not row[1]]
    assert sum(each < 0.05 for each in apart) == 2
