"""Time along the x axis: where slots lie, and ticks that a person can read."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sim.arrays import Floats

STEPS = pd.to_timedelta(["3h", "6h", "12h", "1D", "2D", "3D", "7D", "14D", "28D", "56D"])
HOUR, DAY = pd.Timedelta(hours=1), pd.Timedelta(days=1)


def slot_length(starts: pd.Series) -> pd.Timedelta:
    """How long a slot is; a lone slot counts as an hour."""
    return pd.Timedelta(starts.iloc[1] - starts.iloc[0]) if len(starts) > 1 else HOUR


def slot_edges(starts: pd.Series) -> Floats:
    """Where slots begin and where the last one ends: shape (slots + 1,), days since the first midnight."""
    all_edges = [*starts, starts.iloc[-1] + slot_length(starts)]
    return np.array([(edge - starts.iloc[0].normalize()) / DAY for edge in all_edges])


def time_axis(axes: Axes, starts: pd.Series, most_ticks: int) -> None:
    """Label the x axis of what is drawn at ``slot_edges`` by dates, and by hours where there is room."""
    midnight, edges = starts.iloc[0].normalize(), slot_edges(starts)
    step = next((step for step in STEPS if (edges[-1] - edges[0]) * DAY / step <= most_ticks), STEPS[-1])
    times = pd.date_range(midnight, midnight + edges[-1] * DAY, freq=step)
    times = times[times >= starts.iloc[0]]
    axes.set_xticks([(time - midnight) / DAY for time in times], [_label(time, step) for time in times])
    axes.set_xlim(edges[0], edges[-1])
    years = dict.fromkeys([starts.iloc[0].year, starts.iloc[-1].year])
    axes.set_xlabel(f"local time, {' to '.join(map(str, years))}")


def _label(time: pd.Timestamp, step: pd.Timedelta) -> str:
    date = f"{time:%a}\n{time.day} {time:%b}"
    if step >= DAY:
        return date
    return f"{time:%H:%M}\n" + (f"{time:%a} {time.day} {time:%b}" if time == time.normalize() else " ")
