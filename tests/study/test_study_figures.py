"""Figures of studies: readable for every kind of axis, and the same bytes from the same tables."""

import io
import json
from functools import cache
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.text import Text

from sim.errors import InputError
from sim.outputs.figures.gallery import png
from sim.outputs.figures.style import house_style
from sim.study.figures import LEFT_OUT, write_study_figures
from sim.study.figures.gallery import left_out, plan_of
from sim.study.figures.names import distinct, point_label, value_label
from sim.study.figures.outcomes import written
from sim.study.figures.outcomes_by_axis import marginal_means, outcomes_by_axis
from sim.study.figures.planned import described, planned
from sim.study.figures.scales import LONGEST, scale_of
from sim.study.figures.study_figure import StudyTables
from sim.study.figures.welfare_and_cost import spread
from sim.study.grid import Dimension
from sim.study.plot import plot
from sim.study.statistics import points_of
from tests.outputs.figure_words import assert_words_are_whole, seen
from tests.outputs.run_tables import made_up_run
from tests.study.made_up_study import Tables, made_up_study

SEASONS = {"time.start": ["2017-06-01", "2017-01-09"]}
STUDIES = {
    "clusters": made_up_study({**SEASONS, "forecast.clusters": [1, 2, 3, 5]}),
    "circuits": made_up_study(
        {}, 3, 14, zipped={"forecast.family": ["linear", *["mlp"] * 3], "forecast.hidden": [8, 4, 8, 32]}
    ),
    "agents": made_up_study({"population.agents": [8, 16, 32, 64, 128]}, days=14),
    "costs": made_up_study({"chain.gas_price": [1, 3, 10, 30, 100, 300, 1_000, 20_000]}, charged=True),
    "costs-by-season": made_up_study({"chain.gas_price": [1, 100, 10_000], **SEASONS}, 1, 5),
    "three-axes": made_up_study(
        {"market.grid_fee": [0.0, 0.01], "costs.charged": [False, True], **SEASONS}, 2, 5
    ),
    "long-names": made_up_study(
        {"market.strategy": [f"{{ zic = 0.{share}, truthful = 0.{10 - share} }}" for share in range(1, 10)]}
    ),
    "one-point": made_up_study({"forecast.clusters": [3]}, 1, 1),
    "cube": made_up_study(
        {
            "forecast.clusters": [1, 2, 3],
            "forecast.hidden": ["[2]", "[8]", "[16]"],
            "population.agents": [4, 6, 10],
        },
        2,
        5,
    ),
    "tariffs": made_up_study(
        {
            "market.retail": [
                f'{{ "00:00" = 0.2, "17:00" = {peak}, "21:00" = 0.2 }}' for peak in (0.3, 0.35, 0.4)
            ],
            "market.strategy": [
                f"{{ zic = {share}, truthful = {round(1 - share, 2)} }}" for share in (0.25, 0.5, 0.75, 1.0)
            ],
        },
        1,
        5,
    ),
    "many-strategies": made_up_study(
        {
            "market.strategy": [
                "zic",
                "truthful",
                *(f"{{ zic = 0.{share}1, truthful = 0.{9 - share}9 }}" for share in range(1, 9)),
            ]
        },
        1,
        1,
    ),
}
EXPECTED = {
    "clusters": {"outcomes_by_time_start", "outcomes_by_forecast_clusters", "welfare_and_cost", "heat_map"},
    "circuits": {"outcomes_by_forecast_family", "welfare_and_cost", "privacy_and_accuracy"},
    "agents": {"outcomes_by_population_agents", "welfare_and_cost"},
    "costs": {"outcomes_by_chain_gas_price", "break_even"},
    "costs-by-season": {
        "outcomes_by_chain_gas_price",
        "outcomes_by_time_start",
        "heat_map",
        "break_even",
    },
    "three-axes": {
        "outcomes_by_market_grid_fee",
        "outcomes_by_costs_charged",
        "outcomes_by_time_start",
        "welfare_and_cost",
    },
    "long-names": {"outcomes_by_market_strategy", "welfare_and_cost"},
    "one-point": {"outcomes_by_forecast_clusters", "welfare_and_cost"},
    "cube": {
        "outcomes_by_forecast_clusters",
        "outcomes_by_forecast_hidden",
        "outcomes_by_population_agents",
        "welfare_and_cost",
        "privacy_and_accuracy",
    },
    "tariffs": {"outcomes_by_market_retail", "outcomes_by_market_strategy", "welfare_and_cost", "heat_map"},
    "many-strategies": {"outcomes_by_market_strategy", "welfare_and_cost"},
}
NO_MAP = {
    name: ["heat_map: not drawn, a map has two axes, and the study 3"] for name in ("three-axes", "cube")
}
FIGURES = [(study, figure) for study, names in EXPECTED.items() for figure in sorted(names)]

every_figure = pytest.mark.parametrize(("study", "name"), FIGURES)


@cache
def points_at(study: str) -> pd.DataFrame:
    return points_of(*STUDIES[study], 7)


def tables(study: str) -> StudyTables:
    cells, _, axes = STUDIES[study]
    return StudyTables(study, tuple(axes), cells, points_at(study))


@cache
def rendered(study: str, name: str) -> tuple[Figure, bytes]:
    draw = plan_of(tables(study))[name]
    assert callable(draw)
    with house_style():
        figure = draw(tables(study))
        content = png(figure)
        figure.draw_without_rendering()  # so that extents are those of the figure's own resolution again
        return figure, content


def words(study: str, name: str) -> list[str]:
    return [text.get_text() for text in seen(rendered(study, name)[0])]


@pytest.mark.parametrize("study", STUDIES)
def test_a_study_has_the_figures_that_its_axes_call_for(study: str) -> None:
    plan = plan_of(tables(study))
    assert {name for name, draw in plan.items() if callable(draw)} == EXPECTED[study]
    assert left_out(tables(study)) == NO_MAP.get(study, [])


@pytest.mark.parametrize("study", STUDIES)
def test_what_is_drawn_is_known_before_the_study_is_run(study: str) -> None:
    foreseen = planned(tables(study).values, STUDIES[study].axes)
    drawn = {name for name, remark in foreseen.items() if not remark.startswith("not drawn")}
    assert drawn == EXPECTED[study]


@every_figure
def test_every_figure_is_whole_and_not_blank(study: str, name: str) -> None:
    figure, content = rendered(study, name)
    pixels = imread(io.BytesIO(content))[:, :, :3]
    assert pixels.shape[1] == 1600
    assert 300 <= pixels.shape[0] <= 2400
    inked = (pixels.min(axis=2) < 0.9).mean()
    assert 0.005 < inked < (0.8 if name == "heat_map" else 0.3)
    extent = figure.get_tightbbox()  # inches, of all that is drawn, cut off or not
    assert extent.min.min() >= 0
    assert (extent.max <= figure.get_size_inches()).all()


@every_figure
def test_no_words_lie_on_others(study: str, name: str) -> None:
    """Within a pixel at 160 dpi; words written aslant have boxes that overlap and are left out."""
    boxes = [
        (text.get_text(), Text.get_window_extent(text).padded(-1))
        for text in seen(rendered(study, name)[0])
        if text.get_rotation() % 90 == 0
    ]
    for (one, box), (other, its) in combinations(boxes, 2):
        assert not box.overlaps(its), (one, other)


@every_figure
def test_all_words_lie_within_the_figure_and_none_is_cut(study: str, name: str) -> None:
    assert_words_are_whole(rendered(study, name)[0])


@every_figure
def test_no_two_ticks_or_series_read_alike(study: str, name: str) -> None:
    figure = rendered(study, name)[0]
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            labels = [label.get_text() for label in axis.get_ticklabels() if label.get_text()]
            assert len(set(labels)) == len(labels)
    for legend in figure.legends:
        labels = [text.get_text() for text in legend.get_texts()]
        assert len(set(labels)) == len(labels)


@every_figure
def test_what_a_legend_names_lies_in_the_frame(study: str, name: str) -> None:
    for axes in rendered(study, name)[0].axes:
        left, right = axes.get_xlim()
        for line in axes.get_lines():
            if not str(line.get_label()).startswith("_") and len(line.get_xdata()):
                across = np.asarray(line.get_xdata(), dtype=float)
                upright = np.ptp(across) == 0 and len(across) == 2
                assert not upright or left <= across[0] <= right, line.get_label()


@every_figure
def test_small_print_names_study_seeds_and_policy(study: str, name: str) -> None:
    seeds = sorted(set(STUDIES[study].cells["seed"]))
    small = next(text for text in words(study, name) if text.startswith(f"{study}, seed"))
    assert f"seed {seeds[0]}" in small
    assert (f"to {seeds[-1]}" in small) == (len(seeds) > 1)
    assert 'proof policy "none"' in small


def test_axes_and_panels_name_their_units() -> None:
    clusters, costs = words("clusters", "outcomes_by_forecast_clusters"), words("costs", "break_even")
    panels = {
        "savings share (% of foresight's)",
        "forecast error (Wh); dashed: persistence",
        "allocative efficiency (%)",
        "mean price ($/kWh)",
        "worse off (homes)",
        "costs ($ per home and day)",
        "proving (CPU-s per proof)",
    }
    assert {*panels, "clusters", "2017-06-01"} <= set(clusters)
    assert {"gas price (nano-$ per gas)", "saving after costs ($ per home and day)"} <= set(costs)
    assert {"saving ($ per home and day)", "proofs and gas ($ per home and day)"} <= set(
        words("agents", "welfare_and_cost")
    )
    assert "model family, hidden neurons" in words("circuits", "outcomes_by_forecast_family")


def test_gas_is_shown_only_where_a_verifier_used_it() -> None:
    stub = made_up_study({"forecast.clusters": [1, 2]})
    real = stub._replace(cells=stub.cells.assign(proof_policy="all"))
    shown = [
        {outcome.name for outcome in StudyTables("s", tuple(s.axes), s.cells, points_of(*s, 7)).outcomes}
        for s in (stub, real)
    ]
    assert shown[1] - shown[0] == {"gas_per_order"}


def test_title_and_subtitle_say_what_is_known_and_from_what() -> None:
    known, unknown = words("agents", "outcomes_by_population_agents"), words("one-point", "welfare_and_cost")
    assert any(text.startswith("Savings share lies between") for text in known)
    assert "bars: 95 % intervals (4 seeds, 14 days in weekly blocks)" in known
    assert any("no intervals: 1 seed, and at least 3 are needed" in text for text in unknown)


def test_a_title_names_a_best_point_only_where_intervals_leave_no_doubt() -> None:
    known = tables("clusters")
    best = int(np.argmax(known.points["savings_share_mean"]))
    for apart, named in ((0.001, True), (1.0, False)):
        bars = {"savings_share_low": -apart, "savings_share_high": apart}
        points = known.points.assign(
            **{column: known.points["savings_share_mean"] + shift for column, shift in bars.items()}
        )
        study = StudyTables("s", known.axes, known.cells, points)
        title = study.range_of(study.outcomes[0])
        assert (f"highest at {study.labels()[best]}" in title) == named
    unknown = known.points.assign(savings_share_low=np.nan, savings_share_high=np.nan)
    assert "highest" not in StudyTables("s", known.axes, known.cells, unknown).range_of(known.outcomes[0])


def test_without_intervals_no_bar_is_drawn_and_the_figure_says_why() -> None:
    figure, _ = rendered("cube", "welfare_and_cost")
    bars = [bar for axes in figure.axes for bar in axes.collections]
    ends = [end for bar in bars for segment in bar.get_segments() for end in segment]
    assert bars
    assert not any(np.isfinite(end).all() for end in ends)
    assert any("no intervals: 2 seeds" in text for text in words("cube", "welfare_and_cost"))


def test_of_many_other_points_the_mean_is_drawn_and_said() -> None:
    name = "outcomes_by_forecast_clusters"
    means_of = "large marks: means over the 9 points of the other axes (hidden neurons, homes)"
    said = f"{means_of}; dots: the points themselves; no intervals: 2 seeds, and at least 3 are needed"
    assert said in " ".join(words("cube", name)).replace("\n", " ")
    with house_style():
        more_seeds = StudyTables(
            "s", tables("cube").axes, tables("cube").cells, points_at("cube").assign(seeds=3)
        )
        figure = outcomes_by_axis(more_seeds, more_seeds.dimensions[0])
    said = " ".join(text.get_text() for text in seen(figure)).replace("\n", " ")
    assert "the points themselves; no intervals are drawn for such means" in said
    axes = rendered("cube", name)[0].axes[0]
    dots, means = axes.get_lines()
    shares = 100 * points_at("cube").groupby("forecast.clusters")["savings_share_mean"].mean()
    assert means.get_xydata() == pytest.approx(np.column_stack([shares.index, shares]))
    assert len(dots.get_xydata()) == 27


def test_a_mean_is_over_points_that_have_a_value_at_every_step() -> None:
    cube = tables("cube")
    there = cube.points["mean_price_mean"].where(
        (cube.points["forecast.clusters"] != 1) | (cube.points["population.agents"] != 4)
    )
    study = StudyTables("s", cube.axes, cube.cells, cube.points.assign(mean_price_mean=there))
    (price,) = (outcome for outcome in study.outcomes if outcome.name == "mean_price")
    whole = cube.points[cube.points["population.agents"] != 4]
    means = whole.groupby("forecast.clusters")["mean_price_mean"].mean() / price.scale
    assert marginal_means(study, study.dimensions[0], price) == pytest.approx(means.to_numpy())


def test_every_point_is_named_in_the_figure_of_welfare_and_cost() -> None:
    counts = ("1 cluster", "2 clusters", "3 clusters", "5 clusters")
    labels = {f"{start}, {clusters}" for start in SEASONS["time.start"] for clusters in counts}
    assert labels <= set(words("clusters", "welfare_and_cost"))


def test_privacy_is_shown_by_model_and_the_model_by_its_short_name() -> None:
    shown = words("circuits", "privacy_and_accuracy")
    assert {"linear", "mlp 4", "mlp 8", "mlp 32"} <= set(shown)
    assert {"leak (% of the readings' variance)", "forecast error (Wh)"} <= set(shown)
    assert "proofs and gas ($ per home and day)" in shown
    least, most = points_at("circuits")["leak_share_mean"].agg(["min", "max"]) * 100
    assert f"Bids and totals tell {written(least)} to {written(most)} % of the readings' variance" in shown


def test_a_study_without_leaks_says_so() -> None:
    known = tables("circuits")
    unknown = StudyTables("s", known.axes, known.cells, known.points.assign(leak_share_mean=np.nan))
    assert left_out(unknown) == ["privacy_and_accuracy: not drawn, there are no leaks and costs to be seen"]


def test_break_even_is_told_with_its_interval_where_there_is_one() -> None:
    price, low, high = (
        points_at("costs")[f"break_even_gas_price_{s}"].iloc[0] for s in ("mean", "low", "high")
    )
    sentence = f"breaks even at {written(price)} (95 %: {written(low)} to {written(high)}) nano-$ per gas"
    assert sentence in words("costs", "break_even")
    alone = [text for text in words("costs-by-season", "break_even") if "breaks even" in text]
    assert len(alone) == 2
    assert not any("95 %" in text for text in alone)


def test_what_cannot_be_drawn_is_listed_with_the_reason(tmp_path: Path) -> None:
    many = made_up_study({"forecast.clusters": [1, 2, 3, 4, 5], "chain.gas_price": [1, 2, 3, 4, 5]}, 1, 1)
    cells = many.cells
    points = points_of(*many, 7)
    points["break_even_gas_price_mean"] = np.nan
    reasons = write_study_figures(tmp_path, cells, points, many.axes, "many")
    assert LEFT_OUT in {path.name for path in tmp_path.iterdir()}
    room = "points and a figure has room for"
    assert (tmp_path / LEFT_OUT).read_text().splitlines() == reasons
    assert reasons == ["break_even: not drawn, at no gas price does the saving pay for the proofs"]
    assert planned(StudyTables("many", many.axes, cells, points).values, many.axes)["break_even"] == (
        f"not drawn, the other axes (clusters) have 5 {room} 4"
    )


def test_a_label_for_every_point_needs_room() -> None:
    points = list(product(range(7), range(7)))
    plan = planned(points, ["forecast.clusters", "forecast.hidden"])
    reason = "not drawn, the study has 49 points and a figure has room for 48"
    assert {name for name, remark in plan.items() if remark == reason} == {
        "welfare_and_cost",
        "privacy_and_accuracy",
    }
    assert described(plan)[-1].split(maxsplit=1) == ["privacy_and_accuracy", reason]


@pytest.mark.parametrize(
    ("axes", "steps", "title", "labels", "logarithmic"),
    [
        (("forecast.clusters",), [(1,), (2,), (5,)], "clusters", "1 2 5", False),
        (("chain.gas_price",), [(1,), (2_000,)], "gas price (nano-$ per gas)", "1 2,000", True),
        (("chain.gas_price",), [(0,), (2_000,)], "gas price (nano-$ per gas)", "0 2,000", False),
        (("population.agents",), [(8,), (16,), (32,), (64,)], "homes", "8 16 32 64", True),
        (("forecast.hidden",), [("[8]",), ("[8, 16]",)], "hidden neurons", "8 8, 16", None),
        (("costs.charged",), [(False,), (True,)], "charged", "no yes", None),
        (("time.start",), [("2017-06-01T00:00:00",)], "first day", "2017-06-01", None),
        (("a.b", "c.d_e"), [(1, "x"), (2, "y")], "b, d e", "1\nx 2\ny", None),
    ],
)
def test_every_kind_of_axis_has_its_scale(
    axes: tuple[str, ...], steps: list[tuple[object, ...]], title: str, labels: str, logarithmic: bool | None
) -> None:
    """None: categories."""
    scale = scale_of(Dimension(axes, tuple(steps)))
    assert (scale.title, " ".join(scale.labels)) == (title, labels)
    assert (scale.numeric, scale.logarithmic) == (logarithmic is not None, bool(logarithmic))
    if not scale.numeric:
        assert scale.places.tolist() == list(range(len(steps)))


def test_points_and_values_read_as_people_write_them() -> None:
    fields = ("time.start", "forecast.family", "chain.gas_price")
    assert point_label(fields, ("2017-06-01", "mlp", 1_000)) == "2017-06-01, mlp, gas price 1,000"
    counted = (("population.agents", 1), ("forecast.hidden", "[2]"), ("forecast.hidden", "[8, 4]"))
    assert [point_label([field], (value,)) for field, value in counted] == [
        "1 home",
        "2 hidden neurons",
        "hidden neurons 8, 4",
    ]
    assert [value_label(value) for value in (0.25, 3.0, True, "[8, 4]")] == ["0.25", "3", "yes", "8, 4"]
    assert [written(value) for value in (0.0021, 28.44, 123.4, 1_234.0)] == [
        "0.00210",
        "28.4",
        "123",
        "1,234",
    ]


WORDS = st.lists(
    st.sampled_from(["zic", "truthful", "=", "0.25", "0.75", '"00:00"', ",", "a-very-long-word-indeed"]),
    max_size=9,
)


@given(st.lists(WORDS.map(" ".join), min_size=1, max_size=40, unique=True))
def test_short_labels_are_never_equal_and_their_key_tells_the_rest(labels: list[str]) -> None:
    short, key = distinct(labels, LONGEST)
    assert len(set(short)) == len(labels)
    assert all(text and len(text) <= LONGEST for text in short)
    if short != tuple(labels):
        numbered = [f"{number} = {label}" for number, label in enumerate(labels, start=1)]
        assert key == "; ".join(numbered) or "…" in key


@given(st.lists(st.floats(allow_nan=False) | st.integers(), min_size=2, max_size=2, unique=True))
def test_no_two_numbers_read_alike(values: list[float]) -> None:
    assert len(set(map(value_label, values))) == 2


def test_labels_keep_what_differs_and_the_key_what_does_not() -> None:
    tariffs = [f'"00:00" = 0.2, "17:00" = {peak}, "21:00" = 0.2' for peak in (0.3, 0.35)]
    assert distinct(tariffs, LONGEST) == (("0.3", "0.35"), '"00:00" = 0.2, "17:00" = …, "21:00" = 0.2')
    assert distinct(["zic = 0.1, truthful = 0.9", "zic = 0.5, truthful = 0.5"], LONGEST) == (
        ("0.1 / 0.9", "0.5 / 0.5"),
        "zic = …, truthful = …",
    )
    assert distinct(["of all homes with PV, some", "of all homes with PV, one half"], LONGEST) == (
        ("some", "one half"),
        "of all homes with PV, …",
    )
    assert distinct(["zic", "zic = 0.5, truthful = 0.5"], LONGEST)[0] == ("1", "2")


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_labels_are_spread_out(heights: list[float]) -> None:
    ascending = np.sort(np.array(heights))
    placed = spread(ascending, 0.04)
    assert (np.diff(placed) >= 0.04 - 1e-9).all()
    assert placed.max() <= 1
    assert placed.min() >= 0
    if (np.diff(ascending) >= 0.04).all():
        assert placed == pytest.approx(ascending)


def study_directory(folder: Path, study: Tables) -> Path:
    """A study as a sweep leaves it, but for its cells."""
    study.cells.to_parquet(folder / "cells.parquet", index=False)
    points_of(*study, 7).to_parquet(folder / "points.parquet", index=False)
    (folder / "study.json").write_text(json.dumps({"name": "clusters", "axes": study.axes}))
    return folder


def test_a_study_is_redrawn_from_its_tables(tmp_path: Path) -> None:
    plot(study_directory(tmp_path, STUDIES["clusters"]))
    drawn = {path.stem: path.read_bytes() for path in (tmp_path / "figures").iterdir()}
    assert drawn == {name: rendered("clusters", name)[1] for name in EXPECTED["clusters"]}


def test_a_run_is_redrawn_from_its_tables(tmp_path: Path) -> None:
    run = made_up_run(homes=2, slots=24)
    for name, table in run.tables.items():
        table.to_parquet(tmp_path / f"{name}.parquet", index=False)
    (tmp_path / "summary.json").write_text(json.dumps(run.summary))
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path / "zz.parquet").write_text("no table, and no figure is drawn from it")
    plot(tmp_path)
    assert len(list((tmp_path / "figures").glob("*.png"))) == 5
    (tmp_path / "gas.parquet").unlink()
    with pytest.raises(InputError, match=r"gas\.parquet: is missing"):
        plot(tmp_path)


def test_what_is_no_run_or_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="should be a run directory, or a study directory"):
        plot(tmp_path)
    study = study_directory(tmp_path, STUDIES["one-point"])
    (study / "points.parquet").write_text("no table")
    with pytest.raises(InputError, match=r"points\.parquet: should be a Parquet table"):
        plot(study)
    (study / "points.parquet").unlink()
    with pytest.raises(InputError, match=r"points\.parquet: is missing"):
        plot(study)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{}", "as no sweep leaves it; sweep again"),
        ('{"axes": ["no.such"], "name": "x"}', "as no sweep leaves it; sweep again"),
        ("[1]", "should be a JSON object"),
    ],
)
def test_a_study_that_no_sweep_left_is_not_plotted(tmp_path: Path, content: str, words: str) -> None:
    study = made_up_study({"forecast.clusters": [1, 2]})
    study.cells.to_parquet(tmp_path / "cells.parquet")
    points_of(*study, 7).to_parquet(tmp_path / "points.parquet")
    (tmp_path / "study.json").write_text(content)
    with pytest.raises(InputError, match=words):
        plot(tmp_path)
    (tmp_path / "study.json").write_text('{"axes": ["forecast.clusters"], "name": "x"}')
    plot(tmp_path)
    assert (tmp_path / "figures" / "outcomes_by_forecast_clusters.png").exists()


def test_a_title_does_not_speak_for_points_without_a_value() -> None:
    study = made_up_study({"forecast.clusters": [1, 2, 3]})
    points = points_of(*study, 7)
    points.loc[2, "savings_share_mean"] = np.nan
    gap = StudyTables("s", tuple(study.axes), study.cells, points)
    assert gap.range_of(gap.outcomes[0]).endswith("at the 2 of 3 points that have one")
    points.loc[1, "savings_share_mean"] = np.nan
    assert gap.range_of(gap.outcomes[0]).endswith("at the 1 of 3 points that have one")


def test_where_homes_are_charged_what_is_left_comes_first() -> None:
    charged = made_up_study({"chain.gas_price": [1, 1_000]}, charged=True)
    free = made_up_study({"chain.gas_price": [1, 1_000]})
    first = [
        StudyTables("s", tuple(s.axes), s.cells, points_of(*s, 7)).outcomes[0].name for s in (charged, free)
    ]
    assert first == ["saving_after_costs_per_home_day", "savings_share"]
