"""Up to which gas price the market pays for its proofs."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from sim.arrays import Floats
from sim.outputs.figures.style import GREY
from sim.study.figures.outcomes import BREAK_EVEN, SAVING, SAVING_AFTER_COSTS, written
from sim.study.figures.planned import GAS_PRICE
from sim.study.figures.scales import scale_of
from sim.study.figures.study_figure import LOOKS, StudyTables, draw_values, steps_of

BESIDE = 0.14  # between the break-evens of several series


def break_even(study: StudyTables) -> Figure:
    """Saving after costs against the gas price, with the price at which nothing is left of it."""
    (dimension,) = (each for each in study.dimensions if GAS_PRICE in each.axes)
    series, scale = study.series(dimension), scale_of(dimension)
    linear = float(10 ** np.floor(np.log10(_most(study))))  # the power of ten below what is saved at all
    subtitle = f"{study.intervals()}; the axis is logarithmic beyond ${linear:g} and -${linear:g}"
    figure = study.canvas(_title(study), subtitle, height_in=5.6)
    axes = figure.subplots()
    for look, (label, points) in enumerate(series):
        color, marker = LOOKS[look]
        places = scale.places[steps_of(points, dimension)]
        draw_values(axes, places, SAVING_AFTER_COSTS, points, look, line=False)
        _line(axes, places, SAVING_AFTER_COSTS.values(points), look)
        axes.plot(
            [], [], f"{marker}-", color=color, label=": ".join(filter(None, (label, _sentence(points))))
        )
        _mark(axes, points, look, height=(look - (len(series) - 1) / 2) * BESIDE * linear)
    axes.axhline(0, color=GREY, linewidth=1)
    axes.set_xscale("log" if scale.logarithmic else "linear")
    axes.set_yscale("symlog", linthresh=linear)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    least = float(np.nanmin(SAVING_AFTER_COSTS.values(study.points)))
    axes.set_ylim(min(1.6 * least, -4 * linear), 1.6 * _most(study))
    scale.draw(axes)
    axes.set_ylabel(SAVING_AFTER_COSTS.titled())
    axes.legend(loc="lower left", bbox_to_anchor=(-0.01, 0.99))
    return figure


def _title(study: StudyTables) -> str:
    prices = BREAK_EVEN.values(study.points)
    low, high = written(float(np.nanmin(prices))), written(float(np.nanmax(prices)))
    if low == high:
        return f"The market pays for its proofs up to {low} nano-$ per gas"
    return f"The market pays for its proofs up to a gas price between {low} and {high} nano-$"


def _most(study: StudyTables) -> float:
    return float(np.nanmax(np.abs(SAVING.values(study.points))))


def _line(axes: Axes, places: Floats, left: Floats, look: int) -> None:
    """Between points: the cost of gas is proportional to its price, so what is left falls in proportion."""
    order = np.argsort(places)
    between = np.unique(np.concatenate([np.geomspace(max(places.min(), 1e-9), places.max(), 200), places]))
    axes.plot(between, np.interp(between, places[order], left[order]), color=LOOKS[look][0], linewidth=1)


def _sentence(points: pd.DataFrame) -> str:
    """Where a series breaks even; the gas price changes no order, so its points agree about it."""
    price, low, high = (BREAK_EVEN.values(points, name)[0] for name in ("mean", "low", "high"))
    if np.isnan(price):
        return "never pays for the energy of proving"
    interval = "" if np.isnan(low) else f" (95 %: {written(low)} to {written(high)})"
    return f"breaks even at {written(price)}{interval} nano-$ per gas"


def _mark(axes: Axes, points: pd.DataFrame, look: int, height: float) -> None:
    """The break-even and its interval beside the zero line, and a line down to the gas price."""
    price, low, high = (BREAK_EVEN.values(points, name)[0] for name in ("mean", "low", "high"))
    color, marker = LOOKS[look]
    axes.hlines(height, low, high, color=color, linewidth=5, alpha=0.5)
    axes.plot([price], [height], marker, color=color, markeredgecolor="white", markersize=9)
    axes.axvline(price, color=color, linewidth=1, linestyle=":")
