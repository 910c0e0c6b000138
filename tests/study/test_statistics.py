"""Points and differences: right errors, paired draws, ratios of sums, and nothing where nothing is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from sim.seeds import Streams
from sim.study.bootstrap import (
    FEWEST_SEEDS,
    REPLICATES,
    basis_of_intervals,
    day_weights,
    errors_and_intervals,
    mean_and_interval,
    mean_over_seeds,
    seed_weights,
    sums_and_ratios,
)
from sim.study.statistics import differences_of, points_of
from tests.study.made_up_study import Tables, made_up_study

CLUSTERS = {"forecast.clusters": [1, 3, 5]}


def one_point(traded_wh: np.ndarray, **figures: object) -> Tables:
    """A study of one point that trades so much; traded_wh: shape (seeds, days); figures: of its cells."""
    seeds, days = traded_wh.shape
    study = made_up_study({"forecast.clusters": [3]}, seeds, days)
    return Tables(study.cells.assign(**figures), study.days.assign(traded_wh=traded_wh.ravel()), study.axes)


def alike(days: np.ndarray) -> Tables:
    """Three seeds that do not differ, so that days alone decide; days: shape (1, days)."""
    return one_point(np.repeat(days, 3, axis=0))


def statistics(study: Tables, measure: str, seed: int = 7) -> list[float]:
    """Mean, standard error and interval at the only point."""
    row = points_of(*study, seed).iloc[0]
    return [row[f"{measure}_{statistic}"] for statistic in ("mean", "se", "low", "high")]


def noise(shape: tuple[int, ...], seed: int, scale: float = 1.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, scale, shape)


def whole(values: np.ndarray) -> np.ndarray:
    return np.rint(100_000 + 1_000 * values).astype(np.int64)


def test_error_over_seeds_is_the_standard_error_of_the_mean() -> None:
    homes = [0, 3, 1, 7, 2]
    study = one_point(whole(noise((5, 5), 1)), homes_worse_off=homes)
    mean, se, low, high = statistics(study, "homes_worse_off")
    assert (mean, se) == (np.mean(homes), pytest.approx(np.std(homes, ddof=1) / np.sqrt(5), rel=0.05))
    assert 0 <= low < mean < high <= 7


def test_error_over_independent_days_is_that_of_their_sum() -> None:
    """Blocks of independent days are as good as days, but rest on few of them: over many sets of data."""
    days, found = 70, []
    for seed in range(12):
        found.append(statistics(alike(whole(noise((1, days), seed))), "traded_wh")[1])
    assert np.sqrt(np.mean(np.square(found))) == pytest.approx(1_000 * np.sqrt(days), rel=0.12)


def test_errors_of_seeds_and_days_add_up_as_variances() -> None:
    seeds, days = 6, 364
    of_seed, of_day = noise((seeds, 1), 2, 0.1), noise((1, days), 3)
    se = statistics(one_point(whole(of_seed + of_day)), "traded_wh")[1]
    by_seed = np.std(of_seed, ddof=1) * 1_000 * days / np.sqrt(seeds)
    by_day = np.std(of_day, ddof=1) * 1_000 * np.sqrt(days)
    assert se == pytest.approx(np.hypot(by_seed, by_day), rel=0.15)


def test_a_mean_over_seeds_and_periods_has_the_error_of_both() -> None:
    seeds, periods = 12, 9
    of_seed, of_period = noise((seeds, 1), 2), noise((1, periods), 3, 2.0)
    values = of_seed + of_period
    mean, low, high = mean_and_interval(values, Streams(7))
    se = np.hypot(np.std(of_seed, ddof=1) / np.sqrt(seeds), np.std(of_period, ddof=1) / np.sqrt(periods))
    assert mean == pytest.approx(values.mean())
    assert high - low == pytest.approx(2 * 1.96 * se, rel=0.1)
    assert np.isnan(mean_and_interval(values[:2], Streams(7))[1:]).all()


def test_days_that_all_seeds_share_count_once() -> None:
    day = whole(noise((1, 28), 4))
    few, many = (statistics(one_point(np.repeat(day, seeds, axis=0)), "traded_wh") for seeds in (3, 6))
    assert many == pytest.approx(few, rel=1e-12)
    assert few[1] > 0


def test_weather_that_lasts_for_days_widens_the_interval() -> None:
    quick, slow = whole(noise((1, 56), 5)), whole(np.repeat(noise((1, 8), 5), 7, axis=1))
    errors = [statistics(alike(days), "traded_wh")[1] / np.std(days) for days in (quick, slow)]
    assert errors[1] > 1.5 * errors[0]


def drawn(values: np.ndarray, streams: Streams) -> tuple[float, float]:
    """The interval of the mean over seeds of sums over days; values: shape (seeds, days)."""
    seeds, days = values.shape
    above = values[:, :, None].astype(float)
    sums = sums_and_ratios(day_weights(days, streams), above, np.full_like(above, np.nan))
    _, low, high = errors_and_intervals(mean_over_seeds(seed_weights(seeds, streams), sums)[1:])
    return low[0], high[0]


@pytest.mark.parametrize(("by_day", "lasting"), [(0.0, 0.0), (1.0, 0.5)])
def test_intervals_cover_the_truth(by_day: float, lasting: float) -> None:
    """200 studies of 6 seeds and 42 days, without anything that all seeds have in common on a day, and with
    it, half of it the day before's.
    """
    covered = 0
    for study in range(200):
        of_seed, of_day = noise((6, 1), 3 * study, 0.3), by_day * noise((1, 42), 3 * study + 1)
        for day in range(1, 42):
            of_day[:, day] = lasting * of_day[:, day - 1] + (1 - lasting**2) ** 0.5 * of_day[:, day]
        low, high = drawn(of_seed + of_day + noise((6, 42), 3 * study + 2), Streams(study))
        covered += low <= 0 <= high
    assert 0.85 <= covered / 200 <= 0.99


def test_points_agree_with_the_summaries_of_their_cells() -> None:
    study = made_up_study(CLUSTERS, charged=True)
    points = points_of(*study, 7).set_index("forecast.clusters")
    cells = study.cells.groupby("forecast.clusters")
    for measure in ("mean_price", "saving", "homes_worse_off"):
        expected = cells[measure].mean()
        assert points[f"{measure}_mean"].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-12)
    rounded = cells["break_even_gas_price"].mean().to_numpy()
    assert points["break_even_gas_price_mean"].to_numpy() == pytest.approx(rounded, abs=1e-3)
    assert points[["seeds", "days"]].to_numpy().tolist() == [[4, 28]] * 3
    assert not {"agents_mean", "seed_mean", "costs_charged_mean"} & set(points.columns)


def test_a_ratio_is_of_sums_and_not_a_mean_of_ratios() -> None:
    study = one_point(np.array([[1, 3]]))
    paid = Tables(study.cells, study.days.assign(paid_nano=[100, 600]), study.axes)
    assert statistics(paid, "mean_price")[0] == 700 / 4  # and not (100 + 200) / 2


def test_a_constant_difference_is_known_exactly_for_the_draws_are_paired() -> None:
    study = made_up_study({"chain.gas_price": [1, 10]})
    dear = study.cells.loc[study.cells["chain.gas_price"] == 10, "cell"]
    days = study.days.assign(traded_wh=study.days["traded_wh"] + 500 * study.days["cell"].isin(dear))
    row = differences_of(study.cells, days, study.axes, 7).set_index("measure").loc["traded_wh"]
    assert row[["difference", "low", "high"]].to_numpy(dtype=float) == pytest.approx(28 * 500)
    assert row["se"] == pytest.approx(0, abs=1e-6)


def test_differences_are_against_the_first_value_of_each_axis() -> None:
    study = made_up_study({"time.start": ["2017-06-01", "2017-01-09"], **CLUSTERS})
    savings = differences_of(*study, 7).query("measure == 'savings_share'")
    against = savings["against"].value_counts().to_dict()
    assert against == {"time.start = 2017-01-09": 3, "forecast.clusters = 1": 4}
    means = points_of(*study, 7).set_index(study.axes)["savings_share_mean"]
    row = savings[savings["against"] == "forecast.clusters = 1"].set_index(study.axes).loc[("2017-06-01", 5)]
    expected = means[("2017-06-01", 5)] - means[("2017-06-01", 1)]
    assert row["difference"] == pytest.approx(expected)
    assert row["low"] < row["difference"] < row["high"]


def test_the_order_of_rows_changes_nothing_and_the_seed_changes_the_draws_alone() -> None:
    study = made_up_study(CLUSTERS)
    mixed = Tables(
        study.cells.sample(frac=1, random_state=1), study.days.sample(frac=1, random_state=2), study.axes
    )
    for table_of in (points_of, differences_of):
        assert_frame_equal(table_of(*study, 7), table_of(*mixed, 7), check_exact=True)
    other = points_of(*study, 8)
    assert other["savings_share_mean"].equals(points_of(*study, 7)["savings_share_mean"])
    assert not other["savings_share_se"].equals(points_of(*study, 7)["savings_share_se"])


@pytest.mark.parametrize(
    ("seeds", "days", "there"),
    [(1, 13, False), (2, 28, False), (3, 13, True), (3, 28, True)],
)
def test_intervals_only_where_there_are_seeds_to_draw_from(seeds: int, days: int, there: bool) -> None:
    """Days alone do not do: two seeds may both lie outside of what is drawn from their days."""
    study = one_point(whole(noise((seeds, days), 6)))
    for measure in ("traded_wh", "gas_per_order"):
        mean, *rest = statistics(study, measure)
        assert not np.isnan(mean)
        assert np.isfinite(rest).tolist() == [there] * 3
    assert basis_of_intervals(seeds, days).startswith("95 % intervals" if there else "no intervals")


def test_a_mean_is_over_the_seeds_that_have_a_value() -> None:
    study = one_point(whole(noise((4, 14), 6)), leak_share=[0.25, None, 0.75, 0.5])
    mean, se, low, high = statistics(study, "leak_share")
    assert (mean, low, high) == (0.5, 0.25, 0.75)
    assert se > 0
    lone = one_point(whole(noise((4, 14), 6)), leak_share=[0.25, np.nan, np.nan, np.nan])
    assert statistics(lone, "leak_share") == pytest.approx([0.25, *[np.nan] * 3], nan_ok=True)
    assert np.isnan(statistics(one_point(whole(noise((4, 14), 6)), leak_share=np.nan), "leak_share")).all()


@settings(max_examples=25, deadline=None)
@given(days=st.integers(1, 400))
def test_days_are_drawn_in_weeks_and_each_as_often(days: int) -> None:
    weights = day_weights(days, Streams(7))
    assert (weights[0] == 1).all()
    if days < 14:
        assert (weights == 1).all()
        return
    assert (weights[1:].sum(axis=1) == days - 7).all()
    assert weights[1:].mean(axis=0) == pytest.approx((days - 7) / days, abs=0.12)
    assert (
        np.count_nonzero(np.diff(weights[1:], append=weights[1:, :1], axis=1), axis=1) <= 2 * days / 7 + 2
    ).all()


@given(seeds=st.integers(1, 20))
@settings(max_examples=10, deadline=None)
def test_one_seed_less_is_drawn_than_there_are(seeds: int) -> None:
    weights = seed_weights(seeds, Streams(7))
    assert weights.shape == (1 + REPLICATES, seeds)
    assert (weights[1:].sum(axis=1) == (seeds - 1 if seeds >= FEWEST_SEEDS else seeds)).all()
