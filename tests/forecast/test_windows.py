"""Windows, targets, past gates, and the baseline that repeats them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.forecast.persistence import persistence_wh
from sim.forecast.windows import gate_targets, gate_windows, past_gates

COUNTING = np.stack([np.arange(2_000), 5_000 + np.arange(2_000)])
"""Two homes whose reading is its slot's number, and that plus 5000."""

small = st.integers(1, 30)
leads = st.integers(0, 60)


def test_windows_end_lead_slots_before_delivery():
    windows = gate_windows(COUNTING, 100, 2, lookback=3, horizon=24, lead=2)
    assert windows.tolist() == [[[95, 96, 97], [119, 120, 121]], [[5095, 5096, 5097], [5119, 5120, 5121]]]


def test_targets_are_what_the_gate_delivers():
    assert gate_targets(COUNTING, 100, 2, horizon=3)[0].tolist() == [[100, 101, 102], [103, 104, 105]]


@given(st.integers(1, 8), small, small, st.integers(0, 30))
def test_windows_and_targets_share_the_grid(gates, lookback, horizon, lead):
    windows = gate_windows(COUNTING, 200, gates, lookback, horizon, lead)
    targets = gate_targets(COUNTING, 200, gates, horizon)
    assert windows.shape == (2, gates, lookback)
    assert (targets[:, :, 0] - windows[:, :, -1] == lead + 1).all()
    assert (targets[0].ravel() == np.arange(200, 200 + gates * horizon)).all()


def test_the_first_window_may_begin_with_the_data_but_not_before():
    assert gate_windows(COUNTING, 25, 1, lookback=24, horizon=24, lead=1)[0, 0, 0] == 0
    with pytest.raises(InputError, match=r"forecast.lookback = 24: .* 3 slots before the data.* at most 21 "):
        gate_windows(COUNTING, 22, 1, lookback=24, horizon=24, lead=1)


@given(st.integers(0, 300), small, small, leads)
def test_past_gates_are_all_whose_window_and_outcome_are_known(first_slot, lookback, horizon, lead):
    def is_known(gate):
        delivery = first_slot + gate * horizon
        return delivery - lead - lookback >= 0 and delivery + horizon <= first_slot - lead

    assert list(past_gates(first_slot, lookback, horizon, lead)) == [g for g in range(-400, 5) if is_known(g)]


@given(st.integers(0, 300), small, small, leads, st.integers(0, 300))
def test_a_history_keeps_the_past_gates_whose_outcome_lies_in_it(
    first_slot, lookback, horizon, lead, history
):
    past, begin = past_gates(first_slot, lookback, horizon, lead), first_slot - lead - history
    kept = [gate for gate in past if first_slot + gate * horizon >= begin]
    assert list(past_gates(first_slot, lookback, horizon, lead, history)) == kept


# Persistence ---------------------------------------------------------------------------------------------


def test_a_day_ahead_gate_repeats_yesterday_except_its_last_hour():
    """The window ends an hour before midnight, so 23:00 is known of the day before only."""
    forecast = persistence_wh(COUNTING, 240, 2, horizon=24, lead=1, slots_per_day=24)
    assert forecast[0, 0].tolist() == [*range(216, 239), 215]
    assert (forecast[1, 1] == forecast[0, 0] + 24 + 5_000).all()


def test_without_lead_all_of_yesterday_is_known():
    assert persistence_wh(COUNTING, 240, 1, 24, 0, 24)[0, 0].tolist() == list(range(216, 240))


@given(st.integers(1, 3), st.integers(1, 48), st.integers(0, 48), st.sampled_from([4, 24, 96]))
def test_it_is_the_latest_known_reading_of_that_time_of_day(gates, horizon, lead, slots_per_day):
    forecast = persistence_wh(COUNTING, 1_000, gates, horizon, lead, slots_per_day)
    assert forecast.shape == (2, gates, horizon)
    for gate in range(gates):
        known = range(1_000 + gate * horizon - lead)
        for position in range(horizon):
            slot = 1_000 + gate * horizon + position
            assert forecast[0, gate, position] == known[slot % slots_per_day :: slots_per_day][-1]


def test_too_short_a_history_is_refused():
    assert persistence_wh(COUNTING, 25, 1, 24, 1, 24)[0, 0, -1] == 0
    with pytest.raises(InputError, match=r"begin 24 slots before it, .* persistence needs 25"):
        persistence_wh(COUNTING, 24, 1, 24, 1, 24)
