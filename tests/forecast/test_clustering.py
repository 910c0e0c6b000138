import numpy as np
import pytest

from sim.errors import InputError
from sim.forecast.clusterings import clusterings
from tests.forecast.homes import SLOTS_PER_DAY, rhythmic_homes


def clusters_of(net_wh, clusters, seed=3):
    labels = clusterings.make("k-means").labels(net_wh, SLOTS_PER_DAY, clusters, seed)
    return tuple(list(dict.fromkeys(labels)).index(label) for label in labels)


def test_homes_with_days_of_one_shape_come_together():
    assert clusters_of(rhythmic_homes(homes=9), 3) == (0, 1, 2) * 3


def test_size_does_not_matter():
    net_wh = rhythmic_homes(homes=9)
    net_wh[:3] *= 10
    assert clusters_of(net_wh, 3) == (0, 1, 2) * 3


def test_time_of_day_counts_over_whole_days_only():
    """Half a day at the beginning of the data does not blur the profile."""
    net_wh = rhythmic_homes(homes=6, days=2)
    assert clusters_of(net_wh[:, 12:], 3) == clusters_of(net_wh, 3) == (0, 1, 2) * 2


def test_homes_that_are_all_alike_are_refused():
    alike = np.repeat(rhythmic_homes(homes=2), 3, axis=0)
    assert clusters_of(alike, 2) == (0, 0, 0, 1, 1, 1)
    with pytest.raises(InputError, match=r"^forecast.clusters = 3: should be at most 2, "):
        clusters_of(alike, 3)


@pytest.mark.parametrize("steps", [(1, 3, 9), (2, 5, 13)])
def test_flat_days_have_no_shape_whatever_their_mean(steps):
    """Loads of 100 and then 120 Wh: over thirteen days most of their means are no whole numbers."""
    flat = np.stack([np.repeat([100, 120], [24 * step, 24 * (13 - step)]) for step in steps])
    assert clusters_of(flat, 1) == (0, 0, 0)
    with pytest.raises(InputError, match=r"^forecast.clusters = 2: should be at most 1, "):
        clusters_of(flat, 2)
    evening = np.tile(np.repeat([100, 300], [18, 6]), 13)
    assert clusters_of(np.vstack([flat[:1], evening, flat[1:]]), 2) == (0, 1, 0, 0)


def test_days_of_one_shape_are_not_told_apart_by_rounding():
    day = np.arange(24) ** 2
    alike = np.stack(
        [np.tile(size * day + base, 7) for size, base in ((1, 0), (3, 77), (10, 5), (7, 123_457))]
    )
    with pytest.raises(InputError, match=r"^forecast.clusters = 2: should be at most 1, "):
        clusters_of(alike, 2)


def test_less_than_a_day_is_refused():
    with pytest.raises(InputError, match="a day of history, 24 slots; there are 23"):
        clusters_of(rhythmic_homes()[:, :23], 3)
