"""The figures of the page show what happened in the timeline, up to the slot and no further."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from matplotlib.collections import PolyCollection
from matplotlib.colors import same_color

from sim.outputs.figures.style import BUY, SELL
from sim.page.perspective import Viewer
from sim.page.timeline import Timeline
from sim.page.views.card import names
from sim.page.views.neighbourhood import CENTRE
from sim.page.views.prices_and_volumes import PRICE, shown
from tests.page.drawings import drawn, line, steps, texts, title
from tests.page.timelines import made_up_timeline

TIMELINE = made_up_timeline(homes=8, days=2)
BUSY = int(np.abs(TIMELINE.fill_wh).sum(axis=0).argmax())
NIGHT = 0


def traded_wh(timeline: Timeline, slot: int) -> int:
    return int(timeline.fill_wh[:, slot].clip(0).sum())


def test_curves_end_with_all_orders_and_cross_at_the_clearing() -> None:
    axes = drawn("supply_and_demand", TIMELINE, BUSY).axes[0]
    bids, asks = (np.maximum(sign * TIMELINE.quantity_wh[:, BUSY], 0) for sign in (1, -1))
    for label, wh, best in (("bids, best first", bids, np.max), ("asks, best first", asks, np.min)):
        points = line(axes, label)
        assert points[-1, 0] == wh.sum() / 1000
        assert points[0, 1] == best(TIMELINE.limit_price[wh > 0, BUSY]) / 1e6
    assert line(axes, "price and traded volume").tolist() == [
        [traded_wh(TIMELINE, BUSY) / 1000, TIMELINE.price[BUSY] / 1e6]
    ]
    assert f"{traded_wh(TIMELINE, BUSY) / 1000:,.1f} kWh changed hands at" in texts(axes.figure)


def test_slot_without_trade_or_orders_says_so() -> None:
    night = drawn("supply_and_demand", TIMELINE, NIGHT)
    assert title(night) == "00:00 to 01:00: no energy changed hands"
    assert "price and traded volume" not in texts(night)
    empty = drawn("supply_and_demand", made_up_timeline(ordering=False), NIGHT)
    assert "No home sent an order for this slot." in texts(empty)
    assert "No home sent an order" not in texts(night)


def test_price_axis_is_the_same_in_every_slot() -> None:
    ends = [drawn("supply_and_demand", TIMELINE, slot).axes[0].get_ylim() for slot in (NIGHT, BUSY, 47)]
    assert len(set(ends)) == 1
    assert ends[0][1] > 0.22


def test_prices_and_volumes_stop_at_the_slot() -> None:
    upper, lower = drawn("prices_and_volumes", TIMELINE, BUSY).axes
    price = line(upper, PRICE)[:, 1]
    traded = np.flatnonzero(TIMELINE.fill_wh[:, : BUSY + 1].any(axis=0))
    assert len(traded) > 1
    assert price[traded].tolist() == (TIMELINE.price[traded] / 1e6).tolist()
    assert np.isnan(np.delete(price, traded)).all()
    areas, wh = upper.collections[-1].get_sizes(), TIMELINE.fill_wh.clip(0).sum(axis=0)
    assert areas == pytest.approx(2 + 32 * wh[traded] / wh.max())
    for label, wh in (
        ("traded", TIMELINE.fill_wh.clip(0)),
        ("bids", TIMELINE.quantity_wh.clip(0)),
        ("asks", (-TIMELINE.quantity_wh).clip(0)),
    ):
        assert steps(lower, label)[: BUSY + 1].tolist() == (wh.sum(axis=0)[: BUSY + 1] / 1000).tolist()
        assert np.isnan(steps(lower, label)[BUSY + 1 :]).all()
    later = drawn("prices_and_volumes", TIMELINE, 47).axes[1]
    assert not np.isnan(steps(later, "bids")).any()


def test_time_axis_holds_still_for_three_days_and_then_moves_by_days() -> None:
    week = made_up_timeline(homes=2, days=5)
    spans = [shown(week, slot) for slot in range(120)]
    assert spans == [(0, 72)] * 72 + [(24, 96)] * 24 + [(48, 120)] * 24
    assert {shown(TIMELINE, slot) for slot in range(48)} == {(0, 48)}
    limits = {drawn("prices_and_volumes", TIMELINE, slot).axes[1].get_xlim() for slot in (NIGHT, BUSY, 47)}
    assert limits == {(0, 2)}


def test_tariffs_are_drawn_ahead_of_what_is_delivered() -> None:
    dear = 'market.retail={"00:00"=0.18,"16:00"=0.5}'
    upper = drawn("prices_and_volumes", made_up_timeline(slots=24, settings=(dear,)), 3).axes[0]
    tariff = [0.18] * 16 + [0.5] * 8
    assert steps(upper, "retail tariff").tolist() == tariff * 2
    assert upper.get_ylim()[1] > 0.5


def test_an_arrow_for_each_fill_from_who_sells_to_who_buys() -> None:
    figure = drawn("neighbourhood", TIMELINE, BUSY)
    arrows = [found for found in figure.axes[0].collections if isinstance(found, PolyCollection)]
    for side, sign, color in zip(arrows, (1, -1), (BUY, SELL), strict=True):
        filled_wh = np.abs(TIMELINE.fill_wh[sign * TIMELINE.fill_wh[:, BUSY] > 0, BUSY])
        corners = np.array([path.vertices[:7] for path in side.get_paths()])
        assert len(corners) == len(filled_wh) > 0
        tail, tip = corners[:, [0, 6]].mean(axis=1) - CENTRE, corners[:, 3] - CENTRE
        assert (sign * (np.hypot(*tip.T) - np.hypot(*tail.T)) > 0).all()
        widths = np.hypot(*(corners[:, 0] - corners[:, 6]).T)
        wide = widths > 0.03
        assert widths[wide] / filled_wh[wide] == pytest.approx(
            np.full(wide.sum(), 0.16 / np.abs(TIMELINE.fill_wh).max())
        )
        assert same_color(side.get_facecolor()[0], color)


def test_map_marks_every_home_by_cluster_pv_and_trade() -> None:
    marks = [
        mark for mark in drawn("neighbourhood", TIMELINE, BUSY).axes[0].lines if mark.get_marker() != "None"
    ]
    kinds = set(zip(TIMELINE.cluster, TIMELINE.has_pv, TIMELINE.fill_wh[:, BUSY] != 0, strict=True))
    assert sum(len(mark.get_xdata()) for mark in marks) == len(TIMELINE.homes)
    assert len(marks) == len(kinds)
    assert {mark.get_marker() for mark in marks} == {"o", "s", "^"}
    hollow = sum(len(mark.get_xdata()) for mark in marks if mark.get_markerfacecolor() == "white")
    assert hollow == TIMELINE.has_pv.count(False)
    idle = sum(len(mark.get_xdata()) for mark in marks if mark.get_alpha() < 1)
    assert idle == (TIMELINE.fill_wh[:, BUSY] == 0).sum()


def test_map_says_who_trades_how_much() -> None:
    said = texts(drawn("neighbourhood", TIMELINE, BUSY))
    sold = TIMELINE.fill_wh[TIMELINE.fill_wh[:, BUSY] < 0, BUSY]
    assert f"{len(sold)} homes sell to" in said
    assert f"{abs(int(sold[0])) / 1000:.2f}" in said.split()
    assert title(drawn("neighbourhood", TIMELINE, NIGHT)) == "00:00 to 01:00: no home trades"


def test_names_are_whole_where_they_fit_and_else_told_apart() -> None:
    assert names(["anna", "annabel"], 8) == ["anna", "annabel"]
    assert names(["street-anna", "street-annabel"], 8) == ["anna", "annabel"]
    assert names(["home-0009", "home-0010"], 6) == ["0009", "0010"]
    assert names(["abcdefghijk", "b"], 4) == ["abc…", "b"]
    assert names(["c10006414", "c10017974"], 6) == ["…06414", "…17974"]
    assert names(["abc1000xyz", "abc2000xyz"], 6) == ["…1…", "…2…"]
    assert names(["a-house-north", "b-house-north"], 6) == ["…a…", "…b…"]


@given(some.lists(some.text("ab-_", min_size=1, max_size=12), min_size=2, max_size=30, unique=True))
def test_names_stay_apart_whatever_they_are(homes: list[str]) -> None:
    short = names(homes, 6)
    assert len(set(short)) == len(homes)
    assert all(0 < len(name) <= 6 for name in short)


def test_homes_whose_data_were_changed_are_labelled_where_they_are_seen() -> None:
    for note, said in (("resampled from home-07", "all resampled"), ("PV left out", "all without their PV")):
        changed = made_up_timeline(homes=4, note=note)
        assert f"homes: {said}" in texts(drawn("neighbourhood", changed, 12))
        assert note in texts(drawn("forecast_and_actual", changed, 12))
        assert set(changed.labels) == {
            f"{home} (resampled)" if "resampled" in note else home for home in changed.homes
        }
    assert "homes:" not in texts(drawn("neighbourhood", TIMELINE, 12))
    assert TIMELINE.labels == TIMELINE.homes


@pytest.mark.parametrize("slot", [NIGHT, BUSY, 47])
def test_bills_are_those_of_the_slots_so_far(slot: int) -> None:
    axes = drawn("bills", TIMELINE, slot).axes[0]
    bill, without = (b[:, : slot + 1].sum(axis=1) for b in (TIMELINE.bill, TIMELINE.bill_without))
    assert line(axes, "without the market")[:, 0] == pytest.approx(without / 1e9)
    drawn_bills = [
        point
        for mark in axes.lines
        if "with the market" in str(mark.get_label())
        for point in mark.get_xydata()
    ]
    rows = sorted((round(y), x) for x, y in drawn_bills)
    assert [x for _, x in rows] == pytest.approx(bill / 1e9)
    saved = (without - bill).sum() / 1e9
    verb = "saved" if saved >= 0 else "cost"
    assert title(axes.figure) == f"The market has {verb} the 8 homes together ${abs(saved):,.2f} so far"


def test_bill_axis_is_the_same_all_day() -> None:
    first, noon, next_day = (drawn("bills", TIMELINE, slot).axes[0].get_xlim() for slot in (0, 12, 24))
    assert first == noon
    assert noon != next_day


def test_many_homes_are_ranked_by_saving() -> None:
    street = made_up_timeline(homes=30)
    axes = drawn("bills", street, 47).axes[0]
    gains, losses = (np.asarray(patch.get_data().values) for patch in axes.patches[:2])
    saving = (street.bill_without - street.bill).sum(axis=1) / 1e9
    assert (gains + losses).tolist() == pytest.approx(sorted(saving, reverse=True))


def test_forecast_is_drawn_to_the_end_of_the_gate_and_readings_up_to_the_slot() -> None:
    slot, home = 30, 2
    axes = drawn("forecast_and_actual", TIMELINE, slot, home=home).axes[0]
    assert steps(axes, "forecast, as ordered").tolist() == (TIMELINE.quantity_wh[home, 24:] / 1000).tolist()
    assert steps(axes, "actual (private)").tolist() == (TIMELINE.net_wh[home, 24:31] / 1000).tolist()
    assert steps(axes, "traded").tolist() == (TIMELINE.fill_wh[home, 24:31] / 1000).tolist()
    assert axes.get_xlim() == (0, 1)


@pytest.mark.parametrize(
    ("horizon", "slot", "first", "orders"), [(1, 5, 0, 6), (6, 5, 0, 6), (6, 20, 0, 24), (48, 30, 0, 48)]
)
def test_only_the_orders_of_gates_so_far_are_known(horizon: int, slot: int, first: int, orders: int) -> None:
    timeline = made_up_timeline(homes=2, horizon=horizon)
    known = steps(drawn("forecast_and_actual", timeline, slot).axes[0], "forecast, as ordered")
    assert known.tolist() == (timeline.quantity_wh[0, first : first + orders] / 1000).tolist()


def test_what_was_expected_is_told_from_what_was_ordered() -> None:
    refused = made_up_timeline(ordering=False)
    axes = drawn("forecast_and_actual", refused, 5).axes[0]
    assert steps(axes, "forecast (private)").tolist() == (refused.forecast_wh[0, :24] / 1000).tolist()
    assert not steps(axes, "ordered").any()
    hidden = drawn("forecast_and_actual", refused, 5, Viewer.NEIGHBOURS)
    assert title(hidden) == "home-01 sent no order"
    assert "forecast (private)" not in texts(hidden)


def test_title_tells_what_was_expected_and_what_came() -> None:
    slot = int(np.flatnonzero((TIMELINE.forecast_wh[0] < 0) & (TIMELINE.net_wh[0] > 0))[0])
    expected, came = abs(TIMELINE.forecast_wh[0, slot]) / 1000, TIMELINE.net_wh[0, slot] / 1000
    seen = title(drawn("forecast_and_actual", TIMELINE, slot))
    assert seen == f"home-01 expected to spare {expected:.2f} kWh and needed {came:.2f} kWh"
