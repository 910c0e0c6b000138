"""What the title of a column says: whose it is, what, and in which unit."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.errors import InputError
from sim.imports.answers import Answers, Kind, Question
from sim.imports.energy import ENERGY_UNITS, POWER_UNITS
from sim.imports.export import Quantity
from sim.imports.numbers import Numbers
from sim.imports.tables import Meaning

_WORDS: dict[Quantity, tuple[str, ...]] = {
    "pv": ("pv", "solar", "generation", "generated", "gen", "photovoltaic", "photovoltaics", "production",
           "erzeugung", "gg"),
    "export": ("export", "exported", "feedin", "einspeisung", "netzeinspeisung", "injection"),
    "import": ("import", "imported", "netzbezug", "bezug", "purchased"),
    "load": ("load", "consumption", "consumed", "usage", "use", "demand", "verbrauch",
             "stromverbrauch", "gc", "cl"),
    "temperature": ("temperature", "temp", "temperatur"),
}  # fmt: skip
_QUANTITIES: dict[str, Quantity] = {word: what for what, words in _WORDS.items() for word in words}
UNIT_NAMES = {each.lower(): each for each in (*POWER_UNITS, *ENERGY_UNITS)}
_SUMS = {"total", "sum", "summe", "gesamt", "all", "aggregate", "mains"}
_FILLERS = {
    "energy", "power", "active", "electricity", "strom", "in", "per", "hh", "hour", "half", "the", "of",
    "grid", "netz",
}  # fmt: skip
"""Words of titles that name a quantity or unit, and no home."""
_FOREIGN = {
    "v", "a", "%", "var", "kvar", "kva", "kvarh", "hz", "eur", "usd", "price", "cost", "tariff",
    "humidity", "voltage", "current", "intensity", "status", "quality", "flag", "reactive", "wind",
    "cloud", "day", "month", "year", "hour", "minute", "weekday", "holiday", "period", "index", "row",
    "frequency", "spannung",
}  # fmt: skip
"""Words and units of columns that hold no energy of a home."""
_REGISTERS = {"t1", "t2", "ht", "nt", "peak", "offpeak"}
"""Of a meter that counts by the hour of the day: they add up."""
_PARTS = {
    "battery", "ev", "wallbox", "charger", "dishwasher", "freezer", "fridge", "refrigerator", "oven",
    "boiler",
}  # fmt: skip
"""Words of columns that hold a part of a home's load, or what it stores."""
_EXTREMES = {"max", "min", "maximum", "minimum"}
"""Words of columns that hold no mean or sum, whatever their unit."""
_TOKEN = re.compile(r"°c|%|t[12]\b|[^\W\d_]+|\d+", re.IGNORECASE)
_COUNTED = {"counter", "cumulative", "zählerstand", "meterstand"}
_FEWEST = 24
UNIT_ANSWERS = "--unit Wh, kWh, W, kW, MWh or MW"
_FALLS, _SLOWEST = 0.001, 20


@dataclass(frozen=True)
class Title:
    """What a title says.

    home:     what remains of it without words of quantity and unit, empty where nothing does
    register: of a meter that has several, which one
    """

    text: str
    home: str
    quantity: Quantity | None
    unit: str | None
    counted: bool
    foreign: bool
    register: str | None = None


def read_title(text: str) -> Title:
    """What a title says."""
    folded = re.sub(r"feed[ _-]?in", "feedin", text, flags=re.IGNORECASE)
    for way, word in (("to", "export"), ("from", "import")):
        folded = re.sub(rf"\b{way}[ _-]?(?:the[ _-]?)?grid\b", word, folded, flags=re.IGNORECASE)
    found = list(_TOKEN.finditer(folded))
    words = [each[0].lower() for each in found]
    quantity = next((_QUANTITIES[word] for word in words if word in _QUANTITIES), None)
    unit = next((UNIT_NAMES[word] for word in reversed(words) if word in UNIT_NAMES), None)
    if quantity == "temperature" or "°c" in words:
        quantity, unit = "temperature", "°C"
    counted = bool(_COUNTED.intersection(words))
    alone = len(words) == 1 and len(words[0]) < 3  # a home may be called so
    foreign = not (unit or quantity or alone) and bool(_FOREIGN.intersection(words))
    foreign |= bool((_EXTREMES | _PARTS).intersection(words)) and quantity != "temperature"
    gone = {*_QUANTITIES, *UNIT_NAMES, *_COUNTED}
    if quantity or unit:
        gone |= _FILLERS | _REGISTERS
    kept = [each for each, word in zip(found, words, strict=True) if word not in gone]
    home = folded[kept[0].start() : kept[-1].end()].strip() if kept else ""
    if kept and any(word in gone for word in words):
        removed = [each for each, word in zip(found, words, strict=True) if word in gone]
        parts = list(folded)
        for each in removed:
            parts[each.start() : each.end()] = [""] * (each.end() - each.start())
        home = re.sub(r"[\s_()\[\]./,:-]{2,}", lambda gap: gap[0][0], "".join(parts)).strip(" _()[]./,:-")
    register = next((word for word in words if word in _REGISTERS), None)
    return Title(text, home, quantity, unit, counted, foreign, register)


def is_counter(numbers: Numbers) -> bool:
    """Whether values rise all the time, but for a few resets, and far beyond their steps: a counter's."""
    values = numbers.values[~numbers.missing]
    rises = np.diff(values)
    if len(rises) < _FEWEST or not (rises > 0).any():
        return False
    if (rises < 0).sum() > _FALLS * len(rises):
        return False
    if not (rises < 0).any():
        return bool((rises > 0).sum() >= _FEWEST // 2)
    return bool(np.median(values) > _SLOWEST * np.median(rises[rises > 0]))


def meaning_of(
    title: Title, quantity: Quantity, numbers: Numbers, answers: Answers, beside: str | None = None
) -> tuple[Meaning, str]:
    """What a column is, and how that is known; the unit is "" where nothing says it, and has to be asked.

    beside: the unit that a column of units says
    """
    if quantity == "temperature":
        return Meaning(quantity, "energy", "°C"), "temperature in °C"
    unit = answers.unit or title.unit or beside or ""
    who = "you say" if answers.unit else "its title says" if title.unit else "a column of units says"
    said = f"{unit}, as {who}" if unit else "of unknown unit"
    kind: Kind
    if answers.kind and unit and (answers.kind == "power") != (unit in POWER_UNITS):
        what = "a power" if unit in POWER_UNITS else "an energy"
        raise InputError(f"--kind {answers.kind}: column {title.text} is in {unit}, which is {what}")
    if answers.kind:
        kind, why = answers.kind, "as you say"
    elif unit in POWER_UNITS:
        kind, why = "power", "mean power"
    elif title.counted:
        kind, why = "counter", "as its title says"
    elif is_counter(numbers):
        kind, why = "counter", "as it never falls but for resets"
    else:
        kind, why = "energy", "energy of an interval"
    named = f"{kind} ({why})" if kind == "counter" or answers.kind else why
    return Meaning(quantity, kind, unit), f"{quantity} in {said}; {named}"


def unit_question(titles: Sequence[str]) -> Question:
    """What is asked where no title names a unit."""
    shown = ", ".join(titles[:3]) + (", ..." if len(titles) > 3 else "")
    return Question(f"no unit is named for {shown}", UNIT_ANSWERS)


def sum_question(homes: Sequence[str]) -> Question | None:
    """What is asked where one of several homes may be the sum of the others."""
    sums = [home for home in homes if home.lower() in _SUMS]
    if not sums or len(homes) < 3:
        return None
    return Question(f"{sums[0]} may be the sum of the others", f"--leave-out {sums[0]}, or --load COLUMN")


def with_unit(meaning: Meaning) -> Meaning:
    """The same with a unit in the place of one that has to be asked."""
    return meaning if meaning.unit else replace(meaning, unit="kW" if meaning.kind == "power" else "kWh")
