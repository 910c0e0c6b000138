"""Draw forecast error against what a proof costs, from the cells of `scripts.forecast_study`.

python -m scripts.draw_frontier results/reference/frontier results/frontier.png
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.outputs.figures.style import BLACK, BLUE, DPI, GREEN, GREY, ORANGE, WIDTH_IN, house_style

SERIES = {
    ("mlp", "federated", "[]"): ("mlp on readings, one model", BLUE, "o"),
    ("mlp", "clustered", "[]"): ("mlp on readings, three models", ORANGE, "s"),
    ("ridge", "federated", "[]"): ("ridge on readings", GREEN, "^"),
    ("ridge", "federated", '["fortnight-mean"]'): ("ridge on readings and means of two weeks", BLACK, "D"),
}
COSTS = {
    "modelled_cpu_s": ("CPU seconds of a proof", 1),
    "verify_gas": ("gas of carrying and verifying it, thousand", 1_000),
}
CLOSE_WH = 2.0  # points nearer to each other than that share a label
AXES = ["forecast.family", "forecast.training", "forecast.inputs"]


def main() -> None:
    """Read, draw, save."""
    source, out = map(Path, sys.argv[1:])
    cells = pd.read_parquet(source / "cells.parquet")
    points = cells.groupby([*AXES, "forecast.hidden"])[["forecast_mae_wh", *COSTS]].mean().reset_index()
    months = cells["time.start"].nunique()
    made_of = f"means of {months} months and {cells['seed'].nunique()} seeds"
    with house_style():
        figure = Figure(figsize=(WIDTH_IN, 5), layout="constrained")
        figure.suptitle(
            f"What a smaller error costs in proofs: {made_of}\n"
            "numbers are neurons or ranks; on the grey line nothing is both cheaper and better"
        )
        for axes, (cost, (title, scale)) in zip(
            figure.subplots(1, 2, sharey=True), COSTS.items(), strict=True
        ):
            _draw(axes, points.assign(cost=points[cost] / scale))
            axes.set_xlabel(title)
        figure.axes[0].set_ylabel("forecast error (Wh)")
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2)
        figure.savefig(out, dpi=DPI)


def _draw(axes: Axes, points: pd.DataFrame) -> None:
    best = points.sort_values(["cost", "forecast_mae_wh"])
    best = best[best["forecast_mae_wh"] < best["forecast_mae_wh"].cummin().shift(fill_value=np.inf)]
    axes.plot(best["cost"], best["forecast_mae_wh"], color=GREY, linewidth=6, alpha=0.4, zorder=0)
    for key, (label, colour, marker) in SERIES.items():
        of_series = points[(points[AXES] == list(key)).all(axis=1)].sort_values("forecast.hidden")
        axes.plot(of_series["cost"], of_series["forecast_mae_wh"], marker, color=colour, label=label)
        near = of_series.assign(place=(of_series["forecast_mae_wh"].diff().abs() > CLOSE_WH).cumsum())
        for _, group in near.groupby(["cost", "place"]):
            axes.annotate(
                ", ".join(map(str, group["forecast.hidden"])),
                (group["cost"].iloc[0], group["forecast_mae_wh"].mean()),
                (6, -3),
                textcoords="offset points",
                fontsize=8,
                color=colour,
            )


if __name__ == "__main__":
    main()
