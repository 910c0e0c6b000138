"""Windows, what stands beside them, targets, past gates, and forecasts without a model."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.forecast.baselines import persistence_wh, yesterday_wh
from sim.forecast.windows import gate_targets, past_gates
from tests.forecast.homes import gate_inputs

COUNTING = np.stack([np.arange(2_000), 5_000 + np.arange(2_000)])
"""Two homes whose reading is its slot's number, and that plus 5000."""

small = st.integers(1, 30)
leads = st.integers(0, 60)


def test_windows_end_lead_slots_before_delivery():
    windows = gate_inputs(3, 24, 2).at_gates(COUNTING, 100, 2)
    assert windows.tolist() == [[[95, 96, 97], [119, 120, 121]], [[5095, 5096, 5097], [5119, 5120, 5121]]]


def test_targets_are_what_the_gate_delivers():
    assert gate_targets(COUNTING, 100, 2, horizon=3)[0].tolist() == [[100, 101, 102], [103, 104, 105]]


@given(st.integers(1, 8), small, small, st.integers(0, 30))
def test_windows_and_targets_share_the_grid(gates, lookback, horizon, lead):
    windows = gate_inputs(lookback, horizon, lead).at_gates(COUNTING, 200, gates)
    targets = gate_targets(COUNTING, 200, gates, horizon)
    assert windows.shape == (2, gates, lookback)
    assert (targets[:, :, 0] - windows[:, :, -1] == lead + 1).all()
    assert (targets[0].ravel() == np.arange(200, 200 + gates * horizon)).all()


def test_the_first_window_may_begin_with_the_data_but_not_before():
    assert gate_inputs().at_gates(COUNTING, 25, 1)[0, 0, 0] == 0
    with pytest.raises(InputError, match=r"forecast.lookback = 24: .* 3 slots before the data.* at most 21 "):
        gate_inputs().at_gates(COUNTING, 22, 1)


@given(st.integers(0, 300), small, small, leads)
def test_past_gates_are_all_whose_window_is_there_and_whose_outcome_is_known_before_the_first(
    first_slot, lookback, horizon, lead
):
    def is_known(gate):
        delivery, window = first_slot + gate * horizon, lead + lookback
        return delivery - window >= 0 and delivery + horizon <= first_slot - window - lead

    known = [gate for gate in range(-400, 5) if is_known(gate)]
    assert list(past_gates(gate_inputs(lookback, horizon, lead), first_slot)) == known


@given(st.integers(0, 300), small, small, leads, st.integers(0, 300))
def test_a_history_keeps_the_past_gates_whose_outcome_lies_in_it(
    first_slot, lookback, horizon, lead, history
):
    inputs = gate_inputs(lookback, horizon, lead)
    past, begin = past_gates(inputs, first_slot), first_slot - 2 * lead - lookback - history
    kept = [gate for gate in past if first_slot + gate * horizon >= begin]
    assert list(past_gates(inputs, first_slot, history)) == kept


# Beside the window ---------------------------------------------------------------------------------------


def beside(name, first_slot, gates=2, horizon=24, lead=1, slots_per_day=24, net_wh=COUNTING):
    inputs = gate_inputs(2, horizon, lead, slots_per_day, (name,))
    return inputs.at_gates(net_wh, first_slot, gates)[:, :, 2:]


@given(
    st.integers(0, 48), st.sampled_from([4, 24, 96]), st.integers(96, 900), st.sampled_from([1, 6, 24, 48])
)
def test_means_are_of_the_latest_known_days_at_each_slots_time(lead, slots_per_day, first, horizon):
    readings = np.random.default_rng(1).integers(-900, 900, (1, 2_000))
    for name, most in (("week-mean", 7), ("fortnight-mean", 14)):
        first_slot = max(first, 2 * slots_per_day + 96)
        means = beside(name, first_slot, 2, horizon, lead, slots_per_day, readings)
        for gate in range(2):
            known = readings[0, : first_slot + gate * horizon - lead].tolist()
            for position in range(horizon):
                days = known[(first_slot + gate * horizon + position) % slots_per_day :: slots_per_day][
                    -most:
                ]
                assert means[0, gate, position] == (2 * sum(days) + len(days)) // (2 * len(days))


def test_a_week_ago_is_the_same_day_of_the_week_or_the_latest_known_of_a_young_home():
    assert beside("week-ago", 240)[1, 1].tolist() == list(range(5_240 + 24 - 168, 5_240 + 48 - 168))
    assert beside("week-ago", 49, gates=1)[0, 0].tolist() == [*range(25, 48), 24]
    far = beside("week-ago", 1_000, 1, horizon=48, lead=48, slots_per_day=4)[0, 0]
    assert not ((np.arange(1_000, 1_048) - far) % 28).any()
    assert (far < 1_000 - 48).all()
    assert (far + 28 >= 1_000 - 48).all()


def test_the_calendar_is_of_the_gates_first_slot():
    """Slot 0 is a Sunday."""
    assert beside("hour", 6 + 240, gates=1).tolist() == [[[1_000, 0]], [[1_000, 0]]]
    assert beside("weekday", 240)[0].tolist() == [[0, 0, 1_000, 0, 0, 0, 0], [0, 0, 0, 1_000, 0, 0, 0]]
    assert beside("season", 24 * 60, gates=1)[0, 0].tolist() == [858, 513]


def test_the_temperature_is_the_mean_of_the_last_day_that_is_known():
    inputs = gate_inputs(2, lead=3, beside=("temperature",))
    rising = replace(inputs, clock=replace(inputs.clock, temperature_dc=np.arange(2_000)))
    assert rising.at_gates(COUNTING, 240, 2)[:, :, 2:].tolist() == [[[224], [248]]] * 2
    assert inputs.at_gates(COUNTING, 240, 1)[0, 0, 2:].tolist() == [0]


@given(
    st.sampled_from([("week-mean",), ("week-ago", "hour"), ("fortnight-mean", "season")]), st.integers(0, 3)
)
def test_lines_in_readings_give_the_same_numbers_but_for_rounding(names, gate):
    """From the first reading that any of them looks at."""
    inputs, readings = gate_inputs(24, beside=names), np.random.default_rng(2).integers(-900, 900, (1, 2_000))
    begin = 1_000 - inputs.looks_back
    rows, constant, noise = inputs.lines(1_000, gate, begin, 1_000)
    off = (
        inputs.at_gates(readings, 1_000, gate + 1)[0, gate]
        - rows @ readings[0, begin : begin + 1_000]
        - constant
    )
    assert (np.abs(off) <= np.where(noise > 0, 0.5, 0) + 1e-9).all()


# Persistence ---------------------------------------------------------------------------------------------


def test_a_day_ahead_gate_repeats_yesterday_except_its_last_hour():
    """The window ends an hour before midnight, so 23:00 is known of the day before only."""
    forecast = persistence_wh(COUNTING, gate_inputs().clock, 240, 2)
    assert forecast[0, 0].tolist() == [*range(216, 239), 215]
    assert (forecast[1, 1] == forecast[0, 0] + 24 + 5_000).all()


def test_without_lead_all_of_yesterday_is_known():
    assert persistence_wh(COUNTING, gate_inputs(lead=0).clock, 240, 1)[0, 0].tolist() == list(range(216, 240))


@given(st.integers(1, 3), st.integers(1, 48), st.integers(0, 48), st.sampled_from([4, 24, 96]))
def test_yesterday_is_the_latest_known_reading_of_that_time_of_day(gates, horizon, lead, slots_per_day):
    clock = gate_inputs(1, horizon, lead, slots_per_day).clock
    forecast = yesterday_wh(COUNTING, clock, 1_000, gates)
    assert forecast.shape == (2, gates, horizon)
    for gate in range(gates):
        known = range(1_000 + gate * horizon - lead)
        for position in range(horizon):
            slot = 1_000 + gate * horizon + position
            assert forecast[0, gate, position] == known[slot % slots_per_day :: slots_per_day][-1]


def test_within_a_day_persistence_repeats_the_last_reading():
    forecast = persistence_wh(COUNTING, gate_inputs(1, 3, 2).clock, 240, 2)
    assert forecast[0].tolist() == [[237] * 3, [240] * 3]


def test_too_short_a_history_is_refused():
    clock = gate_inputs().clock
    assert persistence_wh(COUNTING, clock, 25, 1)[0, 0, -1] == 0
    with pytest.raises(InputError, match=r"begin 24 slots before it, .* persistence needs 25"):
        persistence_wh(COUNTING, clock, 24, 1)
