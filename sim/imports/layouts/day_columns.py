"""One row a day of one home, one column a time of day."""

from dataclasses import dataclass

from sim.imports.answers import Answers, Label, OpenQuestionsError, Question
from sim.imports.columns import home_column, period_titles, time_columns
from sim.imports.export import Export, Layout, layouts
from sim.imports.layouts.long import category_column, category_quantities
from sim.imports.layouts.wide import home_of
from sim.imports.numbers import same_texts
from sim.imports.sheet import Sheet
from sim.imports.tables import Meaning, day_series
from sim.imports.times import are_times
from sim.imports.titles import read_title, unit_question

FEWEST_PERIODS = 12


@layouts.register
@dataclass(frozen=True)
class DayColumns(Layout):
    """Titles of columns are times of day; what a row holds may stand in a column of categories."""

    name = "day-columns"
    meaning = "a row for each day, a column for each time of day"
    source = "a common shape of exports of utilities"
    generic = True

    def recognises(self, sheet: Sheet) -> bool:
        """Whether there are many columns of times of day, and one of dates."""
        return len(period_titles(sheet)) >= FEWEST_PERIODS and any(map(are_times, sheet.columns))

    def export(self, sheet: Sheet, answers: Answers) -> Export:
        """A series of each home and category; times that end with midnight are ends of intervals."""
        days = time_columns(sheet, answers)
        periods = period_titles(sheet)
        if len(periods) < FEWEST_PERIODS:
            asks = f"{len(periods)} titles are times of day, should be at least {FEWEST_PERIODS}"
            raise OpenQuestionsError(sheet.name, [Question(asks, "--layout wide or --layout long")])
        home = home_column(sheet, days, answers)
        named = {*days.titles, *(title for title, _ in periods), *([home] if home else [])}
        others = [title for title in sheet.titles if title not in named]
        category = category_column(sheet, others, answers)
        questions = [*days.times.questions]
        unit_title = next((read_title(each).unit for each in sheet.banner if read_title(each).unit), None)
        unit = answers.unit or unit_title or ""
        if not unit:
            questions.append(unit_question([title for title, _ in periods]))
        kind = answers.kind or ("power" if unit in ("W", "kW", "MW") else "energy")
        meanings = {"": Meaning("load", kind, unit or "kWh")}
        if category:
            known, open_category = category_quantities(sheet, category, answers)
            questions += open_category
            meanings = {text: Meaning(quantity, kind, unit or "kWh") for text, quantity in known.items()}
        homes = sheet.texts(home) if home else same_texts(home_of(sheet), sheet.rows)
        series = day_series(
            sheet, days.times.stamps, periods, homes, sheet.texts(category) if category else None, meanings
        )
        label: Label | None = None
        if periods[0][1] == 0 or periods[-1][1] == 1440:
            label = "start" if periods[0][1] == 0 else "end"
        taken = [*sheet.remarks, *days.times.remarks, *days.taken]
        named_unit = unit or "an unknown unit"
        taken.append(f"{periods[0][0]} to {periods[-1][0]}: {kind} in {named_unit}, {len(periods)} a day")
        if label:
            taken.append(
                f"times are {label}s of intervals, as a day runs from {periods[0][0]} to {periods[-1][0]}"
            )
        taken += [f"{home}: home"] if home else [f"one home, called {home_of(sheet)} as the file"]
        taken += [f"{category} {text}: {each.quantity}" for text, each in meanings.items() if category]
        taken += [f"{title}: left out" for title in others if title != category]
        return Export(series, label, None, tuple(taken), tuple(questions))
