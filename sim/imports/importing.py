"""From files to homes on one grid of local standard time, with what was concluded and left out on the way."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.data.csv_file import MOST_DEGREES
from sim.data.readings import DAY_S
from sim.errors import InputError
from sim.imports import plausible
from sim.imports.answers import Answers, Label, OpenQuestionsError, Question
from sim.imports.checks import (
    check_steps,
    daily_counters,
    mostly_empty,
    with_midnights_of_the_day_before,
    without_hours_left_out,
)
from sim.imports.energy import Integers
from sim.imports.export import Export, Layout, Quantity, Series, Stamps, homes_of
from sim.imports.grid import Account, Grid, grid_of, rounded, shown, slot_of, step_of, together
from sim.imports.homes import BELOW_ZERO, NO_EXPORT, NO_LOAD, ImportedHome, imported_home
from sim.imports.labels import label_of
from sim.imports.layouts import layouts
from sim.imports.names import legal_names
from sim.imports.sheet import Sheet, read_sheet
from sim.imports.source import Source
from sim.imports.titles import UNIT_ANSWERS
from sim.imports.zones import Clock, Seconds, checked_zone, clock_of, standard_s
from sim.runtime.progress import Progress
from sim.runtime.wording import counted

_OR_ZONE = "; or --zone, if it is the hour that clocks have twice in autumn"
_ASKED = {
    "duplicates": ("times have several readings that differ", f"--duplicates first, last or sum{_OR_ZONE}"),
    "duplicates of counters": (
        "times have several readings that differ",
        f"--duplicates first or last{_OR_ZONE}",
    ),
    BELOW_ZERO: (
        "readings are below zero",
        "--negative zero (they count as none) or --negative export (what a net meter feeds in)",
    ),
    NO_LOAD: ("homes have generation and no load", "--leave-out HOME for each of them, or --load COLUMN"),
    NO_EXPORT: (
        "homes have import and PV and no export, so that what they consume is not known",
        "--leave-out HOME for each of them, or --load COLUMN where the import is all consumption",
    ),
}


@dataclass(frozen=True)
class Imported:
    """Homes on one grid.

    names:    what each home is called from now on, by what its file calls it
    start_s:  when slot 0 begins, seconds of local standard time since 1970
    temperature_dc: tenths of a degree; None where there is none, or some is missing
    remarks:  what was taken for what, concluded and changed
    accounts: what became of the energy that was read
    """

    layout: str
    sources: tuple[str, ...]
    names: Mapping[str, str]
    homes: tuple[ImportedHome, ...]
    start_s: int
    slot_s: int
    temperature_dc: Integers | None
    remarks: tuple[str, ...]
    accounts: Mapping[Quantity, Account]

    @property
    def slots(self) -> int:
        """How many slots the grid has."""
        return len(self.homes[0].load_wh)


def imported(sources: Iterable[Source], answers: Answers, progress: Progress) -> Imported:
    """All homes of the files of one export.

    Raises InputError for what is wrong, and OpenQuestionsError with all questions that the files leave open.
    """
    checked_zone(answers.zone)
    names, exports, layout = [], [], None
    for source in sources:
        sheet = read_sheet(source.name, source.data, source.path, progress)
        sheet = replace(sheet, remarks=(*source.remarks, *sheet.remarks))
        layout = layout_of(sheet, answers, layout)
        exports.append(layout.export(sheet, answers))
        names.append(source.name)
    if layout is None:
        raise InputError("has no file to import")
    questions = [question for each in exports for question in each.questions]
    unread = list(questions)  # whose answers may mend what is wrong
    try:
        found = _on_grid(tuple(names), layout, exports, answers, questions, progress)
    except OpenQuestionsError as error:
        raise OpenQuestionsError(names[0], [*questions, *error.questions]) from None
    except InputError as error:
        if unread:
            raise OpenQuestionsError(names[0], unread) from None
        raise InputError(f"{names[0]}: {error}") from None
    if questions:
        raise OpenQuestionsError(names[0], questions)
    return found


def layout_of(sheet: Sheet, answers: Answers, before: Layout | None = None) -> Layout:
    """The layout that a sheet is in; ``before``: that of the files before it, which it should share.

    Raises InputError where it is in none, and OpenQuestionsError where several adapters could read it.
    """
    if answers.layout is not None:
        try:
            return layouts.make(answers.layout)
        except ValueError as error:
            raise InputError(f"--layout: {error}") from None
    if before is not None and before.recognises(sheet):
        return before
    found = [each() for each in layouts if each().recognises(sheet)]
    found = [each for each in found if not each.generic] or found
    if not found:
        raise InputError(
            f"{sheet.name}: is in no layout that is known, of columns {' | '.join(sheet.titles[:8])}; should "
            f"have a column of times and columns of numbers, or --layout {', '.join(layouts.names)}"
        )
    if len(found) > 1:
        asks = f"it may be in the layouts {', '.join(each.name for each in found)}"
        raise OpenQuestionsError(sheet.name, [Question(asks, f"--layout {found[0].name} or another")])
    if before is not None:
        raise InputError(f"{sheet.name}: is in layout {found[0].name}, and the files before in {before.name}")
    return found[0]


def _on_grid(
    names: tuple[str, ...],
    layout: Layout,
    exports: Sequence[Export],
    answers: Answers,
    questions: list[Question],
    progress: Progress,
) -> Imported:
    remarks = [line for each in exports for line in each.taken]
    series = with_midnights_of_the_day_before(_kept(_joined(exports), answers, remarks), remarks)
    amounts = list(
        {
            id(each.stamps): each.stamps for each in series if each.kind != "counter" and each.values.any()
        }.values()
    )
    stamps = list({id(each.stamps): each.stamps for each in series}.values())
    step_s = step_of(stamps)
    slot_s = slot_of(step_s, answers.slot_minutes)
    label, why, asked = label_of(exports, amounts, step_s, answers)
    remarks += why
    questions += asked
    zones = {each.zone for each in exports if each.zone}
    clock = clock_of(stamps, answers.zone, min(zones) if len(zones) == 1 else None, label, step_s)
    remarks += clock.remarks
    questions += clock.questions
    series = without_hours_left_out(series, clock, label, step_s, remarks)
    times = _times(series, clock, label, step_s)
    own_times = [times[_key(each)] for each in series]
    check_steps(series, own_times, step_s)
    questions += daily_counters(series, own_times, answers)
    homes = homes_of(series)
    spans = [span for each in series for span in _span(each, times[_key(each)], step_s)]
    if not spans:
        raise InputError("has no readings: all cells of the columns taken are empty")
    grid = grid_of(spans, step_s, slot_s, 2 * len(homes))
    by_home: dict[str, list[tuple[Series, Seconds]]] = {home: [] for home in homes}
    for each in series:
        if each.quantity != "temperature":
            by_home[each.home].append((each, times[_key(each)]))
    found = []
    with progress.stage("homes", len(homes), "homes") as advance:
        for home, own in by_home.items():
            found.append(imported_home(home, own, grid, slot_s // step_s, answers))
            advance(1)
    questions += mostly_empty(found, grid, answers)
    accounts = _accounts(found)
    questions += _asked(accounts)
    units = sorted({each.unit for each in series if each.quantity != "temperature"})
    if any(each.answers == UNIT_ANSWERS for each in questions):
        questions[:] = [plausible.with_totals(each, found, slot_s, units[0]) for each in questions]
    else:
        questions += plausible.questions(found, slot_s, units, layout, answers)
    remarks += _counted(accounts, step_s, slot_s)
    for how in dict.fromkeys(each.how for each in found):
        remarks.append(f"{counted(sum(each.how == how for each in found), 'home')} with {how}")
    temperature_dc = _temperature(series, times, grid, slot_s // step_s, remarks)
    return Imported(
        layout=layout.name,
        sources=names,
        names=legal_names(homes, answers.names),
        homes=tuple(found),
        start_s=grid.start_s,
        slot_s=slot_s,
        temperature_dc=temperature_dc,
        remarks=tuple(dict.fromkeys(remarks)),
        accounts=accounts,
    )


def _joined(exports: Sequence[Export]) -> list[Series]:
    """Series of several files: those of one home and column follow each other."""
    if len(exports) == 1:
        return list(exports[0].series)
    parts: dict[tuple[str, ...], list[Series]] = {}
    for export in exports:
        for each in export.series:
            parts.setdefault((each.home, each.quantity, each.column, each.kind, each.unit), []).append(each)
    shared: dict[tuple[int, ...], Stamps] = {}
    found = []
    for own in parts.values():
        key = tuple(id(each.stamps) for each in own)
        if key not in shared:
            shared[key] = _stamps([each.stamps for each in own])
        values, missing = [each.values for each in own], [each.missing for each in own]
        found.append(
            replace(
                own[0],
                stamps=shared[key],
                values=np.concatenate(values),
                missing=np.concatenate(missing),
            )
        )
    return found


def _stamps(parts: Sequence[Stamps]) -> Stamps:
    offsets_s = [each.offset_s for each in parts if each.offset_s is not None]
    if offsets_s and len(offsets_s) < len(parts):
        raise InputError("times of some files have an offset and those of others have none")
    local = np.concatenate([each.local for each in parts])
    return Stamps(local, np.concatenate(offsets_s) if offsets_s else None)


def _kept(series: list[Series], answers: Answers, remarks: list[str]) -> list[Series]:
    """Without the homes that the user leaves out, and series without a reading."""
    homes = homes_of(series)
    if unknown := [home for home in answers.leave_out if home not in homes]:
        raise InputError(f'--leave-out "{unknown[0]}": no home is called so; they are {", ".join(homes[:8])}')
    if answers.leave_out:
        remarks.append(f"left out, as you say: {', '.join(answers.leave_out)}")
    empty = [each for each in series if each.missing.all()]
    if empty:
        shown_ = ", ".join(f"{each.column} of {each.home}" for each in empty[:5])
        remarks.append(f"{len(empty):,} series without a reading are left out: {shown_}")
    kept = [each for each in series if each.home not in answers.leave_out and not each.missing.all()]
    has_pv = {each.home for each in kept if each.quantity == "pv" and each.values.any()}
    dark = [
        each
        for each in kept
        if each.quantity in ("pv", "export") and each.home not in has_pv and not each.values.any()
    ]
    gone = {id(each) for each in dark}
    kept = [each for each in kept if id(each) not in gone]
    if unlit := {each.home for each in dark} - {each.home for each in kept if each.quantity == "pv"}:
        remarks.append(
            f"{counted(len(unlit), 'home')} with PV or export of zero throughout: taken as without PV"
        )
    if not homes_of(kept):
        raise InputError("has no column of energy with readings")
    return kept


def _key(series: Series) -> tuple[int, bool]:
    return id(series.stamps), series.kind == "counter"


def _times(
    series: Sequence[Series], clock: Clock, label: Label, step_s: int
) -> dict[tuple[int, bool], Seconds]:
    """When intervals begin, of each object of stamps; counters' readings are instants."""
    times: dict[tuple[int, bool], Seconds] = {}
    for each in series:
        if (key := _key(each)) not in times:
            times[key] = standard_s(each.stamps, clock, "start" if key[1] else label, step_s)
    return times


def _span(series: Series, times_s: Seconds, step_s: int) -> list[tuple[int, int]]:
    """When the first and the last of its readings begin; of a counter's the last one begins no interval."""
    there = rounded(times_s[~series.missing], step_s)[0]
    if not len(there):
        return []
    last = int(there.max()) - (step_s if series.kind == "counter" else 0)
    return [(int(there.min()), last)] if last >= there.min() else []


def _accounts(homes: Sequence[ImportedHome]) -> dict[Quantity, Account]:
    quantities = dict.fromkeys(quantity for home in homes for quantity in home.accounts)
    return {
        quantity: together([home.accounts[quantity] for home in homes if quantity in home.accounts])
        for quantity in quantities
    }


def _asked(accounts: Mapping[Quantity, Account]) -> list[Question]:
    merged = together(list(accounts.values())).asked
    return [
        Question(f"{count:,} {_ASKED[what][0]}, as {example}", _ASKED[what][1])
        for what, (count, example) in merged.items()
    ]


def _counted(accounts: Mapping[Quantity, Account], step_s: int, slot_s: int) -> list[str]:
    lines = [f"readings are {step_s / 60:g} minutes apart"]
    if slot_s != step_s:
        lines.append(f"summed to slots of {slot_s // 60} minutes, as you say")
    merged = together(list(accounts.values()))
    return lines + [f"{count:,} {what}" for what, count in merged.counts.items()]


def _temperature(
    series: Sequence[Series],
    times: Mapping[tuple[int, bool], Seconds],
    grid: Grid,
    groups: int,
    remarks: list[str],
) -> Integers | None:
    """Mean temperature of each slot in tenths of a degree, if it is known of all."""
    own = [each for each in series if each.quantity == "temperature"]
    if not own:
        return None
    one = own[0]
    on_grid, _, beside = rounded(times[_key(one)], grid.step_s)
    places = (on_grid - grid.start_s) // grid.step_s
    good = ~one.missing & ~beside & (places >= 0) & (places < grid.steps)
    degrees, seen = np.zeros(grid.steps, dtype=np.int64), np.zeros(grid.steps, dtype=bool)
    degrees[places[good]], seen[places[good]] = one.values[good], True
    if not seen.all() or np.abs(degrees).max() > MOST_DEGREES * 10**9:
        remarks.append(f"{one.column}: left out, as {counted(int((~seen).sum()), 'reading')} are missing")
        return None
    tenths = degrees.reshape(-1, groups).sum(axis=1) // groups
    return np.asarray((tenths + 5 * 10**7) // 10**8)


def period(one: Imported) -> str:
    """From when to when readings are."""
    return f"{shown(one.start_s)} to {shown(one.start_s + one.slots * one.slot_s)}"


def days(one: Imported) -> float:
    """How many days readings cover."""
    return one.slots * one.slot_s / DAY_S
