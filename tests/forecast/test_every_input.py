"""What every input keeps to, those of plug-ins included."""

from datetime import datetime

import numpy as np
import pytest

from sim.errors import InputError
from sim.forecast.gate_inputs import GateInputs
from sim.forecast.inputs import Clock, Computed, Public, inputs
from sim.forecast.inputs.base import PUBLIC_UNIT
from tests.plugins import every, plugged  # noqa: F401

SLOTS, FIRST_SLOT, GATES, LIMIT_WH = 3_000, 1_900, 4, 9_000
READINGS_WH = np.random.default_rng(1).integers(-LIMIT_WH, LIMIT_WH + 1, (3, SLOTS))
CLOCKS = {
    "day ahead": Clock(datetime(2017, 2, 1), 24, horizon=24, lead=1),
    "hour ahead": Clock(datetime(2017, 2, 1, 6), 24, horizon=1, lead=2),
    "half-hours, long lead": Clock(datetime(2017, 2, 1), 48, horizon=12, lead=48),
}


@pytest.mark.parametrize("clock", CLOCKS.values(), ids=CLOCKS)
@pytest.mark.parametrize("name", every(inputs))
class TestEveryInput:
    def beside(self, name, clock, readings_wh=READINGS_WH, first_slot=FIRST_SLOT):
        return GateInputs(1, clock, (inputs.make(name),)).at_gates(readings_wh, first_slot, GATES)[:, :, 1:]

    def test_there_are_as_many_as_said_and_none_is_beyond_the_limit(self, name, clock):
        values, given = self.beside(name, clock), GateInputs(1, clock, (inputs.make(name),))
        assert values.shape == (3, GATES, inputs.make(name).size(clock.horizon)) == (3, GATES, given.extra)
        assert values.dtype == np.int64
        assert np.abs(values).max() <= given.limit(LIMIT_WH)
        assert np.abs(self.beside(name, clock, np.sign(READINGS_WH) * 7)).max() <= given.limit(7)

    def test_nothing_after_the_windows_end_is_looked_at(self, name, clock):
        for gate in range(GATES):
            later = READINGS_WH.copy()
            later[:, FIRST_SLOT + gate * clock.horizon - clock.lead :] += 1
            assert (self.beside(name, clock, later)[:, gate] == self.beside(name, clock)[:, gate]).all()

    def test_a_home_depends_on_no_other_and_a_public_one_on_none(self, name, clock):
        other = READINGS_WH.copy()
        other[1] = -other[1]
        changed = (self.beside(name, clock, other) != self.beside(name, clock)).any(axis=(1, 2)).tolist()
        assert changed == [False, not isinstance(inputs.make(name), Public), False]

    def test_nothing_further_back_than_said_is_looked_at(self, name, clock):
        reach = GateInputs(1, clock, (inputs.make(name),)).looks_back
        earlier = READINGS_WH.copy()
        earlier[:, : FIRST_SLOT - reach] = 0
        assert (self.beside(name, clock, earlier) == self.beside(name, clock)).all()
        cut = FIRST_SLOT - reach
        moved = Clock(clock.time_of(cut), clock.slots_per_day, clock.horizon, clock.lead)
        assert (self.beside(name, moved, READINGS_WH[:, cut:], reach) == self.beside(name, clock)).all()


def test_an_input_that_looks_into_the_future_is_refused():
    class Tomorrow(Computed):
        name = "tomorrow"

        def days(self, clock):
            return np.zeros((clock.horizon, 1), dtype=np.int64)

    with pytest.raises(
        InputError, match=r'^forecast.inputs: "tomorrow" takes readings from after the window'
    ):
        GateInputs(1, CLOCKS["day ahead"], (Tomorrow(),)).at_gates(READINGS_WH, FIRST_SLOT, 1)


def test_public_numbers_stand_in_their_own_unit_even_where_no_reading_is_so_large():
    given = GateInputs(1, CLOCKS["day ahead"], (inputs.make("season"),))
    assert (given.limit(7), given.limit(LIMIT_WH)) == (PUBLIC_UNIT, LIMIT_WH)
