"""Exports in many layouts of the same readings, and what importing them should give."""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sim.imports.answers import Answers
from sim.imports.importing import Imported, imported
from sim.imports.source import text_source
from sim.runtime.progress import Progress

Rows = list[list[str]]
START = datetime(2017, 3, 6)


def read(text: str | bytes, **answers: object) -> Imported:
    """The homes of a text."""
    data = text if isinstance(text, bytes) else text.encode()
    return imported([text_source("meter.csv", data)], Answers(**answers), Progress(quiet=True))  # type: ignore[arg-type]


def table(rows: Rows, separator: str = ",") -> str:
    """Cells as a text."""
    return "".join(separator.join(row) + "\n" for row in rows)


def times(count: int, minutes: int = 60, start: datetime = START) -> list[datetime]:
    """So many starts of intervals."""
    return [start + timedelta(minutes=minutes * place) for place in range(count)]


def plain(moments: Sequence[datetime]) -> list[str]:
    """As most exports write them."""
    return [f"{each:%Y-%m-%d %H:%M}" for each in moments]


Homes = Mapping[str, Sequence[int]]
"""Wh of each home."""


def wide(homes: Homes, minutes: int, dice: random.Random) -> tuple[str, dict[str, object]]:
    """kWh, separated by commas."""
    del dice
    moments = plain(times(len(next(iter(homes.values()))), minutes))
    cells = [[f"{wh / 1000}" for wh in each] for each in homes.values()]
    rows = [
        ["time", *(f"{home} load (kWh)" for home in homes)],
        *map(list, zip(moments, *cells, strict=True)),
    ]
    return table(rows), {"unit": "kWh"}


def german(homes: Homes, minutes: int, dice: random.Random) -> tuple[str, dict[str, object]]:
    """Mean power in W with decimal commas, under a banner, times of ends of intervals."""
    del dice
    moments = times(len(next(iter(homes.values()))), minutes, START + timedelta(minutes=minutes))
    cells = [[f"{wh * 60 / minutes:.9f}".replace(".", ",") for wh in each] for each in homes.values()]
    shown = [f"{each:%d.%m.%Y %H:%M}" for each in moments]
    rows = [
        ["Zeit", *(f"{home} Verbrauch (W)" for home in homes)],
        *map(list, zip(shown, *cells, strict=True)),
    ]
    return f"Lastgang\n\n{table(rows, ';')}", {"label": "end", "unit": "W"}


def long(homes: Homes, minutes: int, dice: random.Random) -> tuple[str, dict[str, object]]:
    """Rows of Wh in any order, some of them twice, with an offset."""
    moments = times(len(next(iter(homes.values()))), minutes)
    rows = [
        [home, f"{moment:%Y-%m-%dT%H:%M}+01:00", str(wh)]
        for home, each in homes.items()
        for moment, wh in zip(moments, each, strict=True)
    ]
    rows += dice.sample(rows, 3)
    dice.shuffle(rows)
    return table([["meter id", "when", "Wh"], *rows]), {"label": "start", "unit": "Wh"}


def counters(homes: Homes, minutes: int, dice: random.Random) -> tuple[str, dict[str, object]]:
    """Readings of counters at the ends and before the first."""
    count = len(next(iter(homes.values())))
    columns = []
    for each in homes.values():
        so_far = [dice.randrange(10**6)]
        for wh in each:
            so_far.append(so_far[-1] + wh)
        columns.append([f"{wh / 1000}" for wh in so_far])
    rows = [
        ["time", *(f"{home} kWh" for home in homes)],
        *map(list, zip(plain(times(count + 1, minutes)), *columns, strict=True)),
    ]
    return table(rows), {"kind": "counter"}


def days(homes: Homes, minutes: int, dice: random.Random) -> tuple[str, dict[str, object]]:
    """A row a day, columns by the ends of intervals, the last one midnight."""
    del dice
    per_day = 1440 // minutes
    titles = [f"{minutes * place // 60 % 24}:{minutes * place % 60:02}" for place in range(1, per_day + 1)]
    rows = []
    for home, each in homes.items():
        for day in range(len(each) // per_day):
            wh = each[day * per_day : (day + 1) * per_day]
            rows.append([home, f"{START + timedelta(days=day):%d-%b-%y}", *map(str, wh)])
    return table([["customer", "date", *titles], *rows]), {"unit": "Wh"}


WRITERS: tuple[Callable[[Homes, int, random.Random], tuple[str, dict[str, object]]], ...] = (
    wide, german, long, counters, days,
)  # fmt: skip
