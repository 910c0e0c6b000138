"""A timeline is the run: what its tables tell of it is what its arrays hold, so far as it has come."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from sim.outputs.outcome import Outcome
from sim.outputs.tables import tables_of
from sim.page.timeline import Timeline, timeline_of
from tests.runs import run, scenario

BOOKS = ("chain.backend=none", "proofs.policy=none")
TRADING = (*BOOKS, "population.agents=6", "time.days=2")
TIME_OF_USE = 'market.retail={"00:00" = 0.18, "16:00" = 0.34, "21:00" = 0.22}'
OWN = "market.homes={home-10 = {retail = 0.5}, home-03 = {feed_in = 0.01}}"
ARRAYS = ("quantity_wh", "limit_price", "fill_wh", "payment", "forecast_wh", "net_wh", "bill", "bill_without")


def half_hours(folder: Path) -> str:
    """A CSV of three homes, a reading every 30 minutes, of which one has PV."""
    lines = ["time,a_load_wh,b_load_wh,b_pv_wh,c_load_wh"]
    for step in range(48 * 30):
        sun = max(0, 2_000 - 150 * abs(step % 48 - 24))
        moment = datetime(2020, 1, 1) + timedelta(minutes=30 * step)
        lines.append(f"{moment:%Y-%m-%dT%H:%M},{400 + step % 7},{300 + step % 5},{sun},{500 + step % 11}")
    (folder / "homes.csv").write_text("\n".join(lines) + "\n")
    return f"population.source={folder / 'homes.csv'}"


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> dict[str, Outcome]:
    """Runs of every kind that the page may be asked to show."""
    mine = (half_hours(tmp_path_factory.mktemp("homes")), "population.agents=3", "population.pv_share=1")
    kinds = {
        "plain": (),
        "time-of-use": (TIME_OF_USE,),
        "own tariffs and a fee": (OWN, TIME_OF_USE, "market.grid_fee=0.01", "market.strategy=truthful"),
        "not from midnight": ("time.start=2017-06-12T17:00:00", TIME_OF_USE),
        "intraday": ("time.horizon=1", "time.days=1"),
        "charged": ("costs.charged=true",),
        "half hours": (*mine, "time.start=2020-01-20T06:30:00", TIME_OF_USE),
    }
    return {kind: run(scenario("tiny", *TRADING, *settings)) for kind, settings in kinds.items()}


@pytest.fixture(scope="module")
def timeline(runs) -> Callable[..., Timeline]:
    """Makes the timeline of a kind of run, or of its first slots."""
    tables = {kind: tables_of(outcome) for kind, outcome in runs.items()}

    def made(kind: str, slots: int | None = None) -> Timeline:
        return timeline_of(runs[kind].prepared.scenario, tables[kind], slots)

    return made


KINDS = (
    "plain",
    "time-of-use",
    "own tariffs and a fee",
    "not from midnight",
    "intraday",
    "charged",
    "half hours",
)


@pytest.mark.parametrize("kind", KINDS)
def test_timeline_holds_the_arrays_of_its_run(runs, timeline, kind) -> None:
    outcome = runs[kind]
    told, prepared = timeline(kind), outcome.prepared
    assert outcome.trades.traded_wh.sum() > 0
    expected = {
        "quantity_wh": outcome.quantity_wh,
        "limit_price": outcome.limit_price,
        "fill_wh": outcome.trades.fill_wh,
        "payment": outcome.trades.payment,
        "forecast_wh": prepared.forecast_wh,
        "net_wh": prepared.reading_wh,
        "bill": outcome.accounts.bill - outcome.accounts.charges,
        "bill_without": outcome.accounts.grid_only,
    }
    assert set(expected) == set(ARRAYS)
    for name, array in expected.items():
        assert np.array_equal(getattr(told, name), array), name
    assert np.array_equal(told.outside.retail, prepared.outside.retail)
    assert np.array_equal(told.outside.feed_in, prepared.outside.feed_in)
    assert told.outside.buyer_fee == prepared.outside.buyer_fee
    assert told.outside.seller_fee == prepared.outside.seller_fee


@pytest.mark.parametrize("kind", KINDS)
def test_timeline_knows_homes_times_and_gates(runs, timeline, kind) -> None:
    outcome = runs[kind]
    told, population = timeline(kind), outcome.prepared.population
    assert [*zip(told.homes, told.has_pv, strict=True)] == [(h.name, h.has_pv) for h in population.homes]
    assert told.cluster == outcome.prepared.forecasters.cluster_of_home
    readings, first = population.readings, population.first_slot
    assert (told.slot_s, told.slots, told.slots_in_all) == (readings.slot_s, *[population.slots] * 2)
    times = [readings.time_of(first + slot) for slot in range(told.slots)]
    assert [told.time_of(slot) for slot in range(told.slots)] == times
    for gate in range(outcome.prepared.gates):
        slots = outcome.prepared.slots_of(gate)
        assert {told.gate_of(slot) for slot in range(slots.start, slots.stop)} == {gate}


@settings(max_examples=30)
@given(kind=some.sampled_from(KINDS), data=some.data())
def test_timeline_of_the_first_slots_is_the_storys_first_columns(timeline, kind, data) -> None:
    whole = timeline(kind)
    slots = data.draw(some.integers(0, whole.slots))
    part = timeline(kind, slots)
    assert (part.slots, part.slots_in_all) == (slots, whole.slots_in_all)
    for name in ARRAYS:
        assert np.array_equal(getattr(part, name), getattr(whole, name)[..., :slots]), name
    assert np.array_equal(part.outside.retail, whole.outside.retail)
    assert (part.homes, part.start, part.slot_s) == (whole.homes, whole.start, whole.slot_s)


def assert_same(one: Timeline, other: Timeline) -> None:
    for name in (*ARRAYS, "homes", "has_pv", "cluster"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert (one.start, one.slot_s, one.slots_in_all) == (other.start, other.slot_s, other.slots_in_all)
