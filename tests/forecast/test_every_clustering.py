"""What every clustering method keeps to, and what homes are compared by."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sim.errors import InputError
from sim.forecast.cluster_scores import cluster_scores
from sim.forecast.clusterings import clusterings
from sim.forecast.clusterings.by_shape import ByShape
from sim.forecast.clusterings.k_medoids import MOST_HOMES
from sim.forecast.clusterings.shapes import FLAT, shapes_of
from tests.forecast.homes import SLOTS_PER_DAY, rhythmic_homes
from tests.plugins import every, plugged  # noqa: F401

COMPILED = {"k-means-dtw", "k-means-soft-dtw", "k-medoids", "k-shape"}
"""At their first use in a process, which takes up to half a minute."""


def by_length(names):
    return [pytest.param(name, marks=pytest.mark.long if name in COMPILED else ()) for name in names]


BY_SHAPE = by_length(each.name for each in clusterings if issubclass(each, ByShape))


def numbered(labels):
    return tuple(list(dict.fromkeys(labels)).index(label) for label in labels)


def clusters_of(net_wh, clusters, name="k-means", seed=3, **parameters):
    return numbered(clusterings.make(name, parameters).labels(net_wh, SLOTS_PER_DAY, clusters, seed))


@pytest.mark.parametrize("name", by_length(every(clusterings)))
class TestEveryClustering:
    def test_as_many_clusters_as_asked_for_whatever_the_order_of_homes(self, name):
        noise, method = np.random.default_rng(1).integers(-1_000, 1_000, (9, 48)), clusterings.make(name)
        order = np.random.default_rng(2).permutation(9)
        for clusters in (1, 2, 4, 9):
            method.check(noise, 24, clusters)
            found = clusters_of(noise, clusters, name)
            assert len(set(found)) == clusters
            assert clusters_of(noise[order], clusters, name) == numbered([found[home] for home in order])

    def test_more_clusters_than_homes_are_refused(self, name):
        homes, method = rhythmic_homes(homes=2), clusterings.make(name)
        for act in (method.check, lambda *asked: method.labels(*asked, 3)):
            with pytest.raises(InputError, match=r"^forecast.clusters = 3: should be at most 2, "):
                act(homes, 24, 3)

    def test_says_what_it_discloses_and_how_far_homes_are_apart(self, name):
        method = clusterings.make(name)
        assert method.discloses.startswith("homes show ")
        apart = method.dissimilarities(rhythmic_homes(homes=5), 24)
        assert apart.shape == (5, 5)
        assert apart == pytest.approx(apart.T)
        assert np.diag(apart) == pytest.approx(np.zeros(5))
        assert apart[0, 3] < min(apart[0, 1], apart[0, 2])  # two of the same rhythm, and of others


@pytest.mark.parametrize("name", BY_SHAPE)
class TestEveryMethodByShape:
    def test_days_of_one_shape_come_together_whatever_their_size_and_newcomers_join_them(self, name):
        net_wh = rhythmic_homes(homes=9)
        net_wh[:3] *= 10
        method = clusterings.make(name)
        labels = method.labels(net_wh, 24, 3, 3)
        assert numbered(labels) == (0, 1, 2) * 3
        assert list(method.assign(net_wh, net_wh, 24, 3, 3)) == list(labels)
        newcomers = rhythmic_homes(homes=4, days=2, seed=5)[::-1] * 3
        assert list(method.assign(newcomers, net_wh, 24, 3, 3)) == [labels[home] for home in (0, 2, 1, 0)]

    def test_fewer_shapes_than_clusters_are_refused(self, name):
        alike, method = np.repeat(rhythmic_homes(homes=2), 3, axis=0), clusterings.make(name)
        alike[1, 0] += 1  # a Wh in forty days
        for act in (method.check, lambda *asked: method.labels(*asked, 3)):
            with pytest.raises(InputError, match=r"^forecast.clusters = 3: should be at most 2, .* by a Wh"):
                act(alike, 24, 3)

    def test_a_trend_tells_homes_apart_that_have_one_mean_day(self, name):
        up = np.tile(np.repeat([100, 500], [18, 6]), 8) + np.repeat(np.arange(8), 24) * 50
        down = up[::-1].reshape(8, 24)[:, ::-1].ravel()
        net_wh = np.stack([up, down, 2 * up, 2 * down])
        assert clusters_of(net_wh, 2, name, trend=4) == (0, 1, 0, 1)
        with pytest.raises(InputError, match="should be at most 1, "):
            clusters_of(net_wh, 2, name)
        assert clusters_of(net_wh, 2, name, seasons=2, trend=8) == (0, 1, 0, 1)

    def test_321_households_hourly_for_three_months(self, name, tmp_path):
        """In the layout of the LTSF benchmarks, as the authors of zkPET had them."""
        kwh = pd.DataFrame(
            rhythmic_homes(homes=321, days=90).T / 1_000, columns=[*map(str, range(320)), "OT"]
        )
        kwh.insert(0, "date", pd.date_range("2016-07-01 02:00", periods=len(kwh), freq="h"))
        kwh.to_csv(tmp_path / "electricity.csv", index=False)
        read = pd.read_csv(tmp_path / "electricity.csv", index_col="date")
        net_wh = np.rint(read.to_numpy() * 1_000).astype(np.int64).T
        assert clusters_of(net_wh, 3, name) == (0, 1, 2) * 107


def test_random_clusters_are_equally_large_and_others_for_each_seed():
    net_wh = rhythmic_homes(homes=12)
    found = {clusters_of(net_wh, 3, "random", seed) for seed in range(20)}
    assert {tuple(np.bincount(labels)) for labels in found} == {(4, 4, 4)}
    assert len(found) > 10
    assert set(clusterings.make("random").assign(rhythmic_homes(40, seed=2), net_wh, 24, 3, 1)) == {0, 1, 2}


def test_time_of_day_counts_over_whole_days_only():
    """Half a day at the beginning of the data does not blur the profile."""
    net_wh = rhythmic_homes(homes=6, days=2)
    assert clusters_of(net_wh[:, 12:], 3) == clusters_of(net_wh, 3) == (0, 1, 2) * 2


@pytest.mark.parametrize("steps", [(1, 3, 9), (2, 5, 13)])
def test_flat_days_have_no_shape_whatever_their_mean(steps):
    """Loads of 100 and then 120 Wh: over thirteen days most of their means are no whole numbers."""
    flat = np.stack([np.repeat([100, 120], [24 * step, 24 * (13 - step)]) for step in steps])
    assert clusters_of(flat, 1) == (0, 0, 0)
    flat[1, 5] += 12  # less than a Wh of the mean day
    with pytest.raises(InputError, match=r"^forecast.clusters = 2: should be at most 1, "):
        clusters_of(flat, 2)
    evening = np.tile(np.repeat([100, 300], [18, 6]), 13)
    assert clusters_of(np.vstack([flat[:1], evening, flat[1:]]), 2) == (0, 1, 0, 0)


def test_less_history_than_there_are_parts_is_refused():
    with pytest.raises(InputError, match="a day of history, 24 slots; there are 23"):
        clusters_of(rhythmic_homes()[:, :23], 3)
    with pytest.raises(InputError, match="a day of history for each of 9 parts, 216 slots; there are 192"):
        clusters_of(rhythmic_homes(days=8), 3, trend=9)


def test_more_homes_than_can_each_be_compared_with_each_are_refused():
    with pytest.raises(
        InputError, match=r'^forecast.clustering = "k-medoids": .* at most 2,000; there are 2,001'
    ):
        clusterings.make("k-medoids").check(np.zeros((MOST_HOMES + 1, 24), dtype=np.int64), 24, 1)


# Shapes, at the edges of what homes can have: 1000 kW, days of one slot to 1,440, ten years ---------------


@given(
    st.integers(0, 24_000_000).flatmap(
        lambda base: arrays(
            np.int64, st.tuples(st.integers(1, 4), st.just(12)), elements=st.integers(-5, 5)
        ).map(lambda noise: np.clip(base + noise, -24_000_000, 24_000_000))
    ),
    st.sampled_from([(1, 0), (2, 0), (1, 3), (3, 2)]),
)
def test_shapes_are_those_of_exact_arithmetic(net_wh, parts):
    """Readings of 24 MWh that differ by some Wh keep all digits."""
    seasons, trend = parts
    shapes = shapes_of(net_wh, 3, seasons, trend)
    for home, values, deviation_wh in zip(net_wh.tolist(), shapes.values, shapes.deviation_wh, strict=True):
        exact = exact_shape(home, 3, seasons, trend)
        if max(map(abs, exact)) < 1:
            assert (list(values), deviation_wh) == ([0] * len(exact), FLAT)
            continue
        size = float(sum(each**2 for each in exact) / len(exact)) ** 0.5
        assert deviation_wh == pytest.approx(size, rel=1e-12)
        assert values == pytest.approx([float(each) / size for each in exact], rel=1e-12, abs=1e-15)


def exact_shape(home, slots_per_day, seasons, trend):
    days = [home[at : at + slots_per_day] for at in range(0, len(home), slots_per_day)]

    def parts(count):
        each = len(days) // count
        last = days[len(days) - count * each :]
        return [last[at * each : (at + 1) * each] for at in range(count)]

    def beyond(numbers):
        return [number - sum(numbers) / len(numbers) for number in numbers]

    means = (
        [Fraction(sum(map(sum, part)), len(part) * slots_per_day) for part in parts(trend)] if trend else []
    )
    season_days = [
        [Fraction(sum(slot), len(part)) for slot in zip(*part, strict=True)] for part in parts(seasons)
    ]
    return [*(beyond(means) if means else []), *(each for day in season_days for each in beyond(day))]


@given(
    arrays(np.int64, 24, elements=st.integers(-1_000, 1_000)), st.integers(1, 20_000), st.integers(0, 10**6)
)
def test_days_of_one_shape_have_the_same_floats_whatever_size_and_base(day, size, base):
    alike = np.stack([np.tile(day, 7), np.tile(size * day + base, 7)])
    shapes = shapes_of(alike, 24)
    assert np.array_equal(*shapes.values) or np.abs(24 * day - day.sum()).max() < 24 * 1
    assert np.array_equal(shapes.values[0], shapes_of(alike[:1], 24).values[0])


@pytest.mark.parametrize("slots_per_day", [1, 24, 96])
def test_ten_years_at_the_connections_limit_do_not_overflow(slots_per_day):
    days, most = 3_660, 24_000_000 // slots_per_day
    home = np.repeat([most, -most], [days // 2 * slots_per_day] * 2)
    shapes = shapes_of(home[None], slots_per_day, seasons=12, trend=366)
    assert shapes.deviation_wh == pytest.approx([most * (366 / (366 + 12 * slots_per_day)) ** 0.5])
    assert (shapes.values[0, :183] > 0).all()
    assert (shapes.values[0, 183:366] < 0).all()
    assert (shapes.values[0, 366:] == 0).all()


# Scores --------------------------------------------------------------------------------------------------


def test_three_rhythms_have_the_best_silhouette_and_every_further_cluster_less_inertia():
    net_wh, method = rhythmic_homes(homes=9), clusterings.make("k-means")
    scores = cluster_scores(method, net_wh, 24, range(1, 12), 3)
    assert [score.clusters for score in scores] == list(range(1, 10))  # there are no more homes
    assert max(scores[1:8], key=lambda score: score.silhouette).clusters == 3
    assert (scores[0].silhouette, scores[8].silhouette) == (None, None)
    assert scores[2].sizes == (3, 3, 3)
    shapes, of_cluster = shapes_of(net_wh, 24).values, clusters_of(net_wh, 3)
    means = np.stack([shapes[np.array(of_cluster) == cluster].mean(axis=0) for cluster in range(3)])
    assert scores[2].inertia == pytest.approx(np.square(shapes - means[list(of_cluster)]).sum())
    assert all(fewer.inertia > more.inertia for fewer, more in pairwise(scores))
    placebo = cluster_scores(clusterings.make("random"), net_wh, 24, [3], 3)[0]
    assert placebo.inertia > 10 * scores[2].inertia
    with pytest.raises(InputError, match="should be at most 9, "):
        cluster_scores(method, net_wh, 24, [10, 11], 3)
