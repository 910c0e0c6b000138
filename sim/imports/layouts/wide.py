"""One row a time, one column a home or a quantity of a home."""

from dataclasses import dataclass
from pathlib import PurePath

from sim.errors import InputError
from sim.imports.answers import Answers, OpenQuestionsError, Question
from sim.imports.columns import has_times, home_column, period_titles, time_columns, unit_column
from sim.imports.export import Export, Layout, Quantity, Series, layouts, series_of
from sim.imports.numbers import is_missing, is_numeric
from sim.imports.sheet import Sheet
from sim.imports.titles import Title, meaning_of, read_title, sum_question, unit_question, with_unit

_FEWEST_PERIODS = 12


@layouts.register
@dataclass(frozen=True)
class Wide(Layout):
    """What its titles say of quantities and units is taken; the rest of a title is the home."""

    name = "wide"
    meaning = "a row for each time, a column for each home"
    source = "the commonest shape of tables of time series"
    generic = True

    def recognises(self, sheet: Sheet) -> bool:
        """Whether there are times and numbers, and no column of homes."""
        if len(period_titles(sheet)) >= _FEWEST_PERIODS or not has_times(sheet):
            return False
        try:
            return home_column(sheet, time_columns(sheet, Answers()), Answers()) is None
        except OpenQuestionsError:
            return len([title for title in sheet.titles if is_numeric(sheet.texts(title))]) > 1
        except InputError:
            return True

    def export(self, sheet: Sheet, answers: Answers) -> Export:
        """Every column of numbers is a series."""
        times = time_columns(sheet, answers)
        taken, questions, chosen = [*times.taken], [*times.times.questions], []
        columns = [text for text in sheet.titles if text not in times.titles]
        units_named = any(read_title(text).unit for text in columns)
        for text in columns:
            title, quantity = quantity_of(text, answers)
            telling = title.unit or title.quantity or text in (*answers.load, *answers.pv)
            texts = sheet.texts(text)
            told = quantity is not None and title.unit and not is_missing(texts).all()
            if told and not is_numeric(texts):
                sheet.numbers(text)  # which names the first cell that is none
            if quantity is None or not is_numeric(texts):
                taken.append(f"{text}: left out, as it holds no energy of a home")
            elif units_named and not telling:
                taken.append(f"{text}: left out, as its title names no unit, and others do")
            else:
                chosen.append((title, quantity, title.home or home_of(sheet)))
        questions += doubled_questions(chosen)
        beside = unit_column(sheet)
        series: list[Series] = []
        unknown: list[str] = []
        for title, quantity, home in chosen:
            numbers = sheet.numbers(title.text)
            if numbers.missing.all():
                taken.append(f"{title.text}: left out, as it is empty")
                continue
            meaning, how = meaning_of(title, quantity, numbers, answers, beside)
            if not meaning.unit:
                unknown.append(title.text)
            meaning = with_unit(meaning)
            taken.append(f"{title.text}: {how}" + (f" of {home}" if quantity != "temperature" else ""))
            series.append(
                series_of(home, quantity, title.text, meaning.kind, meaning.unit, times.times.stamps, numbers)
            )
        if unknown:
            questions.append(unit_question(unknown))
        loads = [home for _, quantity, home in chosen if quantity == "load" and home not in answers.leave_out]
        if not answers.load and (asked := sum_question(loads)):
            questions.append(asked)
        label = times.label
        return Export(
            tuple(series), label, None, (*sheet.remarks, *times.times.remarks, *taken), tuple(questions)
        )


def quantity_of(text: str, answers: Answers) -> tuple[Title, Quantity | None]:
    """What a column holds: by the user's word, by its title, or load where the title says nothing."""
    title = read_title(text)
    if text in answers.load:
        return title, "load"
    if text in answers.pv:
        return title, "pv"
    if title.foreign:
        return title, None
    if answers.load and title.quantity in (None, "load"):
        return title, None
    if answers.pv and title.quantity == "pv":
        return title, None
    return title, title.quantity or "load"


def home_of(sheet: Sheet) -> str:
    """What the one home of a file is called, whose columns name none: as the file."""
    name = PurePath(sheet.name.rsplit(": ", 1)[-1]).name
    return name.split(".")[0] or "home"


def doubled_questions(chosen: list[tuple[Title, Quantity, str]]) -> list[Question]:
    """What is asked where several columns are the same quantity of one home."""
    titles: dict[tuple[str, Quantity], list[Title]] = {}
    for title, quantity, home in chosen:
        titles.setdefault((home, quantity), []).append(title)
    questions = []
    for (home, quantity), own in titles.items():
        count = len(own)
        if count > 1 and quantity != "temperature" and len({each.register for each in own} - {None}) < count:
            shown = ", ".join(each.text for each in own[:6])
            option = "pv" if quantity == "pv" else "load"
            asks = f"{count} columns may be {quantity} of {home} ({shown}), and it is not known which add up"
            questions.append(Question(asks, f"--{option} COLUMN for each that counts"))
    return questions
