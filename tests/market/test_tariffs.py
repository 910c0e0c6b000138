import numpy as np
import pytest

from sim.market.tariffs import HomeTariffs, Tariff, tariff_table

FLAT = HomeTariffs(Tariff.flat(220), Tariff.flat(60))
PEAK = Tariff(((0, 180), (16 * 60, 340), (21 * 60, 180)))


def test_a_step_holds_from_its_start_to_the_next():
    assert [PEAK.at(minute) for minute in (0, 959, 960, 1_259, 1_260, 1_439)] == [
        180,
        180,
        340,
        340,
        180,
        180,
    ]


@pytest.mark.parametrize(
    "steps", [(), ((60, 1),), ((0, 1), (0, 2)), ((0, 1), (90, 2), (60, 3)), ((0, 1), (1_440, 2))]
)
def test_steps_that_do_not_make_a_day_are_refused(steps):
    with pytest.raises(ValueError, match="rising start times"):
        Tariff(steps)


def test_a_common_flat_tariff_is_one_period():
    table = tariff_table([FLAT, FLAT], 24)
    assert table.periods == 1
    assert table.retail.tolist() == [[220], [220]]
    assert table.feed_in.tolist() == [[60], [60]]


def test_flat_tariffs_that_differ_between_homes_are_one_period():
    table = tariff_table([FLAT, HomeTariffs(Tariff.flat(221), FLAT.feed_in)], 24)
    assert table.periods == 1
    assert table.retail.tolist() == [[220], [221]]


def test_slots_with_the_same_prices_share_a_period_also_when_apart():
    table = tariff_table([FLAT, HomeTariffs(PEAK, FLAT.feed_in)], 24)
    assert table.periods == 2
    assert table.period_of_day_slot.tolist() == [0] * 16 + [1] * 5 + [0] * 3
    assert table.retail.tolist() == [[220, 220], [180, 340]]


def test_periods_repeat_every_day():
    table = tariff_table([HomeTariffs(PEAK, FLAT.feed_in)], 24)
    assert table.periods_of(np.array([15, 16, 24 + 15, 24 + 16, 48])).tolist() == [0, 1, 0, 1, 0]


@pytest.mark.parametrize("slots_per_day", [24, 48, 96])
def test_every_slot_finds_the_prices_at_its_start(slots_per_day):
    homes = [FLAT, HomeTariffs(PEAK, Tariff(((0, 60), (12 * 60 + 30, 50))))]
    table = tariff_table(homes, slots_per_day)
    periods = table.periods_of(np.arange(slots_per_day))
    minutes = [slot * 1_440 // slots_per_day for slot in range(slots_per_day)]
    assert table.retail[:, periods].tolist() == [[home.retail.at(m) for m in minutes] for home in homes]
    assert table.feed_in[:, periods].tolist() == [[home.feed_in.at(m) for m in minutes] for home in homes]
