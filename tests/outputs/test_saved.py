"""Tables and figures of a stranger's directory are bounded before they are decoded."""

import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.errors import InputError
from sim.outputs import saved
from sim.outputs.saved import read_json, read_table, read_tables, understood

GOOD = pd.DataFrame(
    {
        "slot": [1, 2, 3],
        "agent": ["a", "b", None],
        "price": pd.array([1, None, 3], dtype="Int64"),
        "share": [0.5, None, 1.0],
        "start": pd.to_datetime(["2020-01-01", "2020-01-02", "2020-01-03"]),
        "sold": [True, False, True],
    }
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "orders.parquet"


def test_what_a_run_writes_is_read(path: Path) -> None:
    GOOD.to_parquet(path, index=False)
    pd.testing.assert_frame_equal(read_table(path), pd.read_parquet(path))


def columns(number: int) -> pa.Table:
    return pa.table({f"c{n}": pa.array([], pa.int64()) for n in range(number)})


BOMBS = {
    "rows": (lambda: pa.table({"x": pa.nulls(5_001), "y": pa.nulls(5_001)}), {}, "5,001 rows of 2 columns"),
    "columns": (lambda: columns(1_001), {}, "1,001 columns"),
    "much of itself": (lambda: columns(900).replace_schema_metadata({"x": "y" * 2**20}), {}, "of itself"),
    "another packing": (lambda: pa.table({"x": [1]}), {"compression": "zstd"}, "packed as no run"),
    "another encoding": (
        lambda: pa.table({"x": ["a", "ab"]}),
        {"use_dictionary": False, "column_encoding": {"x": "DELTA_BYTE_ARRAY"}},
        "packed as no run",
    ),
    "lists": (lambda: pa.table({"x": [[1]]}), {}, 'column "x" holds list'),
    "one long text many times": (
        lambda: pa.table({"x": pa.DictionaryArray.from_arrays([0] * 600, ["a" * 2**10]).cast(pa.string())}),
        {},
        "614,400 bytes of text",
    ),
}


@pytest.mark.parametrize("kind", list(BOMBS))
def test_what_would_unpack_to_more_than_any_run_is_not_decoded(
    kind: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, packing, words = BOMBS[kind]
    pq.write_table(make(), path, **packing)
    assert path.stat().st_size < 2**22
    monkeypatch.setattr(saved, "MOST_CELLS", 10_000)
    monkeypatch.setattr(saved, "MOST_TEXT_BYTES", 2**19)
    monkeypatch.setattr(pd, "read_parquet", pytest.fail)
    with pytest.raises(InputError, match=words):
        read_table(path)


def linked(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (linked, "is a link"),
        (os.mkfifo, "it is no regular file"),
        (os.mkdir, "it is a directory"),
        (lambda path: path.touch() or os.truncate(path, 2**33), "it has 8,589,934,592 bytes"),
    ],
)
@pytest.mark.parametrize("read", [read_table, read_json])
def test_nothing_but_a_regular_file_of_its_size_is_read(
    make: Callable[[Path], object], words: str, read: Callable[[Path], object], path: Path
) -> None:
    make(path)
    with pytest.raises(InputError, match=words) as refusal:
        read(path)
    assert str(path) in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1, "a": 2}', 'the key "a" stands there twice'),
        ('{"a": [' + "[]," * 1_000_000 + "1]}", "2,000,002 values"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a": ' + "1" * 5_000 + "}", "JSON"),
        ("\xff", "JSON"),
    ],
)
def test_json_is_bounded_and_has_each_key_once(text: str, words: str, path: Path) -> None:
    path.write_text(text, encoding="latin-1" if text == "\xff" else "utf-8")
    with pytest.raises(InputError, match=words if text != "\xff" else "not text in UTF-8"):
        read_json(path)


@pytest.mark.parametrize(
    ("bound", "of_each", "words"),
    [("MOST_CELLS", 18, "54 cells, at most 53"), ("MOST_TEXT_BYTES", 2, "6 bytes of text, at most 5")],
)
def test_tables_are_bounded_together_before_the_first_is_decoded(
    bound: str, of_each: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("slots", "orders", "agents")
    for name in names:
        GOOD.to_parquet(tmp_path / f"{name}.parquet", index=False)
    monkeypatch.setattr(saved, bound, 3 * of_each)
    assert tuple(read_tables(tmp_path, names)) == names
    monkeypatch.setattr(saved, bound, 3 * of_each - 1)
    monkeypatch.setattr(pd, "read_parquet", pytest.fail)
    with pytest.raises(InputError, match=rf"agents\.parquet: has, with the tables before it, {words}"):
        read_tables(tmp_path, names)


def test_what_a_table_leads_to_is_the_directorys_fault(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match=r"is not as a run or a sweep leaves it \(\['x'\] and more\)"),
        understood(tmp_path),
    ):
        raise ValueError("['x']\n and   more")
