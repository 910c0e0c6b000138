"""What the neighbours see of sealed orders depends on no home's quantity."""

from dataclasses import replace

import numpy as np
import pytest

from sim.errors import InputError
from sim.market.clearing import Trades
from sim.outputs.run_directory import contents_of, write_run
from sim.outputs.tables import tables_of
from sim.page.comparison import gains_in
from sim.page.panels.views_panel import market_pictures
from sim.page.recorded import RecordedRun
from sim.page.timeline import Perspective, Timeline, Viewer, timeline_of
from sim.page.views.card import svg
from sim.page.views.homes import bills, forecast_and_actual
from sim.page.views.neighbourhood import neighbourhood
from sim.proofs.srs import load_srs
from sim.report.report import report_to_file
from tests.page.drawings import texts, title
from tests.report.page import Page
from tests.runs import SEALED, run, scenario

SLOT, HOME = 37, 1


@pytest.fixture(scope="module")
def outcome():
    settings = (
        "proofs.policy=none",
        *SEALED,
        "chain.backend=none",
        "time.days=2",
        "market.settlement_days=1",
    )
    return run(scenario("tiny", *settings, "population.agents=6"))


@pytest.fixture(scope="module")
def timeline(outcome) -> Timeline:
    return timeline_of(outcome.prepared.scenario, tables_of(outcome))


@pytest.fixture(scope="module")
def elsewhere(timeline) -> Timeline:
    """The same totals, prices and posted bills, of homes that ordered, traded and read something else."""
    rolled = {
        name: np.roll(getattr(timeline, name), 1, axis=0) for name in ("quantity_wh", "fill_wh", "payment")
    }
    bill = np.roll(timeline.sealed.bill, 1, axis=0)
    wh = {name: getattr(timeline, name) + 100 for name in ("net_wh", "forecast_wh")}
    return replace(timeline, **rolled, **wh, sealed=replace(timeline.sealed, bill=bill))


def seen(timeline: Timeline, viewer: Viewer) -> list[str]:
    who = Perspective(viewer, HOME)
    homes = [svg(view(timeline, SLOT, who)) for view in (bills, forecast_and_actual)]
    return [str(each) for each in (*market_pictures(timeline, SLOT, who), *homes)]


@pytest.mark.slow
def test_neighbours_see_nothing_of_a_quantity(timeline, elsewhere) -> None:
    assert seen(timeline, Viewer.NEIGHBOURS) == seen(elsewhere, Viewer.NEIGHBOURS)
    maps = {texts(neighbourhood(each, SLOT)) for each in (timeline, elsewhere)}
    assert len(maps) == 2  # whoever sees everything sees the difference


@pytest.mark.slow
def test_a_home_sees_its_own_and_nobody_else_s(timeline, elsewhere) -> None:
    def of_others(name: str):
        mixed = getattr(elsewhere, name).copy()
        mixed[HOME] = getattr(timeline, name)[HOME]
        return mixed

    names = ("quantity_wh", "fill_wh", "payment", "net_wh", "forecast_wh")
    bill = elsewhere.sealed.bill.copy()
    bill[HOME] = timeline.sealed.bill[HOME]
    sealed = replace(timeline.sealed, bill=bill)
    mixed = replace(timeline, **{name: of_others(name) for name in names}, sealed=sealed)
    assert seen(timeline, Viewer.HOME) == seen(mixed, Viewer.HOME)
    who = Perspective(Viewer.HOME, HOME)
    maps = {texts(neighbourhood(each, SLOT, who)) for each in (timeline, elsewhere)}
    assert len(maps) == 2  # its own is another


def test_bills_are_told_once_they_are_posted(timeline, outcome) -> None:
    neighbours = Perspective(Viewer.NEIGHBOURS, HOME)
    assert "not billed yet" in texts(bills(timeline, 22, neighbours))
    assert "not billed yet" not in texts(bills(timeline, 23, neighbours))
    billed, until = timeline.sealed.posted(SLOT)
    assert (until, billed.tolist()) == (24, outcome.sealed_books.bills[:, 0].tolist())
    assert timeline.sealed.posted(47)[0].tolist() == timeline.bill.sum(axis=1).tolist()


@pytest.mark.slow
def test_a_run_directory_opens_and_keeps_quantities_to_its_owner(timeline, outcome, tmp_path) -> None:
    write_run(tmp_path, contents_of(outcome, load_srs()))
    again = RecordedRun(tmp_path).state.timeline
    for name in ("total_wh", "price", "bill", "billed", "ends"):
        assert getattr(again.sealed, name).tolist() == getattr(timeline.sealed, name).tolist()
    report = Page(report_to_file(tmp_path))
    assert {"Day by day", "What only the homes know"} <= set(report.private)
    assert "Bills as the meter posted them" not in report.private
    assert "mean price" in [row[0] for row in report.tables["What only the homes know"]]
    totals = tables_of(outcome, ("totals",))["totals"]
    totals.iloc[1:].to_parquet(tmp_path / "totals.parquet")
    with pytest.raises(InputError, match="not those of one run"):
        RecordedRun(tmp_path)


def test_gains_of_net_price_are_all_the_homes(timeline) -> None:
    """Not of the utility, which takes what is left over at its own tariffs."""
    gains = gains_in(timeline, slice(timeline.slots))
    assert (gains.utility, gains.share) == (0, 1)
    assert gains.traded_wh == Trades(timeline.fill_wh, timeline.payment).traded_wh.sum()
    assert title(bills(timeline, 47, Perspective(Viewer.EVERYTHING, 0))).startswith("The market has")
