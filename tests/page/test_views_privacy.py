"""What a perspective does not see leaves no trace in a figure."""

import dataclasses

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from sim.page.perspective import Viewer
from sim.page.timeline import Timeline
from sim.page.views.svg import svg
from tests.page.drawings import NAMES, PRIVATE, PUBLIC, drawn, texts, title
from tests.page.timelines import made_up_timeline

STREETS = (made_up_timeline(homes=5, days=1), made_up_timeline(homes=18, days=1))
private = pytest.mark.parametrize("name", [view.__name__ for view in PRIVATE])


def with_other_readings(timeline: Timeline, seed: int, keep: int | None) -> Timeline:
    """Readings and forecasts of all homes but one are somebody else's; orders and fills stay."""
    random = np.random.default_rng(seed)
    net_wh, forecast_wh = (random.integers(-9_000, 9_000, timeline.net_wh.shape) for _ in range(2))
    if keep is not None:
        net_wh[keep], forecast_wh[keep] = timeline.net_wh[keep], timeline.forecast_wh[keep]
    return dataclasses.replace(timeline, net_wh=net_wh, forecast_wh=forecast_wh)


@private
@pytest.mark.parametrize("street", STREETS, ids=["rows", "ranking"])
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
@pytest.mark.parametrize("street", STREETS, ids=["rows", "ranking"])
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


@private
def test_whoever_sees_everything_sees_every_home(name: str) -> None:
    street = STREETS[0]
    other = with_other_readings(street, 1, keep=None)
    assert svg(drawn(name, street, 9)) != svg(drawn(name, other, 9))


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
    assert title(now) == title(without)
    assert texts(now) == texts(without)


def test_hidden_homes_are_shown_as_hidden_and_not_left_out() -> None:
    rows, ranking = (texts(drawn("bills", street, 9, Viewer.HOME, 1)) for street in STREETS)
    assert rows.split().count("private") == 4 + 1  # a row each, and the subtitle
    assert "home-05" in rows
    assert "17 homes: private" in ranking
    everything = texts(drawn("bills", STREETS[0], 9))
    assert "private" not in everything


def test_hidden_readings_leave_orders_and_fills() -> None:
    hidden = drawn("forecast_and_actual", STREETS[0], 9, Viewer.NEIGHBOURS)
    assert "its readings are private; this is public" in texts(hidden)
    assert "forecast, as ordered" in texts(hidden)
    assert "actual" not in texts(hidden)
