"""The three shapes of tables that layouts have, as series: columns of homes, rows of homes, rows of days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from sim.imports.answers import Kind
from sim.imports.export import Quantity, Series, Stamps, series_of
from sim.imports.sheet import Numbers, Sheet, Texts


@dataclass(frozen=True)
class Meaning:
    """What a column, or a category of rows, is."""

    quantity: Quantity
    kind: Kind = "energy"
    unit: str = "kWh"


def wide_series(
    sheet: Sheet, stamps: Stamps, columns: Mapping[str, tuple[str, Meaning]]
) -> tuple[Series, ...]:
    """A series of each column: by its title the home and what it is."""
    return tuple(
        series_of(home, each.quantity, title, each.kind, each.unit, stamps, sheet.numbers(title))
        for title, (home, each) in columns.items()
    )


def long_series(
    sheet: Sheet,
    stamps: Stamps,
    homes: Texts,
    columns: Mapping[str, Meaning],
    rows: NDArray[np.bool_] | None = None,
) -> tuple[Series, ...]:
    """A series of each home and column of values, where a row is one time of one home.

    homes: whose each row is, shape (rows,)
    rows:  those that are read, shape (rows,); None: all
    """
    numbers = {title: sheet.numbers(title) for title in columns}
    return tuple(
        Series(
            home,
            each.quantity,
            title,
            each.kind,
            each.unit,
            own,
            numbers[title].values[place],
            numbers[title].missing[place],
        )
        for home, place in _places(homes, rows)
        for own in (_taken(stamps, place),)
        for title, each in columns.items()
    )


def day_series(
    sheet: Sheet,
    days: Stamps,
    periods: Sequence[tuple[str, int]],
    homes: Texts,
    categories: Texts | None,
    meanings: Mapping[str, Meaning],
) -> tuple[Series, ...]:
    """A series of each home and category, where a row is one day of one.

    periods:    of each column of values its title, and how many minutes after midnight it stands for
    categories: what each row holds, a key of ``meanings``; others are not read; None: all are meanings[""]
    """
    numbers = [sheet.numbers(title) for title, _ in periods]
    values = np.stack([each.values for each in numbers], axis=1)
    missing = np.stack([each.missing for each in numbers], axis=1)
    after = np.array([minutes for _, minutes in periods], dtype="timedelta64[m]").astype("timedelta64[s]")
    found: list[Series] = []
    for category, each in meanings.items():
        rows = None if categories is None else np.asarray(pc.equal(categories, category).to_numpy(False))
        for home, place in _places(homes, rows):
            own = _taken(days, place)
            local = (own.local[:, None] + after[None, :]).ravel()
            offset_s = None if own.offset_s is None else np.repeat(own.offset_s, len(periods))
            shown = category or "days"
            stamps = Stamps(local, offset_s)
            of_home = Numbers(values[place].ravel(), missing[place].ravel())
            found.append(series_of(home, each.quantity, shown, each.kind, each.unit, stamps, of_home))
    return tuple(found)


def _places(homes: Texts, rows: NDArray[np.bool_] | None) -> list[tuple[str, NDArray[np.int64]]]:
    """Of each home, in the order of the file, its rows."""
    coded = pc.dictionary_encode(homes)
    codes = np.asarray(coded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)
    chosen = np.arange(len(codes)) if rows is None else np.flatnonzero(rows)
    order = chosen[np.argsort(codes[chosen], kind="stable")]
    names, starts = np.unique(codes[order], return_index=True)
    parts = np.split(order, starts[1:])
    return [(str(coded.dictionary[int(code)]), part) for code, part in zip(names, parts, strict=True)]


def _taken(stamps: Stamps, place: NDArray[np.int64]) -> Stamps:
    return Stamps(stamps.local[place], None if stamps.offset_s is None else stamps.offset_s[place])
