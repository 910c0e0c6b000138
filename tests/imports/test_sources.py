"""Files in whatever way they are packed, encoded and separated; bounded before they are read."""

import gzip
import zipfile

import pytest

from sim.errors import InputError
from sim.imports import sheet as sheets
from sim.imports import source as sources
from sim.imports.sheet import read_sheet
from sim.imports.source import read_source

TEXT = "time,Müller kWh\n2017-03-06 00:00,0.5\n2017-03-06 01:00,0.25\n"
UTF16 = TEXT.encode("utf-16")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (TEXT.encode(), ()),
        (b"\xef\xbb\xbf" + TEXT.encode(), ()),
        (UTF16, ("decoded from UTF-16",)),
        (TEXT.encode("cp1252"), ("decoded from Windows-1252, as it is not UTF-8",)),
        (gzip.compress(TEXT.encode(), mtime=0), ("unpacked by gzip",)),
        (TEXT.replace("\n", "\r").encode(), ()),
    ],
)
def test_a_text_is_the_same_however_it_is_packed(tmp_path, data, said):
    path = tmp_path / "export.csv"
    path.write_bytes(data)
    (one,) = read_source(path)
    assert one.data.decode() == TEXT
    assert one.remarks == said


def test_all_tables_of_an_archive_are_read_and_nothing_else(tmp_path):
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("a/2016.csv", "2017.TXT", "__MACOSX/a/2016.csv", "README.txt", "plan.pdf"):
            archive.writestr(name, TEXT)
    assert [each.name for each in read_source(path)] == [f"{path}: a/2016.csv", f"{path}: 2017.TXT"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"PAR1....", "is a Parquet file"),
        (gzip.compress(TEXT.encode(), mtime=0)[:-9], "cannot be unpacked by gzip"),
        (b"PK\x03\x04 and no more", "cannot be unpacked by ZIP"),
        (b"time,\x00\n", "is no text: byte 6 is 0"),
        (b"time,\x81\n", "is in neither UTF-8"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path, data, why):
    path = tmp_path / "export.csv"
    path.write_bytes(data)
    with pytest.raises(InputError, match=why):
        read_source(path)


def test_bombs_are_read_no_further_than_the_bound(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "MAX_BYTES", 2**20)
    packed, archived = tmp_path / "bomb.csv.gz", tmp_path / "bomb.zip"
    packed.write_bytes(gzip.compress(bytes(2**24), mtime=0))
    with zipfile.ZipFile(archived, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.csv", bytes(2**24))
    for path in (packed, archived):
        with pytest.raises(InputError, match=r"1,048,576"):
            read_source(path)


def test_a_table_is_bounded_before_it_is_split(monkeypatch):
    monkeypatch.setattr(sheets, "MAX_CELLS", 5)
    with pytest.raises(InputError, match="should have at most"):
        read_sheet("x.csv", TEXT)


def test_a_table_is_found_below_a_banner_and_above_a_footer():
    rows = "01.03.2017 00:00;0,5;1.234,5;\n\n02.03.2017 00:00; ;1;\n;;;\n"
    text = f"Portal\nNr.;7\n\nDatum;a;b;\n;[kWh];kWh;\n{rows}End of file\n"
    one = read_sheet("x.csv", text)
    assert one.titles == ("Datum", "a (kWh)", "b (kWh)")
    assert one.numbers("B (KWH)").values.tolist() == [1_234_500_000_000, 10**9]
    assert one.numbers("a (kWh)").missing.tolist() == [False, True]
    assert one.where("a (kWh)").cell(1) == "x.csv, line 8, column a (kWh)"
    assert any("footer: End of file" in line for line in one.remarks)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("time,a\n2017-03-06,1\n2017-03-07\n2017-03-08,1\n", "line 3: has 1 cells, should have 2"),
        ("2017-03-06,1\n2017-03-07,1\n", "line 1: readings begin without a header"),
        ("only a line\n", "has no table"),
        ('time,a\n2017-03-06,"1\n2017-03-07,1\n', "x.csv"),
    ],
)
def test_what_is_no_table_is_refused(text, why):
    with pytest.raises(InputError, match=why):
        read_sheet("x.csv", text)


def test_decimals_are_exact_and_of_one_kind():
    one = read_sheet("x.csv", 'time,a,b\n2017-03-06,0.125,1\n2017-03-07,8,"1,5"\n')
    assert one.decimal == ","
    with pytest.raises(InputError, match=r"column a: .0\.125. is not a number, as others have a decimal"):
        one.numbers("a")
    other = read_sheet("x.csv", "time,a\n2017-03-06,0.1234567894\n2017-03-07,3e-1\n")
    assert other.numbers("a").values.tolist() == [123_456_789, 300_000_000]
    with pytest.raises(InputError, match=r"line 2, column a: .1e30. is too large"):
        read_sheet("x.csv", "time,a\n2017-03-06,1e30\n2017-03-07,3\n").numbers("a")
