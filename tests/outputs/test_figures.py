"""Figures: readable for every kind of run, honest about it, and the same bytes from the same tables."""

import io
import json
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.text import Text

from sim.market.merit_order import crossing_volume_wh
from sim.outputs.figures import write_figures
from sim.outputs.figures.forecast_and_actual import hourly_mae_wh, typical_home
from sim.outputs.figures.gallery import DRAWINGS, png
from sim.outputs.figures.market import busiest, curves, gains_nano, per_day, with_payments
from sim.outputs.figures.style import house_style
from sim.outputs.summary import summary_of
from sim.outputs.tables import tables_of
from tests.outputs.figure_words import assert_words_are_whole
from tests.runs import run, scenario


class Run(NamedTuple):
    """What a figure is drawn from."""

    tables: dict[str, pd.DataFrame]
    summary: dict[str, Any]


def made(*settings: str, name: str | None = None, policy: str = "all") -> Run:
    """Of a real run, on the faster chain, that proved nothing; what it says of that is the test's."""
    outcome = run(scenario("tiny", "proofs.policy=none", "chain.backend=revm", *settings))
    tables = tables_of(outcome)
    if name:
        tables = {key: table.replace("home-", name, regex=True) for key, table in tables.items()}
    return Run(tables, {**summary_of(outcome), "proof_policy": policy})


RUNS = {
    "normal": partial(made, "population.agents=6", "time.days=2"),
    "without-trade": partial(made, "population.pv_share=0"),
    "without-proofs": partial(made, policy="none"),
    "intraday": partial(made, "population.agents=2", "time.horizon=1", policy="sample:0.5"),
    "60-homes": partial(made, "population.agents=60", "population.resampling=true"),
    "30-days": partial(made, "population.agents=3", "time.days=30"),
    "zero-tariffs": partial(made, "market.retail=0", "market.feed_in=0", "chain.gas_price=0"),
    "long-names": partial(made, name="a-home-whose-name-is-very-long-indeed-"),
}


@cache
def run_of(kind: str) -> Run:
    return RUNS[kind]()


figures = pytest.mark.parametrize("name", DRAWINGS)


def drawn(name: str, run: Run) -> Figure:
    with house_style():
        return DRAWINGS[name](run.tables, run.summary)


@cache
def rendered(name: str, kind: str) -> tuple[Figure, bytes]:
    with house_style():
        figure = drawn(name, run_of(kind))
        content = png(figure)
        figure.draw_without_rendering()  # so that extents are those of the figure's own resolution again
        return figure, content


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_text().strip()]


QUICK = ("normal",)
"""The others are drawn by make test-long."""


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=() if kind in QUICK else pytest.mark.long) for kind in RUNS]
)
@figures
def test_every_run_has_every_figure_whole_and_not_blank(name: str, kind: str) -> None:
    figure, content = rendered(name, kind)
    pixels = imread(io.BytesIO(content))[:, :, :3]
    assert pixels.shape[1] == 1600
    assert 300 <= pixels.shape[0] <= 2400
    assert 0.005 < (pixels.min(axis=2) < 0.9).mean() < 0.5
    if kind != "long-names":
        assert_words_are_whole(figure)
    inked = figure.get_tightbbox()  # inches, of all that is drawn, cut off or not
    assert inked.min.min() >= 0
    assert (inked.max <= figure.get_size_inches()).all()


@figures
def test_small_print_names_run_policy_and_what_is_private(name: str) -> None:
    figure = rendered(name, "normal")[0]
    proved, unproved = (" ".join(words(each)) for each in (figure, drawn(name, run_of("without-proofs"))))
    assert "tiny, seed 7" in proved
    assert "policy" not in proved
    assert 'proof policy "none"' in unproved
    assert "nothing verified on chain" in unproved
    assert ("private" in proved) == (name in {"bills", "forecast_and_actual"})


def test_the_same_tables_read_again_give_the_same_bytes_whatever_the_users_style(tmp_path: Path) -> None:
    tables, summary = run_of("normal")
    for name, table in tables.items():
        table.to_parquet(tmp_path / f"{name}.parquet", index=False)
    read = {name: pd.read_parquet(tmp_path / f"{name}.parquet") for name in tables}
    with matplotlib.rc_context({"lines.linewidth": 9, "font.size": 20, "figure.facecolor": "red"}):
        write_figures(tmp_path, read, json.loads(json.dumps(summary)))
    drawn = {path.stem: path.read_bytes() for path in (tmp_path / "figures").iterdir()}
    assert drawn == {name: rendered(name, "normal")[1] for name in DRAWINGS}
    assert len(set(drawn.values())) == len(DRAWINGS)


def test_curves_cross_where_the_slot_traded() -> None:
    slots, orders = (run_of("60-homes").tables[name] for name in ("slots", "orders"))
    slot = slots.loc[busiest(slots)]
    book = orders[orders["slot"] == slot["slot"]]
    assert slot["traded_wh"] == slots["traded_wh"].max()
    assert crossing_volume_wh(*curves(slot, book)) == slot["traded_wh"]
    gains = gains_nano(with_payments(book, run_of("60-homes").tables["trades"]))
    assert gains.sum() == slot["gain_at_limits_nano"]


def test_typical_home_has_the_median_error() -> None:
    forecasts = pd.DataFrame(
        {"agent": list("aabbccdd"), "forecast_wh": 0, "actual_wh": [9, 9, 1, 1, -5, 3, 2, 2]}
    )
    assert (typical_home(forecasts), typical_home(forecasts[forecasts["agent"] != "d"])) == ("d", "c")


def test_hourly_error_averages_over_homes_and_days() -> None:
    slots = pd.DataFrame({"slot": [0, 1, 2], "start": pd.date_range("2017-06-12", periods=3, freq="12h")})
    forecasts = pd.DataFrame(
        {"slot": [0, 1, 2], "forecast_wh": [1, 2, 3], "persistence_wh": 0, "actual_wh": [4, 2, -2]}
    )
    hourly = hourly_mae_wh(slots, forecasts)
    assert hourly["forecast"].to_dict() == {0: 4.0, 12: 0.0}
    assert hourly["persistence"].to_dict() == {0: 3.0, 12: 2.0}


def test_daily_price_is_weighted_by_energy() -> None:
    slots = pd.DataFrame(
        {
            "start": pd.date_range("2017-06-12", periods=4, freq="12h"),
            "price_nano_per_wh": pd.array([100_000, 200_000, None, None], dtype="Int64"),
            "traded_wh": [3, 1, 0, 0],
            "bid_wh": 5,
            "ask_wh": 7,
        }
    )
    days = per_day(slots)
    assert days["price_nano_per_wh"].iloc[0] == pytest.approx(125_000)
    assert np.isnan(days["price_nano_per_wh"].iloc[1])
    assert days[["traded_wh", "bid_wh", "ask_wh"]].to_numpy().tolist() == [[4, 10, 14], [0, 10, 14]]
