"""What a user says about an export, and what still has to be asked.

Nothing that an export does not tell is guessed: it is asked, all of it at once, each question with the option
that answers it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sim.errors import InputError

Label = Literal["start", "end"]
Kind = Literal["energy", "power", "counter"]
Dates = Literal["day-first", "month-first"]
Duplicates = Literal["first", "last", "sum"]
Negative = Literal["zero", "export"]
LABELS: tuple[Label, ...] = ("start", "end")
KINDS: tuple[Kind, ...] = ("energy", "power", "counter")
DATES: tuple[Dates, ...] = ("day-first", "month-first")
DUPLICATES: tuple[Duplicates, ...] = ("first", "last", "sum")
NEGATIVE: tuple[Negative, ...] = ("zero", "export")
UNITS = ("Wh", "kWh", "MWh", "W", "kW", "MW")


@dataclass(frozen=True)
class Answers:
    """What options say of an export; None or empty: nothing is said, so the file has to tell.

    layout:       name of a registered layout
    unit, kind:   of all values of load and pv
    label:        whether a time is its interval's start or end
    zone:         IANA name of the zone that times are in
    dates:        the order of day and month, where a date leaves it open
    time, home, value: titles of the columns of a long layout; ``time`` of a wide one too
    load, pv:     titles of columns (or categories of a long layout) that are load, or generation
    names:        new names of homes by old ones
    leave_out:    homes, as the file calls them, that are not read
    duplicates:   which of several readings of one time counts
    negative:     readings below zero: "zero": count as none; "export": of a net meter, what is fed in
    slot_minutes: finer readings are summed to slots of this length
    """

    layout: str | None = None
    unit: str | None = None
    kind: Kind | None = None
    label: Label | None = None
    zone: str | None = None
    dates: Dates | None = None
    time: str | None = None
    home: str | None = None
    value: str | None = None
    load: tuple[str, ...] = ()
    pv: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    leave_out: tuple[str, ...] = ()
    duplicates: Duplicates | None = None
    negative: Negative | None = None
    slot_minutes: int | None = None


@dataclass(frozen=True)
class Question:
    """What an export does not tell.

    asks:    what is not known, and why, in one sentence without a full stop
    answers: the options that answer it, as a user writes them: "--label start or --label end"
    """

    asks: str
    answers: str


class OpenQuestionsError(InputError):
    """An export leaves questions open; all of them are listed."""

    def __init__(self, name: str, questions: Sequence[Question]) -> None:
        self.name, self.questions = name, tuple(dict.fromkeys(questions))
        listed = "; ".join(f"{each.asks}: say {each.answers}" for each in self.questions)
        super().__init__(f"{name}: {listed}")
