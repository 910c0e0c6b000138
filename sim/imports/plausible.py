"""Whether homes could have such readings: a unit off by a thousand shows in what a home uses in a day."""

from collections.abc import Sequence
from dataclasses import replace
from shlex import quote

import numpy as np

from sim.data.readings import DAY_S
from sim.imports.answers import Answers, Question
from sim.imports.export import Layout
from sim.imports.homes import ImportedHome
from sim.imports.titles import UNIT_ANSWERS

LEAST_KWH, MOST_KWH = 0.5, 200
"""Of a home in a day."""
MOST_KW = 1000
"""Of a connection, in a scenario."""


def with_totals(question: Question, homes: Sequence[ImportedHome], slot_s: int, unit: str) -> Question:
    """The question for a unit, with what homes would use if it were this one."""
    daily = _daily_kwh(homes, slot_s)
    if question.answers != UNIT_ANSWERS or not daily:
        return question
    median = float(np.median(daily))
    return replace(
        question, asks=f"{question.asks}; in {unit} the median home would use {_shown(median)} kWh a day"
    )


def questions(
    homes: Sequence[ImportedHome], slot_s: int, units: Sequence[str], layout: Layout, answers: Answers
) -> list[Question]:
    """What is asked where the readings as they were understood can be none of homes."""
    daily, asked = _daily_kwh(homes, slot_s), []
    if layout.generic and answers.unit is None and daily:
        median = float(np.median(daily))
        if not LEAST_KWH <= median <= MOST_KWH:
            asks = (
                f"in {' and '.join(units)} the median home would use {_shown(median)} kWh a day, "
                f"and homes use {LEAST_KWH} to {MOST_KWH}"
            )
            asked.append(Question(asks, f"{UNIT_ANSWERS}; --unit {units[0]}: it is right"))
    most_wh = MOST_KW * 1000 * slot_s // 3600
    large = [home.name for home in homes if _most_wh(home) > most_wh]
    if large:
        asks = f"{len(large):,} of {len(homes):,} homes take or feed in more than {MOST_KW:,} kW: no homes"
        asked.append(Question(asks, f"--leave-out {' '.join(map(quote, large))}, or --unit for another unit"))
    return asked


def _daily_kwh(homes: Sequence[ImportedHome], slot_s: int) -> list[float]:
    """What each home uses in a day, of the slots that it has readings of."""
    slots = [(home, int((~home.no_load).sum())) for home in homes]
    return [int(home.load_wh.sum()) / count * (DAY_S / slot_s) / 1000 for home, count in slots if count]


def _most_wh(home: ImportedHome) -> int:
    """The most that goes through its connection in a slot, either way."""
    net_wh = home.load_wh if home.pv_wh is None else home.load_wh - home.pv_wh
    return int(np.abs(net_wh).max())


def _shown(kwh: float) -> str:
    return f"{kwh:,.0f}" if kwh >= 100 else f"{kwh:.3g}"
