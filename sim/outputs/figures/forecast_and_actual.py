"""How well homes forecast, beside persistence, the forecast that repeats a home's day before."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.outputs.figures.style import BLUE, GREY, ORANGE, PALE, canvas
from sim.outputs.figures.time_axis import DAY, slot_edges, time_axis
from sim.runtime.wording import counted, money
from sim.units import WH_PER_KWH

MOST_DAYS = 3
PERSISTENCE = "persistence"
DASHED = (0, (4, 1.5))


def forecast_and_actual(tables: Mapping[str, pd.DataFrame], summary: Mapping[str, Any]) -> Figure:
    """Left: the home with the median error, over the first days. Right: mean error of all homes by hour."""
    slots, forecasts = tables["slots"], tables["forecasts"]
    home = typical_home(forecasts)
    subtitle = f"mean absolute error per slot, over {counted(summary['agents'], 'home')} and "
    subtitle += f"{counted(summary['slots'], 'slot')}; persistence repeats a home's day before"
    figure = canvas(_title(summary), subtitle, summary, height_in=5.4, private=True)
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    first = slots[slots["start"] < slots["start"].iloc[0] + MOST_DAYS * DAY]
    _lines(left, forecasts[forecasts["agent"] == home], first)
    left.set_title(f"{home}, whose error is the median")
    _hourly(right, hourly_mae_wh(slots, forecasts) / WH_PER_KWH)
    right.set_title("all homes, by hour of the day")
    return figure


def typical_home(forecasts: pd.DataFrame) -> str:
    """The home with the median of the homes' mean absolute errors, the lower of two."""
    error_wh = (forecasts["forecast_wh"] - forecasts["actual_wh"]).abs()
    ranked = error_wh.groupby(forecasts["agent"]).mean().sort_values(kind="stable")
    return str(ranked.index[(len(ranked) - 1) // 2])


def hourly_mae_wh(slots: pd.DataFrame, forecasts: pd.DataFrame) -> pd.DataFrame:
    """Mean absolute errors in Wh by hour of the day, columns "forecast" and "persistence"."""
    hour = forecasts["slot"].map(slots.set_index("slot")["start"].dt.hour).rename("hour")
    errors = {
        name: (forecasts[column] - forecasts["actual_wh"]).abs()
        for name, column in (("forecast", "forecast_wh"), (PERSISTENCE, "persistence_wh"))
    }
    return pd.DataFrame(errors).groupby(hour).mean()


def _title(summary: Mapping[str, Any]) -> str:
    model, persistence = summary["forecast_mae_wh"], summary["persistence_mae_wh"]
    miss, bill = f"Forecasts miss by {model:,.0f} Wh on average", _bill(summary)
    if not persistence:
        return f"{miss}, persistence by none; {bill}"
    percent = round(100 * (model / persistence - 1))
    compared = f"{abs(percent)} % {'less' if percent < 0 else 'more'} than" if percent else "as much as"
    return f"{miss}, {compared} persistence; {bill}"


def _bill(summary: Mapping[str, Any]) -> str:
    """What the better or worse forecasts are worth to all homes."""
    more_nano = summary["community_bill"] - summary["community_bill_persistence"]
    amount = money(abs(more_nano))
    if amount == money(0):
        return "the bill is the same with both"
    return f"the bill is {amount} {'higher' if more_nano > 0 else 'lower'}"


def _lines(axes: Axes, home: pd.DataFrame, slots: pd.DataFrame) -> None:
    edges = slot_edges(slots["start"])
    net_kwh = (
        home.set_index("slot").loc[slots["slot"], ["actual_wh", "forecast_wh", "persistence_wh"]] / WH_PER_KWH
    )
    axes.stairs(net_kwh["actual_wh"], edges, fill=True, color=PALE)
    axes.stairs(net_kwh["actual_wh"], edges, baseline=None, color=GREY, linewidth=1, label="actual")
    axes.stairs(
        net_kwh["persistence_wh"], edges, baseline=None, color=ORANGE, linestyle=DASHED, label=PERSISTENCE
    )
    axes.stairs(net_kwh["forecast_wh"], edges, baseline=None, color=BLUE, linewidth=2, label="forecast")
    axes.axhline(0, color=GREY, linewidth=1)
    axes.set_ylabel("net load per slot (kWh); below 0 to sell")
    time_axis(axes, slots["start"], most_ticks=9)
    axes.set_ylim(top=axes.get_ylim()[1] + 0.1 * np.ptp(axes.get_ylim()))
    _legend(axes)


def _hourly(axes: Axes, mae_kwh: pd.DataFrame) -> None:
    axes.plot(mae_kwh.index, mae_kwh[PERSISTENCE], "s--", color=ORANGE, markersize=4, label=PERSISTENCE)
    axes.plot(
        mae_kwh.index, mae_kwh["forecast"], "o-", color=BLUE, markersize=4, linewidth=2, label="forecast"
    )
    axes.set_xticks(range(0, 25, 6), [f"{hour:02d}:00" for hour in range(0, 25, 6)])
    axes.set_xlim(-0.5, 24)
    axes.set_ylim(0, 1.15 * mae_kwh.to_numpy().max() or 1)
    axes.set_xlabel("hour of delivery (local time)")
    axes.set_ylabel("mean absolute error per slot (kWh)")
    _legend(axes)


def _legend(axes: Axes) -> None:
    axes.legend(loc="upper left", bbox_to_anchor=(-0.02, 1.0), ncols=3)
