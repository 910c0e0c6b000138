import os
import re
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.data import csv_file
from sim.data.csv_file import read_csv
from sim.errors import InputError

HEADER = "time,oak_load_wh,oak_pv_kwh,elm-2_load_kwh"


def day(step_minutes=60, start=datetime(2017, 6, 12)):
    """Lines of one good day: header, then time, 100 + slot Wh, 0.25 kWh, 1.5 kWh."""
    slots = 24 * 60 // step_minutes
    times = [start + timedelta(minutes=step_minutes * slot) for slot in range(slots)]
    return [HEADER] + [f"{at.isoformat()},{100 + slot},0.25,1.5" for slot, at in enumerate(times)]


def written(tmp_path, lines):
    path = tmp_path / "homes.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def refusal(tmp_path, lines):
    with pytest.raises(InputError) as caught:
        read_csv(written(tmp_path, lines))
    message = str(caught.value)
    assert "homes.csv" in message
    assert "\n" not in message
    return message


def with_cell(column, text, line=5):
    """The good day with one cell replaced."""
    lines = day()
    cells = lines[line - 1].split(",")
    cells[column] = text
    lines[line - 1] = ",".join(cells)
    return lines


def test_a_good_file(tmp_path):
    readings = read_csv(written(tmp_path, day()))
    assert readings.homes == ("oak", "elm-2")
    assert (readings.start, readings.slot_s, readings.slots) == (datetime(2017, 6, 12), 3600, 24)
    assert readings.load_wh.tolist() == [list(range(100, 124)), [1_500] * 24]
    assert readings.pv_wh.tolist() == [[250] * 24, [0] * 24]
    assert readings.load_wh.dtype == readings.pv_wh.dtype == np.int64


def test_a_column_of_the_temperature(tmp_path):
    """Tenths of a degree, below zero too; it is nobody's, and within what the weather can be."""
    assert read_csv(written(tmp_path, day())).temperature_dc is None
    with_degrees = [f"{line},{'temperature_c' if not at else -1.25 + at}" for at, line in enumerate(day())]
    readings = read_csv(written(tmp_path, with_degrees))
    assert readings.homes == ("oak", "elm-2")
    assert readings.temperature_dc.tolist()[:3] == [-3, 8, 18]
    with_degrees[4] = with_degrees[4].rpartition(",")[0] + ",301.2"
    assert "line 5, column temperature_c: 301.2 should be within ±99 degrees" in refusal(
        tmp_path, with_degrees
    )
    alone = ["time,temperature_c", "2017-06-12T00:00,1", "2017-06-12T12:00,2"]
    assert "line 1: has no home" in refusal(tmp_path, alone)


@pytest.mark.parametrize("step_minutes", [1, 5, 15, 30, 60, 180, 1440])
def test_any_resolution_that_divides_a_day(tmp_path, step_minutes):
    lines = day(step_minutes)
    if step_minutes == 1440:
        lines.append("2017-06-13,1,1,1")
    assert read_csv(written(tmp_path, lines)).slot_s == step_minutes * 60


def test_spreadsheet_habits_are_understood(tmp_path):
    """A byte order mark, Windows line ends, quotes and blanks around cells change nothing."""
    plain = read_csv(written(tmp_path, day()))
    lines = [", ".join(f'"{cell}"' if "load" in cell else cell for cell in line.split(",")) for line in day()]
    lines[0] = HEADER
    path = tmp_path / "excel.csv"
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    assert np.array_equal(read_csv(path).load_wh, plain.load_wh)


@pytest.mark.parametrize(
    ("text", "load_wh"),
    [("0.0005", 1), ("0.00049999", 0), ("1.2345", 1_235), ("1.2344", 1_234), ("0.0015", 2), ("2e-1", 200)],
)
def test_fractions_of_a_wh_are_rounded_half_away(tmp_path, text, load_wh):
    assert read_csv(written(tmp_path, with_cell(3, text))).load_wh[1, 3] == load_wh


@given(load_wh=st.lists(st.integers(0, 10**9), min_size=24, max_size=24))
def test_kwh_and_wh_say_the_same(tmp_path_factory, load_wh):
    start = datetime(2017, 6, 12)
    rows = [
        f"{start + timedelta(hours=slot)},{wh},{wh // 1000}.{wh % 1000:03d}"
        for slot, wh in enumerate(load_wh)
    ]
    readings = read_csv(written(tmp_path_factory.mktemp("csv"), ["time,a_load_wh,b_load_kwh", *rows]))
    assert readings.load_wh.tolist() == [load_wh, load_wh]


@pytest.mark.parametrize(
    ("column", "text", "message"),
    [
        (1, "-1", "line 5, column oak_load_wh: -1 is negative"),
        (2, "-0.0001", "line 5, column oak_pv_kwh: -0.0001 is negative"),
        (1, "abc", 'line 5, column oak_load_wh: "abc" is not a number'),
        (1, "1_000", '"1_000" is not a number'),
        (1, "\u0661", "is not a number"),
        (1, "NA", '"NA" is not a number, should be like 250 or 0.25; a missing reading is an empty cell'),
        (1, "nan", '"nan" is not a number'),
        (1, "inf", '"inf" is not a number'),
        (1, "1e999999999", "is more than 1000000000 Wh"),
        (3, "1000000.001", "line 5, column elm-2_load_kwh: 1000000.001 is more than 1000000000 Wh"),
        (0, "", "line 5, column time: cell is empty"),
        (0, "noon", 'line 5, column time: "noon" is not a time, should be like 2017-06-12T13:00'),
        (0, "2017-06-12T03:00Z", "column time: 2017-06-12T03:00Z should be local time without a zone"),
        (0, "9998-01-01T00:00", "line 5, column time: 9998-01-01T00:00 should be in the years 2 to 9997"),
        (0, "2017-06-12T02:00", "line 5, column time: 2017-06-12 02:00:00 stands there twice"),
        (0, "2017-06-12T01:00", "line 5, column time: 2017-06-12 01:00:00 goes backwards"),
        (0, "2017-06-12T03:30", "03:30:00 is irregular, should be 2017-06-12 03:00:00"),
        (1, "100,100", "line 5: has 5 cells, should have 4"),
    ],
)
def test_a_bad_cell_is_named(tmp_path, column, text, message):
    assert message in refusal(tmp_path, with_cell(column, text))


@pytest.mark.parametrize("quote", ["", '"'], ids=["by columns", "by rows"])
def test_an_empty_cell_is_a_missing_reading_and_so_is_all_of_a_missing_row(tmp_path, quote):
    lines = with_cell(3, "  " if quote else "", line=3)
    del lines[4]
    lines[0] = lines[0].replace("time", f"{quote}time{quote}")
    readings = read_csv(written(tmp_path, lines))
    assert readings.slots == 24
    load, pv = readings.missing.load, readings.missing.pv
    assert np.argwhere(load).tolist() == [[0, 3], [1, 1], [1, 3]]
    assert np.argwhere(pv).tolist() == [[0, 3]]  # elm-2 has no PV that could be missing
    assert readings.load_wh[1, :5].tolist() == [1_500, 0, 1_500, 0, 1_500]
    assert read_csv(written(tmp_path, day())).missing is None


def test_missing_rows_are_counted_before_room_is_made_for_them(tmp_path):
    lines = day()
    lines[-1] = lines[-1].replace("2017-06-12", "9017-06-12")
    assert "should be at most 2,108,160 rows" in refusal(tmp_path, lines)


def test_a_column_of_the_irradiance(tmp_path):
    lines = [f"{line},{'irradiance_w_m2' if not at else at * 10.25}" for at, line in enumerate(day())]
    assert read_csv(written(tmp_path, lines)).irradiance_dw_m2.tolist()[:2] == [103, 205]
    lines[4] = lines[4].rpartition(",")[0] + ",-1"
    assert "line 5, column irradiance_w_m2: -1 should be within 0 to 2000 W/m2" in refusal(tmp_path, lines)


# Both ways to read a file -----------------------------------------------------------------------------------

ODD = (
    *("", "-0", "-0.0", "+.5", "1.", "1E3", "1e-30", "0.0005", "0.00049999999999999999", "1000000.0004"),
    *(
        "-1",
        "nan",
        "1e99",
        "9" * 30,
        " 2 ",
        "\t",
        "-9223372036.854775808",
        "1000000000",
        "100000000000",
        "0,1",
    ),
)
numbers = st.decimals(0, 10**6, allow_nan=False).map(str) | st.sampled_from(ODD)


def outcome(path):
    try:
        readings = read_csv(path)
    except InputError as error:
        return str(error)
    arrays = readings.load_wh, readings.pv_wh, readings.temperature_dc
    missing = readings.missing and (readings.missing.load.tolist(), readings.missing.pv.tolist())
    return readings.homes, readings.start, [each.tolist() for each in arrays], missing


@settings(max_examples=60)
@given(
    rows=st.lists(st.tuples(numbers, numbers, numbers, st.booleans()), min_size=3, max_size=5),
    end=st.sampled_from(["\n", "\r\n", "\r", "\n\n"]),
)
@example(rows=[("1", "0.5", "-1.25", True)] * 4, end="\n")
@example(rows=[("1", "0.12345678901234567", "-0.05", True), ("", "", "", False)] * 2, end="\r\n")
def test_both_ways_agree_about_every_file(tmp_path_factory, rows, end):
    path = tmp_path_factory.mktemp("both") / "homes.csv"
    start, lines = datetime(2017, 6, 12), ["time,a_load_kwh,b_load_wh,a_pv_kwh,temperature_c"]
    for slot, (kwh, wh, degrees, there) in enumerate(rows):
        if there or not slot:
            lines.append(f"{start + timedelta(hours=12 * slot)},{kwh},{wh},0,{degrees}")
    path.write_bytes((end.join(lines) + end).encode())
    by_both = outcome(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_file, "_table_by_columns", lambda *_: None)
        assert outcome(path) == by_both


def test_a_number_that_128_bits_wrap_into_bounds_is_refused(tmp_path):
    """Scaled to 24 places it is 2^24 t modulo 2^128, which could be a home's reading."""
    inverse = pow(5**24, -1, 2**104)
    wraps = [inverse * t % 2**104 for t in range(10**22, 10**22 + 2_000)]
    huge = min(wraps)
    assert huge > 10**15
    assert "is more than 1000000000 Wh" in refusal(tmp_path, with_cell(3, str(huge)))


def test_a_plain_file_is_read_by_columns_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_file, "_table", lambda *_: pytest.fail("read by rows"))
    assert read_csv(written(tmp_path, day())).load_wh[1, 0] == 1_500


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("when,oak_load_wh,oak_pv_kwh,elm-2_load_kwh", 'should have one column "time", has 0'),
        (
            "time;oak_load_wh;oak_pv_kwh",
            "has 0 among 1 separated by commas (there are 2 semicolons); the header",
        ),
        ("time,time,oak_pv_kwh,elm-2_load_kwh", 'should have one column "time", has 2'),
        ("time,oak_load_wh,oak_pv_kwh,elm-2_load", 'unknown column "elm-2_load"'),
        ("time,oak_load_wh,oak_pv_kwh,", 'unknown column "" (a comma too many)'),
        ("time,oak_load_wh,oak_pv_kwh,../x_load_wh", 'unknown column "../x_load_wh"'),
        (
            f"time,oak_load_wh,oak_pv_kwh,{'e' * 201}_load_kwh",
            "the home's name in letters, digits, - and _",
        ),
        ("time,oak_load_wh,oak_pv_kwh,oak_load_kwh", "home oak has 2 columns of load, should have one"),
        ("time,oak_load_wh,elm_pv_kwh,ash_load_kwh", "home elm has no column elm_load_wh or elm_load_kwh"),
    ],
)
def test_a_bad_header_is_named(tmp_path, header, message):
    text = refusal(tmp_path, [header, *day()[1:]])
    assert "line 1" in text
    assert message in text


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (["12T00:00:00", "12T00:00:30"], "rows are 0:00:30 apart, should be at least 1 minute"),
        (["12T00:00", "12T00:07"], "rows are 0:07:00 apart, should be at least 1 minute and divide a day"),
        (["12T00:00", "14T00:00"], "rows are 2 days, 0:00:00 apart"),
        (["12T00:20", "12T01:20"], "2017-06-12 00:20:00 should be a multiple of 1:00:00 after midnight"),
        (["12T00:00", "12T01:00"], "has too few rows, 2 at 1:00:00, should be at least one day"),
        (["12T00:00", "12T00:00"], "line 3, column time: 2017-06-12 00:00:00 stands there twice"),
        (["12T01:00", "12T00:00"], "line 3, column time: 2017-06-12 00:00:00 goes backwards"),
        (["12T01:00"], "has too few rows, should have a header and at least one day"),
        ([], "has too few rows"),
    ],
)
def test_a_bad_grid_is_named(tmp_path, times, message):
    assert message in refusal(tmp_path, ["time,oak_load_wh", *(f"2017-06-{time},1" for time in times)])


def test_a_missing_file(tmp_path):
    path = tmp_path / "none.csv"
    with pytest.raises(InputError, match=re.escape(f"{path}: cannot read the readings (No such file")):
        read_csv(path)


@pytest.mark.parametrize("content", [b"time,a_load_wh\n\xff\xfe\n", b'time,a_load_wh\n"2017'])
def test_what_is_no_csv(tmp_path, content):
    path = tmp_path / "homes.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"homes\.csv: not a CSV file in UTF-8"):
        read_csv(path)


# What a stranger's scenario may name as readings ------------------------------------------------------------


@pytest.mark.parametrize("separator", [" ", ",", ";", "\t"])
def test_of_a_file_without_times_nothing_is_shown(tmp_path, separator):
    path = tmp_path / ".netrc"
    path.write_text(separator.join(["machine", "example.org", "password", "hunter2"]) + "\nx\ny\n")
    with pytest.raises(InputError) as error:
        read_csv(path)
    assert not {"machine", "example", "hunter2"} & set(re.split(r"\W", str(error.value)))
    assert "the header should be like time,anna_load_kwh" in str(error.value)


def test_a_pipe_a_device_or_a_folder_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path):
        with pytest.raises(InputError, match=rf"^{path}: cannot read the readings \(.*(regular|directory)"):
            read_csv(path)


@pytest.mark.parametrize(
    ("bound", "most", "message"),
    [
        ("MAX_BYTES", 800, "cannot read the readings (it has 835 bytes, and should have at most 800)"),
        ("MAX_COLUMNS", 3, "line 1: has 4 columns"),
        ("MAX_CELLS", 99, "line 25: has 4 columns, and the file 100 cells so far; should be at most"),
    ],
)
def test_a_file_is_read_no_further_than_its_bounds(tmp_path, monkeypatch, bound, most, message):
    path = written(tmp_path, day())
    monkeypatch.setattr(csv_file, bound, path.stat().st_size if bound == "MAX_BYTES" else most + 1)
    assert read_csv(path).slot_s == 3_600
    monkeypatch.setattr(csv_file, bound, most)
    assert message in refusal(tmp_path, day())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("1\n" * 2**10, 'line 1: should have one column "time"'),
        ("time,a_load_wh\n" + "1\n" * 2**10, "line 2: has 1 cells, should have 2 as the header has"),
        ("time,a_load_wh\nx,1\n" + "x,1\n" * 2**10, 'line 2, column time: "x" is not a time'),
        ("," * 1_001, "line 1: the row has more than 1,000 characters, should be one of at most 40,001"),
        ('"' + '\n","' * 300, "line 251: the row has more than 1,000 characters"),
    ],
    ids=["no header", "too few cells", "no time", "one line of commas", "one row of many lines"],
)
def test_nothing_is_read_beyond_the_first_row_that_is_wrong(tmp_path, monkeypatch, content, message):
    path, read = tmp_path / "homes.csv", []
    path.write_text(content)
    row = csv_file._Row
    monkeypatch.setattr(csv_file, "MAX_ROW_LETTERS", 1_000, raising=False)
    monkeypatch.setattr(csv_file, "_Row", lambda line, cells: read.append(line) or row(line, cells))
    with pytest.raises(InputError, match=re.escape(message)):
        read_csv(path)
    assert len(read) <= 2


def test_a_file_has_no_more_rows_than_four_years_of_minutes(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_file, "MAX_ROWS", 25)
    assert read_csv(written(tmp_path, day())).slot_s == 3_600
    monkeypatch.setattr(csv_file, "MAX_ROWS", 24)
    assert "line 25: has 25 rows so far, should be at most 24" in refusal(tmp_path, day())
