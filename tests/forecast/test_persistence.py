import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.forecast.persistence import persistence_wh

COUNTING = np.stack([np.arange(2_000), 5_000 + np.arange(2_000)])
"""Two homes whose reading is its slot's number, and that plus 5000."""


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
