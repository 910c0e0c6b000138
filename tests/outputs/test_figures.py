"""Figures: readable for every kind of run, honest about it, and the same bytes from the same tables."""

import io
import json
from functools import cache, partial
from pathlib import Path

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
from sim.outputs.figures.market import busiest, curves, gains_nano, per_day
from sim.outputs.figures.style import house_style
from tests.outputs.figure_words import assert_words_are_whole
from tests.outputs.run_tables import Run, made_up_run


def zero_tariffs(run: Run) -> Run:
    """The run, had energy no price: nothing to pay, and no gas."""
    tables = dict(run.tables)
    for name, table in run.tables.items():
        prices = [column for column in table.columns if column.endswith(("_nano", "nano_per_wh"))]
        tables[name] = table.assign(**{column: 0 * table[column] for column in prices})
    times = dict.fromkeys(("wall_s", "setup_s", "chain_s", "prove_cpu_s"), 0.0)
    return Run(tables, {**run.summary, **times})


RUNS = {
    "normal": made_up_run,
    "without-trade": partial(made_up_run, trading=False),
    "without-proofs": partial(made_up_run, policy="none"),
    "intraday": partial(made_up_run, homes=2, slots=24, horizon=1, policy="sample:0.5"),
    "60-homes": partial(made_up_run, homes=60, slots=24),
    "30-days": partial(made_up_run, homes=3, slots=30 * 24),
    "one-slot": partial(made_up_run, homes=2, slots=1, horizon=1),
    "zero-tariffs": lambda: zero_tariffs(made_up_run()),
    "long-names": partial(made_up_run, name="a-home-whose-name-is-very-long-indeed"),
}


@cache
def run_of(kind: str) -> Run:
    return RUNS[kind]()


LABELS = {
    "prices_and_volumes": {"price ($/kWh)", "energy per slot (kWh)", "local time, 2017"},
    "supply_and_demand": {"energy bid or asked at this price or a better one (kWh)", "price ($/kWh)"},
    "bills": {"bill ($); below 0 the home earns"},
    "forecast_and_actual": {
        "net load per slot (kWh); below 0 to sell",
        "mean absolute error per slot (kWh)",
        "local time, 2017",
        "hour of delivery (local time)",
    },
    "costs": {"time on this machine (s; proving: CPU-s of all processes)", "gas (millions)"},
}

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


QUICK = ("normal", "60-homes")
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
def test_axes_name_their_units_and_small_print_run_policy_and_what_is_private(name: str) -> None:
    figure = rendered(name, "normal")[0]
    labels = {label for axes in figure.axes for label in (axes.get_xlabel(), axes.get_ylabel())}
    assert labels - {""} == LABELS[name]
    proved, unproved = (" ".join(words(each)) for each in (figure, drawn(name, run_of("without-proofs"))))
    assert "made-up, seed 7" in proved
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
    assert all(rendered(name, "60-homes")[1] != content for name, content in drawn.items())


def test_title_tells_gain_loss_and_no_trade() -> None:
    tables, summary = run_of("normal")
    agents = tables["agents"].assign(
        bill_grid_only_nano=5 * 10**9, saving_nano=[10**9, -(10**9), 10**9, 0, 0, 0]
    )
    gain = words(drawn("bills", Run({**tables, "agents": agents}, summary)))
    assert "The market saves these 6 homes $1.00 of $30.00 in bills" in gain
    assert "12 Jun 2017 to 13 Jun 2017: 1 home would be better off without the market" in gain
    agents["saving_nano"] *= -1
    loss = words(drawn("bills", Run({**tables, "agents": agents}, summary)))
    assert "The market costs these 6 homes $1.00 on top of $30.00 in bills" in loss
    nothing = words(rendered("bills", "without-trade")[0])
    assert "Nothing was traded, so every bill stays as it would be without the market" in nothing


def test_no_gas_counts_as_verification_without_a_verifier() -> None:
    assert any(
        "30 % of it to verify proofs" in text for text in words(drawn("costs", proved_share(30, "all")))
    )
    assert any(
        "none of it to verify proofs" in text for text in words(drawn("costs", proved_share(30, "none")))
    )


def proved_share(percent: int, policy: str) -> Run:
    tables, summary = run_of("normal")
    gas = pd.DataFrame(
        {"stage": ["submit", "clear"], "transactions": [1, 1], "gas": [60, 40], "verifier_gas": [percent, 0]}
    )
    return Run({**tables, "gas": gas}, {**summary, "proof_policy": policy})


def test_curves_cross_where_the_slot_traded() -> None:
    slots, orders = (run_of("60-homes").tables[name] for name in ("slots", "orders"))
    slot = slots.loc[busiest(slots)]
    book = orders[orders["slot"] == slot["slot"]]
    assert slot["traded_wh"] == slots["traded_wh"].max()
    assert crossing_volume_wh(*curves(slot, book)) == slot["traded_wh"]
    assert gains_nano(slot, book).sum() == slot["gain_at_limits_nano"]


def test_typical_home_has_the_median_error() -> None:
    forecasts = pd.DataFrame(
        {"agent": list("aabbccdd"), "forecast_wh": 0, "actual_wh": [9, 9, 1, 1, -5, 3, 2, 2]}
    )
    assert typical_home(forecasts) == "d"
    assert typical_home(forecasts[forecasts["agent"] != "d"]) == "c"


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
