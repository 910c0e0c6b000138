"""Lengths of time in a scenario: written as hours or minutes, meant as slots."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from sim.schema.document import shown, with_field
from sim.schema.forecasting import MOST_HORIZON, MOST_LEAD, MOST_LOOKBACK, MOST_SLOT_MINUTES

IN_SLOTS = {
    "time.horizon": MOST_HORIZON,
    "time.lead": MOST_LEAD,
    "forecast.lookback": MOST_LOOKBACK,
}
"""Fields that count slots and may be written as a length of time, and the most that each takes."""

_LENGTH = re.compile(r"(\d{1,6}) ?(h|min)", re.ASCII)
_MINUTES = {"h": 60, "min": 1}


def in_slots(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document with lengths like "24 h" or "90 min" as numbers of slots of ``time.slot_minutes``.

    What is not text is left to the schema. Raises ValueError with the field, the value and what would be
    right.
    """
    for field, most in IN_SLOTS.items():
        value = _value(document, field)
        if isinstance(value, str):
            document = with_field(document, field, _slots(field, value, most, document))
    return document


def _slots(field: str, text: str, most: int, document: Mapping[str, Any]) -> int:
    slot_minutes = _value(document, "time.slot_minutes")
    written = f"{field} = {shown(text)}"
    length = _LENGTH.fullmatch(text)
    if length is None:
        raise ValueError(f'{written}: should be a number of slots, or a length like "24 h" or "90 min"')
    if slot_minutes is None:
        raise ValueError(f"{written}: needs time.slot_minutes, the length of the data's slots")
    if not (type(slot_minutes) is int and 1 <= slot_minutes <= MOST_SLOT_MINUTES):
        raise ValueError(
            f"time.slot_minutes = {shown(slot_minutes)}: should be a whole number from 1 to "
            f"{MOST_SLOT_MINUTES:,}"
        )
    minutes = int(length[1]) * _MINUTES[length[2]]
    slots, rest = divmod(minutes, slot_minutes)
    if rest:
        raise ValueError(f"{written}: should be whole slots, of {slot_minutes} min each")
    if not 1 <= slots <= most:
        raise ValueError(f"{written}: {slots:,} slots of {slot_minutes} min, should be 1 to {most}")
    return slots


def _value(document: Mapping[str, Any], field: str) -> object:
    """A field's value; None where there is none, or no section in which it could be."""
    section, _, key = field.partition(".")
    table = document.get(section)
    if isinstance(table, BaseModel):
        return getattr(table, key, None)
    return table.get(key) if isinstance(table, Mapping) else None
