"""One row a time of one home."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow.compute as pc

from sim.errors import InputError
from sim.imports.answers import Answers, OpenQuestionsError, Question
from sim.imports.columns import has_times, home_column, period_titles, time_columns, unit_column
from sim.imports.export import Export, Layout, Quantity, Series, Stamps, layouts
from sim.imports.layouts.wide import quantity_of
from sim.imports.numbers import Numbers, Texts, as_bools, is_numeric
from sim.imports.sheet import Sheet
from sim.imports.tables import Meaning, long_series
from sim.imports.titles import meaning_of, read_title, unit_question, with_unit

_MOST_CATEGORIES = 12


@layouts.register
@dataclass(frozen=True)
class Long(Layout):
    """A column of homes, one of times, one or more of values, and categories of rows where one names them."""

    name = "long"
    meaning = "a row for each time of each home"
    source = "the commonest shape of exports of databases"
    generic = True

    def recognises(self, sheet: Sheet) -> bool:
        """Whether there are times, and a column of homes."""
        if len(period_titles(sheet)) >= 12 or not has_times(sheet):
            return False
        try:
            return home_column(sheet, time_columns(sheet, Answers()), Answers()) is not None
        except InputError:
            return False

    def export(self, sheet: Sheet, answers: Answers) -> Export:
        """A series of each home, value and category."""
        times = time_columns(sheet, answers)
        home = home_column(sheet, times, answers)
        if home is None:
            raise OpenQuestionsError(sheet.name, [Question("no column names homes", "--home COLUMN")])
        others = [title for title in sheet.titles if title not in (*times.titles, home)]
        values = [sheet.title(answers.value)] if answers.value else _values(sheet, others, answers)
        category = category_column(sheet, [title for title in others if title not in values], answers)
        taken = [*sheet.remarks, *times.times.remarks, *times.taken, f"{home}: home"]
        taken += [f"{title}: left out" for title in others if title not in (*values, category)]
        if len(values) != 1 and category:
            asks = f"{len(values)} columns hold numbers: {', '.join(values[:6])}"
            raise OpenQuestionsError(sheet.name, [Question(asks, "--value COLUMN")])
        if not values:
            raise OpenQuestionsError(sheet.name, [Question("no column holds numbers", "--value COLUMN")])
        homes, stamps = sheet.texts(home), times.times.stamps
        groups: list[tuple[str, Quantity, str | None]] = []
        open_category: tuple[Question, ...] = ()
        if category:
            known, open_category = category_quantities(sheet, category, answers)
            groups = [(values[0], quantity, text) for text, quantity in known.items()]
        else:
            open_category = _unknown_category(
                sheet, homes, stamps, [each for each in others if each not in values]
            )
            groups = [(text, quantity_of(text, answers)[1] or "load", None) for text in values]
        questions: list[Question] = [*times.times.questions, *open_category]
        series: list[Series] = []
        unknown: list[str] = []
        plain = [quantity for _, quantity, named in groups if named is None]
        if len(set(plain)) < len(plain):
            asks = f"{len(values)} columns hold the same quantity: {', '.join(values[:6])}"
            questions.append(Question(asks, "--value COLUMN"))
        for text, quantity, named in groups:
            rows = None if named is None else as_bools(pc.equal(sheet.texts(str(category)), named))
            found = long_series(sheet, stamps, homes, {text: Meaning(quantity)}, rows)
            own = [each for each in found if not each.missing.all()]
            if not own:
                continue
            meaning, how = meaning_of(read_title(text), quantity, _longest(own), answers, unit_column(sheet))
            if not meaning.unit:
                unknown.append(text)
            meaning = with_unit(meaning)
            shown = text if named is None else f"{text} of {category} {named}"
            taken.append(f"{shown}: {how}")
            series += [replace(each, kind=meaning.kind, unit=meaning.unit) for each in own]
        if unknown:
            questions.append(unit_question(sorted(set(unknown))))
        return Export(tuple(series), times.label, None, tuple(taken), tuple(questions))


def category_quantities(
    sheet: Sheet, category: str, answers: Answers
) -> tuple[dict[str, Quantity], tuple[Question, ...]]:
    """What each category of rows is, and the question where a category says nothing."""
    known: dict[str, Quantity] = {}
    unknown = []
    for text in pc.unique(sheet.texts(category)).to_pylist():
        said: Quantity | None = "load" if text in answers.load else "pv" if text in answers.pv else None
        quantity = said or read_title(text).quantity
        if quantity:
            known[text] = quantity
        elif not (answers.load or answers.pv):
            unknown.append(text)
    if not unknown:
        return known, ()
    asks = f"column {category}: it is not known what {', '.join(unknown[:6])} is"
    return known, (Question(asks, "--load CATEGORY and --pv CATEGORY for those that count"),)


def _unknown_category(sheet: Sheet, homes: Texts, stamps: Stamps, titles: list[str]) -> tuple[Question, ...]:
    """The question where most times of a home are there several times, once for each text of a column."""
    codes = pc.dictionary_encode(homes).indices.to_numpy(zero_copy_only=False).astype(np.int64)
    times = np.unique(stamps.local, return_inverse=True)[1]
    pairs = len(np.unique(codes * (int(times.max(initial=0)) + 1) + times))
    for title in titles:
        named = pc.unique(sheet.texts(title)).to_pylist()
        if 1 < len(named) <= _MOST_CATEGORIES and pairs * 3 <= sheet.rows * 2:
            asks = f"times are there several times, and column {title} says {', '.join(named[:6])}"
            return (Question(asks, "--load CATEGORY and --pv CATEGORY for those that count"),)
    return ()


def category_column(sheet: Sheet, titles: list[str], answers: Answers) -> str | None:
    """The column that says of each row what it holds."""
    for title in titles:
        texts = sheet.texts(title)
        if is_numeric(texts) or pc.count_distinct(texts).as_py() > _MOST_CATEGORIES:
            continue
        named = pc.unique(texts).to_pylist()
        if any(text in (*answers.load, *answers.pv) or read_title(text).quantity for text in named):
            return title
    return None


def _values(sheet: Sheet, titles: list[str], answers: Answers) -> list[str]:
    """Columns of numbers that may hold energy: those whose titles say so, else all."""
    said = [title for title in titles if title in (*answers.load, *answers.pv)]
    if said:
        return said
    numeric = [title for title in titles if is_numeric(sheet.texts(title)) and not read_title(title).foreign]
    telling = [title for title in numeric if read_title(title).quantity or read_title(title).unit]
    return telling or numeric


def _longest(series: list[Series]) -> Numbers:
    """The numbers of the longest series, in the order of time."""
    longest = max(series, key=lambda each: len(each.values))
    order = np.argsort(longest.stamps.local, kind="stable")
    return Numbers(longest.values[order], longest.missing[order])
