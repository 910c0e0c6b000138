"""Figures of studies: readable for every kind of axis, and the same bytes from the same tables."""

import io
import json
from functools import cache, partial
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.text import Text

from sim.outputs.figures.gallery import png
from sim.outputs.figures.style import house_style
from sim.study.figures import LEFT_OUT, write_study_figures
from sim.study.figures.gallery import left_out, plan_of
from sim.study.figures.names import distinct, value_label
from sim.study.figures.planned import planned
from sim.study.figures.scales import LONGEST, scale_of
from sim.study.figures.study_figure import StudyTables
from sim.study.grid import Dimension
from sim.study.plot import plot
from sim.study.statistics import points_of
from tests.outputs.figure_words import assert_words_are_whole, seen
from tests.study.made_up_study import made_up_study

SEASONS = {"time.start": ["2017-06-01", "2017-01-09"]}
STUDIES = {
    "clusters": partial(made_up_study, {**SEASONS, "forecast.clusters": [1, 2, 3, 5]}),
    "circuits": partial(
        made_up_study,
        {},
        3,
        14,
        zipped={"forecast.family": ["linear", *["mlp"] * 3], "forecast.hidden": [8, 4, 8, 32]},
    ),
    "agents": partial(made_up_study, {"population.agents": [8, 16, 32, 64, 128]}, days=14),
    "costs": partial(
        made_up_study, {"chain.gas_price": [1, 3, 10, 30, 100, 300, 1_000, 20_000]}, charged=True
    ),
    "costs-by-season": partial(made_up_study, {"chain.gas_price": [1, 100, 10_000], **SEASONS}, 1, 5),
    "three-axes": partial(
        made_up_study, {"market.grid_fee": [0.0, 0.01], "costs.charged": [False, True], **SEASONS}, 2, 5
    ),
    "long-names": partial(
        made_up_study,
        {"market.strategy": [f"{{ zic = 0.{share}, truthful = 0.{10 - share} }}" for share in range(1, 10)]},
    ),
    "one-point": partial(made_up_study, {"forecast.clusters": [3]}, 1, 1),
    "cube": partial(
        made_up_study,
        {
            "forecast.clusters": [1, 2, 3],
            "forecast.hidden": ["[2]", "[8]", "[16]"],
            "population.agents": [4, 6, 10],
        },
        2,
        5,
    ),
    "tariffs": partial(
        made_up_study,
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
    "sealing": partial(made_up_study, {"market.orders": ["open", "sealed"]}, 1, 1),
    "many-strategies": partial(
        made_up_study,
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
    "sealing": {"outcomes_by_market_orders", "welfare_and_cost", "privacy_welfare_cost"},
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
        "heat_map",
    },
    "long-names": {"outcomes_by_market_strategy", "welfare_and_cost"},
    "one-point": {"outcomes_by_forecast_clusters", "welfare_and_cost"},
    "cube": {
        "outcomes_by_forecast_clusters",
        "outcomes_by_forecast_hidden",
        "outcomes_by_population_agents",
        "welfare_and_cost",
        "privacy_and_accuracy",
        "heat_map",
    },
    "tariffs": {"outcomes_by_market_retail", "outcomes_by_market_strategy", "welfare_and_cost", "heat_map"},
    "many-strategies": {"outcomes_by_market_strategy", "welfare_and_cost"},
}
QUICK = {("costs-by-season", "outcomes_by_chain_gas_price"), ("costs-by-season", "break_even")}
"""A curve with intervals and one without; the others are drawn by make test-long."""
FIGURES = [
    pytest.param(study, figure, marks=() if (study, figure) in QUICK else pytest.mark.long)
    for study, names in EXPECTED.items()
    for figure in sorted(names)
    if study not in ("agents", "three-axes", "one-point")  # nothing in them that others have not
]

every_figure = pytest.mark.parametrize(("study", "name"), FIGURES)


@cache
def tables(study: str) -> StudyTables:
    cells, days, axes = STUDIES[study]()
    return StudyTables(study, tuple(axes), cells, points_of(cells, days, axes, 7))


@cache
def rendered(study: str, name: str) -> tuple[Figure, bytes]:
    draw = plan_of(tables(study))[name]
    assert callable(draw)
    with house_style():
        figure = draw(tables(study))
        content = png(figure)
        figure.draw_without_rendering()  # so that extents are those of the figure's own resolution again
        return figure, content


@pytest.mark.parametrize("study", STUDIES)
def test_a_study_has_the_figures_that_its_axes_call_for_which_is_known_before(study: str) -> None:
    plan, foreseen = plan_of(tables(study)), planned(tables(study).values, tables(study).axes)
    assert {name for name, draw in plan.items() if callable(draw)} == EXPECTED[study]
    assert left_out(tables(study)) == []
    assert {name for name, remark in foreseen.items() if not remark.startswith("not drawn")} == EXPECTED[
        study
    ]


@every_figure
def test_every_figure_is_whole_and_no_word_lies_on_another_or_is_cut(study: str, name: str) -> None:
    """Within a pixel at 160 dpi; words written aslant have boxes that overlap and are left out."""
    figure, content = rendered(study, name)
    pixels = imread(io.BytesIO(content))[:, :, :3]
    assert pixels.shape[1] == 1600
    assert 300 <= pixels.shape[0] <= 2400
    assert 0.005 < (pixels.min(axis=2) < 0.9).mean() < (0.8 if name == "heat_map" else 0.3)
    extent = figure.get_tightbbox()  # inches, of all that is drawn, cut off or not
    assert extent.min.min() >= 0
    assert (extent.max <= figure.get_size_inches()).all()
    boxes = [
        (text.get_text(), Text.get_window_extent(text).padded(-1))
        for text in seen(figure)
        if text.get_rotation() % 90 == 0
    ]
    for (one, box), (other, its) in combinations(boxes, 2):
        assert not box.overlaps(its), (one, other)
    assert_words_are_whole(figure)


def test_a_map_of_three_axes_holds_the_means_over_the_first() -> None:
    study, (figure, _) = tables("cube"), rendered("cube", "heat_map")
    _, down, across = study.axes
    (outcome,) = (each for each in study.outcomes if each.titled() == figure.axes[0].get_title(loc="left"))
    means = outcome.values(study.points)
    expected = study.points.assign(mean=means).groupby([down, across], sort=False)["mean"].mean().to_numpy()
    np.testing.assert_allclose(figure.axes[0].images[0].get_array().ravel(), expected)
    assert (
        "means over the 3 points of the other axes (clusters)"
        in planned(study.values, study.axes)["heat_map"]
    )


def test_what_cannot_be_drawn_is_listed_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.study.figures.gallery.gallery", lambda _: ())
    many = made_up_study({"forecast.clusters": [1, 2, 3, 4, 5], "chain.gas_price": [1, 2, 3, 4, 5]}, 1, 1)
    points = points_of(*many, 7)
    points["break_even_gas_price_mean"] = np.nan
    reasons = write_study_figures(tmp_path, many.cells, points, many.axes, "many")
    assert (tmp_path / LEFT_OUT).read_text().splitlines() == reasons
    assert reasons == ["break_even: not drawn, at no gas price does the saving pay for the proofs"]
    assert planned(StudyTables("many", many.axes, many.cells, points).values, many.axes)["break_even"] == (
        "not drawn, the other axes (clusters) have 5 points and a figure has room for 4"
    )


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


def test_a_study_is_redrawn_from_its_tables(tmp_path: Path) -> None:
    study = tables("one-point")
    study.cells.to_parquet(tmp_path / "cells.parquet", index=False)
    study.points.to_parquet(tmp_path / "points.parquet", index=False)
    (tmp_path / "study.json").write_text(json.dumps({"name": "one-point", "axes": study.axes}))
    plot(tmp_path)
    drawn = {path.stem: path.read_bytes() for path in (tmp_path / "figures").iterdir()}
    assert drawn == {name: rendered("one-point", name)[1] for name in EXPECTED["one-point"]}
