"""A scenario that runs on imported homes as it stands: a day's gates, and a period with enough history."""

import math
import re
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from sim.data.population import BASELINE_DAYS
from sim.data.readings import DAY_S
from sim.imports.grid import Bools
from sim.imports.importing import Imported
from sim.schema.forecasting import MOST_HORIZON, MOST_LOOKBACK

HISTORY_DAYS, LEAST_HISTORY_DAYS, DAYS = 14, 11, 2
"""Days of training before the period, preferred and at least, and of the period."""
MOST_AGENTS, MOST_CLUSTERS = 30, 3
LEAST_CHAIN_S = 300
FILLED_S = (0, 2 * 3600, 6 * 3600, 24 * 3600)
"""Longest gaps that are filled, in the order in which they are tried."""
BEFORE_HISTORY_DAYS = BASELINE_DAYS + 2
"""Which a run looks at too: the first outcome's inputs and baselines."""
LIMIT_KW = 12
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Window:
    """Days that a run uses, and what has to be done about gaps in them.

    first:  index of the day with which the history begins, from the first whole day
    homes:  how many take part
    fill_s: longest gap that is filled
    """

    first: int
    history_days: int
    days: int
    homes: int
    fill_s: int = 0
    drop: bool = False


def starter(one: Imported, source: str, name: str) -> str | None:
    """The scenario as a TOML text; None where the readings are too short for any run."""
    window = window_of(one)
    if window is None:
        return None
    start = _first_day(one) + timedelta(days=window.first + window.history_days + 1)
    minutes = one.slot_s // 60
    hours = min(24, MOST_HORIZON * minutes // 60)
    horizon = f'"{hours} h"' if hours else str(MOST_HORIZON)
    lines = [
        "# Written by zkpet import; every line may be changed (docs/scenario.md).",
        f'name = "{plain_name(name)}"',
        "",
        "[time]",
        f"start = {start}",
        f"days = {window.days}",
        f"slot_minutes = {minutes}",
        f"horizon = {horizon}  # what each gate trades"
        + ("" if hours == 24 else ": as much as one can hold"),
        "lead = 1",
        "",
        "[population]",
        f'source = "{source}"  # relative to this file',
        *_population(one, window),
        "",
        "[forecast]",
        f"lookback = {_lookback(minutes)}",
        f"history_days = {window.history_days}  # to train on; gaps before them do not matter",
        f"clusters = {min(MOST_CLUSTERS, window.homes)}",
    ]
    if one.slot_s < LEAST_CHAIN_S:
        lines += ["", "[chain]", 'backend = "none"  # a chain takes slots of 5 minutes or longer']
        lines += ["", "[proofs]", 'policy = "none"']
    return "\n".join([*lines, ""])


def _lookback(minutes: int) -> str:
    hours = min(24, MOST_LOOKBACK * minutes // 60)
    return f'"{hours} h"' + ("" if hours == 24 else "  # as much as a circuit can hold")


def window_of(one: Imported) -> Window | None:
    """The first days that all homes have readings of; else those of which short gaps can be filled, the
    shorter the better; else those that most homes have."""
    missing = np.stack([_missing(home.no_load, home.no_pv) for home in one.homes])
    complete = {fill_s: _complete(_without_short(missing, fill_s // one.slot_s), one) for fill_s in FILLED_S}
    lengths = [(days, DAYS) for days in range(HISTORY_DAYS, LEAST_HISTORY_DAYS - 1, -1)]
    for history_days, days in lengths:
        for fill_s, own in complete.items():
            counts = _counts(own, history_days, days)
            if (counts == len(one.homes)).any():
                first = int(np.argmax(counts == len(one.homes)))
                return Window(first, history_days, days, len(one.homes), fill_s)
    for history_days, days in (*lengths[:: len(lengths) - 1], (HISTORY_DAYS, 1), (LEAST_HISTORY_DAYS, 1)):
        best = {fill_s: _counts(own, history_days, days) for fill_s, own in complete.items()}
        fill_s = max(best, key=lambda each: (int(best[each].max(initial=0)), -each))
        if (most := int(best[fill_s].max(initial=0))) >= 1:
            first = int(np.argmax(best[fill_s]))
            return Window(first, history_days, days, most, fill_s, most < len(one.homes))
    return None


def plain_name(name: str) -> str:
    """A scenario's name."""
    return re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_")[:64] or "homes"


def _population(one: Imported, window: Window) -> list[str]:
    lines = []
    if window.homes == 1:
        lines.append("agents = 10  # more than the one home that there is: days of it, resampled")
        lines.append("resampling = true")
    elif window.homes > MOST_AGENTS:
        lines.append(f"agents = {MOST_AGENTS}  # of {window.homes}, drawn by the seed; more take longer")
    most_kw = max(_most_wh(home.load_wh, home.pv_wh) for home in one.homes) * 3600 / one.slot_s / 1000
    if most_kw > LIMIT_KW:
        lines.append(
            f"connection_limit_kw = {math.ceil(most_kw)}  # the largest reading is {most_kw:,.1f} kW"
        )
    if window.fill_s:
        lines.append('fill = "linear"  # straight from neighbour to neighbour')
        lines.append(f"fill_slots = {max(1, window.fill_s // one.slot_s)}  # the longest gap that is filled")
    if window.drop:
        gone = len(one.homes) - window.homes
        lines.append(f'gaps = "drop-homes"  # {gone} of {len(one.homes)} lack readings that the run uses')
    if all(home.pv_wh is None for home in one.homes):
        lines.append("# nobody generates anything, so nobody sells; to give half of the homes synthetic PV:")
        lines.append("# added_pv = 0.5")
    return lines


def _most_wh(load_wh: NDArray[np.int64], pv_wh: NDArray[np.int64] | None) -> int:
    return int(np.abs(load_wh if pv_wh is None else load_wh - pv_wh).max())


def _missing(no_load: Bools, no_pv: Bools | None) -> Bools:
    return no_load if no_pv is None else no_load | no_pv


def _first_slot(one: Imported) -> int:
    """The first slot that begins a day."""
    return -(one.start_s % DAY_S - DAY_S) % DAY_S // one.slot_s


def _first_day(one: Imported) -> date:
    return _EPOCH + timedelta(days=(one.start_s + _first_slot(one) * one.slot_s) // DAY_S)


def _complete(missing: Bools, one: Imported) -> Bools:
    """Which home has all readings of which whole day, shape (homes, days)."""
    per_day, first = DAY_S // one.slot_s, _first_slot(one)
    days = (missing.shape[1] - first) // per_day
    return np.asarray(
        ~missing[:, first : first + days * per_day].reshape(len(missing), days, per_day).any(axis=2)
    )


def _counts(complete: Bools, history_days: int, days: int) -> NDArray[np.int64]:
    """How many homes have all that a run looks at, by the day with which the history begins.

    Days before the data begin are not missed.
    """
    starts = np.arange(history_days + 1, complete.shape[1] - days + 1)
    if not len(starts):
        return np.zeros(0, dtype=np.int64)
    so_far = np.cumsum(np.pad(complete, ((0, 0), (1, 0))), axis=1)
    low, high = np.maximum(starts - history_days - BEFORE_HISTORY_DAYS, 0), starts + days
    return np.asarray((so_far[:, high] - so_far[:, low] == high - low).sum(axis=0))


def _without_short(missing: Bools, most: int) -> Bools:
    """Without gaps of at most so many slots, of those that have neighbours."""
    left = missing.copy()
    for row in left:
        edges = np.flatnonzero(np.diff(np.pad(row, 1).astype(np.int8)))
        for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            if end - begin <= most and begin and end < len(row):
                row[begin:end] = False
    return left
