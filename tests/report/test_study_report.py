"""The report of a study: its axes, its statistics as the tables hold them, and how to repeat it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.report.report import report_to_file
from sim.report.statistics import with_interval
from sim.runtime.wording import counted
from sim.study.statistics import differences_of, points_of
from tests.report.page import Page
from tests.study.made_up_study import Tables, made_up_study

AXES = {"time.start": ["2017-06-01", "2017-01-09"], "forecast.clusters": [1, 2, 3]}
FACTS = {"seeds": 3, "seed": 7, "cells_digest": "ab" * 32}


def study_directory(folder: Path, study: Tables, **facts: Any) -> Path:
    folder.mkdir()
    study.cells.to_parquet(folder / "cells.parquet")
    points_of(*study, 7).to_parquet(folder / "points.parquet")
    differences_of(*study, 7).to_parquet(folder / "differences.parquet")
    pd.DataFrame(columns=["cell", *study.axes, "parameters"]).to_parquet(folder / "circuits.parquet")
    known = {"name": "made-up", "axes": study.axes, **FACTS, "cells": len(study.cells), **facts}
    (folder / "study.json").write_text(json.dumps(known))
    return folder


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return study_directory(tmp_path_factory.mktemp("studies") / "study", made_up_study(AXES, 3, 14))


@pytest.fixture(scope="module")
def page(directory: Path) -> Page:
    return Page(report_to_file(directory))


def column(page: Page, title: str, name: str) -> dict[str, str]:
    head, *rows = next(rows for heading, rows in page.tables.items() if heading == title)
    place = next(place for place, each in enumerate(head) if each.startswith(name))
    return {row[0]: row[place] for row in rows}


def test_it_holds_every_figure_and_the_statistics_of_the_tables(directory: Path, page: Page) -> None:
    points = pd.read_parquet(directory / "points.parquet")
    row = points[(points["time.start"] == "2017-06-01") & (points["forecast.clusters"] == 2)].iloc[0]
    title = next(heading for heading in page.tables if heading.startswith("Savings share"))
    shown = column(page, title, "savings share")["2017-06-01, 2 clusters"]
    mean, low, high = (100 * row[f"savings_share_{name}"] for name in ("mean", "low", "high"))
    assert (shown, len(page.fetched)) == (f"{mean:.1f}\n{low:.1f} to {high:.1f}", 4)
    assert all(address.startswith("data:image/png;base64,") for address in page.fetched)
    assert ["time.start", "first day", "2017-01-09, 2017-06-01"] in page.tables["Axes"]


def test_differences_are_those_of_the_table_and_marked_where_they_leave_zero_out(
    directory: Path, page: Page
) -> None:
    table = pd.read_parquet(directory / "differences.parquet")
    own = table[(table["measure"] == "forecast_mae_wh") & (table["against"] == "forecast.clusters = 1")]
    title = next(t for t in page.tables if "forecast error" in t and "against 1 cluster" in t)
    shown = column(page, title, "forecast error")
    assert len(shown) == len(own) == 4
    for row in own.itertuples():
        text = shown[f"{row[1]}, {counted(row[2], 'cluster')}"]
        assert ("*" in text) == (row.low > 0 or row.high < 0)
        assert float(text.split("\n")[0].strip("* ")) == pytest.approx(row.difference, abs=0.51)


def test_it_names_policies_what_is_private_and_what_is_not_finished(
    tmp_path: Path, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert page.notices[0].startswith("Private, the homes' own")
    assert page.notices[1].startswith('Proof policy "none" in 18 of 18 cells')
    assert len(page.notices) == 2
    private = {title for title in page.tables if "avings share" in title or "error" in title}
    assert len(private) > 2
    assert private <= set(page.private)
    assert not [title for title in page.private if title.startswith("Allocative efficiency")]
    monkeypatch.setattr("sim.report.study.gallery", lambda _: ())  # which takes seconds to draw
    half = study_directory(tmp_path / "half", made_up_study({"forecast.clusters": [1]}, 1, 1), cells=4)
    assert Page(report_to_file(half)).notices[-1] == "Not finished: 1 of 4 cells are done."


@pytest.mark.parametrize(
    ("values", "signed", "text"),
    [
        ((660.4, 596.0, 747.0), False, "660\n596 to 747"),
        ((0.02634, 0.02611, 0.02652), False, "0.0263\n0.0261 to 0.0265"),
        ((1.5, np.nan, np.nan), True, "+1.50"),
        ((-0.004, -1.41, 1.42), True, "0.00\n-1.41 to 1.42"),
        ((-30.2, -40.6, -19.8), True, "-30.2 *\n-40.6 to -19.8"),
        ((0.0, 0.0, 0.0), True, "0\n0 to 0"),
        ((np.nan, np.nan, np.nan), False, "-"),
    ],
)
def test_a_number_is_written_with_its_interval(
    values: tuple[float, float, float], signed: bool, text: str
) -> None:
    assert with_interval(*values, signed) == text
