"""The figures of the page show what happened up to the slot, whole and legible, and nothing hidden."""

import dataclasses
import re
from functools import cache, partial
from itertools import combinations

import matplotlib
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from sim.page.timeline import Timeline, Viewer
from sim.page.views.card import svg
from sim.page.views.market import PRICE
from tests.page.drawings import NAMES, PRIVATE, PUBLIC, drawn, line, steps, texts, title, words
from tests.page.timelines import made_up_timeline

# The figures of the page show what happened in the timeline, up to the slot and no further ----------------


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


def test_prices_and_volumes_stop_at_the_slot() -> None:
    upper, lower = drawn("prices_and_volumes", TIMELINE, BUSY).axes
    price = line(upper, PRICE)[:, 1]
    traded = np.flatnonzero(TIMELINE.fill_wh[:, : BUSY + 1].any(axis=0))
    assert len(traded) > 1
    assert price[traded].tolist() == (TIMELINE.price[traded] / 1e6).tolist()
    assert np.isnan(np.delete(price, traded)).all()
    for label, wh in (
        ("traded", TIMELINE.fill_wh.clip(0)),
        ("bids", TIMELINE.quantity_wh.clip(0)),
        ("asks", (-TIMELINE.quantity_wh).clip(0)),
    ):
        assert steps(lower, label)[: BUSY + 1].tolist() == (wh.sum(axis=0)[: BUSY + 1] / 1000).tolist()
        assert np.isnan(steps(lower, label)[BUSY + 1 :]).all()
    assert not np.isnan(steps(drawn("prices_and_volumes", TIMELINE, 47).axes[1], "bids")).any()


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


# The figures of the page are whole and legible for every community, and the same bytes each time ----------


LONG = "a-home-whose-name-is-very-long-indeed"
TIMELINES = {
    "2-homes": (partial(made_up_timeline, homes=2), (11,)),
    "15-homes": (partial(made_up_timeline, homes=15), (47,)),
    "16-long-names": (partial(made_up_timeline, homes=16, name=LONG, clusters=5), (12,)),
    "30-homes": (partial(made_up_timeline, homes=30, clusters=9), (0,)),
    "100-homes": (partial(made_up_timeline, homes=100), (11,)),
    "16-resampled": (partial(made_up_timeline, homes=16, note="resampled from home-07, PV left out"), (12,)),
    "10-alike": (partial(made_up_timeline, homes=10, name="c100064"), (12,)),
    "no-trade": (partial(made_up_timeline, trading=False), (12,)),
    "no-orders": (partial(made_up_timeline, ordering=False), (12,)),
    "quarter-hours": (partial(made_up_timeline, homes=3, days=1, slot_s=900, horizon=1, slots=1), (0,)),
    "two-day-gate": (partial(made_up_timeline, homes=4, days=4, horizon=48), (80,)),
}
QUICK = ("15-homes", "16-long-names", "no-orders")
"""The others are drawn by make test-long."""
CASES = [
    pytest.param(name, kind, slot, marks=() if kind in QUICK else pytest.mark.long)
    for name in NAMES
    for kind, (_, slots) in TIMELINES.items()
    for slot in slots
]
SLACK_PX = 1.5  # boxes are as high as the font's tallest letters, and lines as close as the words in them
EVERYBODY = TIMELINES["15-homes"][0]()

views = pytest.mark.parametrize("name", NAMES)


@cache
def picture(name: str) -> tuple[Figure, str]:
    """A view of everybody at noon, and its SVG."""
    figure = drawn(name, EVERYBODY, 12)
    return figure, svg(figure)


@pytest.mark.parametrize(("name", "kind", "slot"), CASES)
def test_words_are_inside_the_figure_and_clear_of_each_other(name: str, kind: str, slot: int) -> None:
    for viewer in (Viewer.EVERYTHING, Viewer.HOME) if name == "bills" else (Viewer.EVERYTHING,):
        check_words(name, TIMELINES[kind][0](), slot, viewer)


def check_words(name: str, timeline: Timeline, slot: int, viewer: Viewer) -> None:
    figure = drawn(name, timeline, slot, viewer, home=1)
    found = words(figure)
    width, height = figure.bbox.size
    for word in found:
        left, bottom, right, top = word.box
        assert left >= 0, word
        assert bottom >= 0, word
        assert right <= width, word
        assert top <= height, word
    for one, other in combinations(found, 2):
        low, high = np.maximum(one.box[:2], other.box[:2]), np.minimum(one.box[2:], other.box[2:])
        assert (high - low <= SLACK_PX).any(), (one, other)


@views
def test_same_timeline_same_bytes_whatever_the_users_style(name: str) -> None:
    _, first = picture(name)
    with matplotlib.rc_context({"lines.linewidth": 9, "font.size": 20, "svg.fonttype": "none"}):
        assert svg(drawn(name, EVERYBODY, 12)) == first
    assert svg(drawn(name, EVERYBODY, 13)) != first


def test_svgs_on_one_page_keep_to_their_own_identifiers() -> None:
    page = [picture(name)[1] for name in NAMES]
    identifiers = [re.findall(r' id="([^"]+)"', text) for text in page]
    for text, own in zip(page, identifiers, strict=True):
        references = set(re.findall(r'(?:href="#|url\(#)([^")]+)', text))
        assert references
        assert references <= set(own)
    everything = [identifier for own in identifiers for identifier in set(own)]
    assert len(everything) == len(set(everything))


# What a perspective does not see leaves no trace in a figure ----------------------------------------------


STREETS = (made_up_timeline(homes=5, days=1), made_up_timeline(homes=18, days=1))
streets = pytest.mark.parametrize(
    "street",
    [pytest.param(STREETS[0], id="rows"), pytest.param(STREETS[1], id="ranking", marks=pytest.mark.long)],
)
private = pytest.mark.parametrize("name", [view.__name__ for view in PRIVATE])


def with_other_readings(timeline: Timeline, seed: int, keep: int | None) -> Timeline:
    """Readings and forecasts of all homes but one are somebody else's; orders and fills stay."""
    random = np.random.default_rng(seed)
    net_wh, forecast_wh = (random.integers(-9_000, 9_000, timeline.net_wh.shape) for _ in range(2))
    if keep is not None:
        net_wh[keep], forecast_wh[keep] = timeline.net_wh[keep], timeline.forecast_wh[keep]
    return dataclasses.replace(timeline, net_wh=net_wh, forecast_wh=forecast_wh)


@private
@streets
@settings(max_examples=2, phases=[Phase.generate])  # a failure says enough, and shrinking draws a lot
@given(seed=st.integers(0, 2**32), slot=st.integers(0, 23), home=st.integers(0, 4))
def test_neighbours_see_nothing_made_from_readings(
    name: str, street: Timeline, seed: int, slot: int, home: int
) -> None:
    other = with_other_readings(street, seed, keep=None)
    before, after = (
        svg(drawn(name, timeline, slot, Viewer.NEIGHBOURS, home)) for timeline in (street, other)
    )
    assert before == after
    assert "private" in texts(drawn(name, street, slot, Viewer.NEIGHBOURS, home))


@private
@streets
@settings(max_examples=2, phases=[Phase.generate])
@given(seed=st.integers(0, 2**32), slot=st.integers(0, 23), home=st.integers(0, 4))
def test_a_home_sees_its_own_readings_alone(
    name: str, street: Timeline, seed: int, slot: int, home: int
) -> None:
    others, all_others = (with_other_readings(street, seed, keep) for keep in (home, None))
    own, same, changed = (
        svg(drawn(name, timeline, slot, Viewer.HOME, home)) for timeline in (street, others, all_others)
    )
    assert own == same
    assert own != changed


@pytest.mark.parametrize("name", [view.__name__ for view in PUBLIC])
def test_the_market_is_drawn_from_public_data_alone(name: str) -> None:
    street = STREETS[0]
    assert svg(drawn(name, street, 9)) == svg(drawn(name, with_other_readings(street, 1, keep=None), 9))


@pytest.mark.parametrize("name", NAMES)
def test_what_comes_later_does_not_show(name: str) -> None:
    """Axes may know of it; figures, titles and texts may not."""
    street, slot = STREETS[0], 9
    fill_wh, payment = street.fill_wh.copy(), street.payment.copy()
    fill_wh[:, slot + 1 :] = 0
    payment[:, slot + 1 :] = 0
    truncated = dataclasses.replace(street, fill_wh=fill_wh, payment=payment)
    now, without = (drawn(name, timeline, slot) for timeline in (street, truncated))
    assert (title(now), texts(now)) == (title(without), texts(without))
