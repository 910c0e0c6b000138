"""The container: contents determine every byte, and no other byte passes."""

import json
import os
import random
import signal
import stat
import warnings
import zipfile
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.bundle import archive
from sim.bundle.archive import MAX_FILES, read_archive, write_archive
from sim.errors import InputError
from tests.bundle.forgery import Files, claiming, kinds, no_bundle, replaced, rewritten

# The container: contents determine every byte, and no other byte passes -----------------------------------


NAMES = st.from_regex(r"[a-z0-9_]{1,8}(/[a-z0-9_]{1,8}){0,2}\.[a-z]{1,4}", fullmatch=True)
FILES = {"a.txt": b"hello" * 20, "tables/b.csv": b"", "z.json": b"{}\n"}


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "x.zkpet"


@given(files=st.dictionaries(NAMES, st.binary(max_size=200), max_size=8))
def test_what_is_written_is_read_again(tmp_path_factory, files) -> None:
    path = tmp_path_factory.mktemp("bundle") / "x.zkpet"
    write_archive(path, files)
    assert read_archive(path) == files


def test_neither_order_nor_time_nor_umask_leaves_a_trace(path, tmp_path) -> None:
    write_archive(path, FILES)
    other = tmp_path / "other.zkpet"
    write_archive(other, dict(reversed(FILES.items())))
    assert (other.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (path.read_bytes(), 0o644)


def test_any_other_byte_anywhere_is_noticed(path) -> None:
    write_archive(path, FILES)
    data, dice = path.read_bytes(), random.Random(1)
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= dice.randrange(1, 256)
        path.write_bytes(bytes(changed))
        with pytest.raises(InputError, match="not a bundle, or damaged"):
            read_archive(path)


def test_the_number_of_files_and_their_size_are_bounded(path, monkeypatch) -> None:
    write_archive(path, {f"{number}.txt": b"" for number in range(MAX_FILES)})
    assert len(read_archive(path)) == MAX_FILES
    write_archive(path, {f"{number}.txt": b"" for number in range(MAX_FILES + 1)})
    with pytest.raises(InputError, match="65 files"):
        read_archive(path)
    monkeypatch.setattr(archive, "MAX_BYTES", 100)
    with pytest.raises(InputError, match="bytes, and should have at most 100"):
        read_archive(path)


def test_a_bundle_appears_whole_or_not_at_all(path, monkeypatch) -> None:
    write_archive(path, FILES)
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match=r"x\.zkpet: cannot write the bundle \(No space left on device\)"):
        write_archive(path, {"other.txt": b"1"})
    assert (path.read_bytes(), list(path.parent.iterdir())) == (before, [path])


def exit_code_of(function: Callable[..., object], *arguments: object) -> int | None:
    """How a process of its own ends that calls this."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside threads
        process = get_context("fork").Process(target=function, args=arguments)
        process.start()
    process.join()
    return process.exitcode


def killed_writing(path: Path) -> None:
    """In a process of its own, which its parent kills in the middle."""
    os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
    write_archive(path, FILES)


@pytest.mark.parametrize("content", [b"mine", b"", b"PK\x03\x04mine"])
def test_what_is_no_bundle_is_not_replaced(path, content) -> None:
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"x\.zkpet: is there, and is no bundle; name another file"):
        write_archive(path, FILES)
    assert path.read_bytes() == content
    path.unlink()
    write_archive(path, FILES)
    write_archive(path, {"other.txt": b"1"})
    assert read_archive(path) == {"other.txt": b"1"}


def test_what_a_killed_writer_leaves_the_next_sweeps(path) -> None:
    (path.parent / ".x.zkpet-unfinished-previous").mkdir()
    (path.parent / ".x.zkpet-unfinished-previous" / "mine").touch()
    assert (exit_code_of(killed_writing, path), len(list(path.parent.iterdir()))) == (-signal.SIGKILL, 2)
    write_archive(path, FILES)
    assert sorted(each.name for each in path.parent.iterdir()) == [".x.zkpet-unfinished-previous", "x.zkpet"]


# What is no bundle of this version, or no zip file as a bundle is one, is said in one sentence ------------


def edited(bundle: Path, path: Path, change: Callable[[Files], object]) -> Path:
    """Files changed, and the manifest left as it is."""
    files = read_archive(bundle)
    change(files)
    write_archive(path, files)
    return path


def widest(files: Files, _: dict[str, Any]) -> None:
    """A layer with a neuron too many."""
    models = json.loads(files["models.json"])
    models["trainings"][0]["models"][0]["weights"][0].append([0] * 24)
    files["models.json"] = json.dumps(models, separators=(",", ":")).encode()


NO_BUNDLES = {
    "extra file": (lambda files, _: files.update({"tables/readings.csv": b"1"}), ["tables/readings.csv"]),
    "missing file": (lambda files, _: files.pop("tables/gas.csv"), ["tables/gas.csv"]),
    "future version": (claiming(format="zkpet-bundle-7"), ["zkpet-bundle-7", "zkpet-bundle-6"]),
    "no version": (lambda _, manifest: manifest.pop("format"), ["format"]),
    "unknown field": (replaced("scenario.toml", "days = 1", "days = 1\nnights = 1"), ["nights"]),
    "wrong field": (replaced("scenario.toml", "days = 1", "days = 0"), ["time.days"]),
    "scenario with a comment": (replaced("scenario.toml", "days = 1", "days = 1 # one"), ["scenario.toml"]),
    "other lookback": (replaced("scenario.toml", "lookback = 24", "lookback = 25"), ["models.json"]),
    "other family": (replaced("scenario.toml", '"linear"', '"mlp"'), ["models.json"]),
    "ragged model": (widest, ["models.json"]),
    "model in other words": (replaced("models.json", ",", ", "), ["models.json"]),
    "one home twice": (claiming(homes=["home-10"] * 4), ["different names"]),
    "more homes than a contract has": (
        claiming(homes=[f"sim-{number:04d}" for number in range(257)]),
        ["homes should be 2 to 256"],
    ),
    "more that is not checked": (claiming(not_checked={"readings": [1, 2]}), ["not_checked should hold"]),
    "one home fewer": (
        claiming(homes=["home-10", "home-09", "home-03"], has_pv=[True, False, True]),
        ["3 homes"],
    ),
    "a name that is no text": (
        claiming(homes=["home-10", "home-09", "home-03", "\ud800"]),
        ["names"],
    ),
    "homes that are numbers": (claiming(homes=[1, 2, 3, 4]), ["names"]),
    "who has PV of some homes": (claiming(has_pv=[True] * 3), ["has_pv"]),
    "PV in numbers": (claiming(has_pv=[1, 0, 1, 0]), ["has_pv"]),
    "slot of no length": (claiming(slot_s=0), ["slot_s"]),
    "files that are a list": (lambda files, _: files.update({"chain.json": b"[1]"}), ["chain.json"]),
}


@kinds(NO_BUNDLES)
def test_what_is_no_bundle_is_refused(kind: str, honest: Path, forged: Path) -> None:
    change, words = NO_BUNDLES[kind]
    no_bundle(rewritten(honest, forged, change), *words)


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"[" * 5_000, b"\xff", b"null"])
@pytest.mark.parametrize("name", ["manifest.json", "scenario.toml", "models.json", "chain.json"])
def test_no_text_is_too_odd(name: str, text: bytes, honest: Path, forged: Path) -> None:
    no_bundle(edited(honest, forged, lambda files: files.update({name: text})), name)


@kinds(("manifest.json", "scenario.toml", "models.json", "chain.json"))
def test_no_text_is_too_deep(kind: str, honest: Path, forged: Path) -> None:
    """In a process of its own, which it may crash."""
    deep = {"manifest.json": '{"a":', "scenario.toml": "a = ", "models.json": "", "chain.json": '{"blocks":'}
    text = (deep[kind] + "[" * 10**6).encode()
    edited(honest, forged, lambda files: files.update({kind: text}))
    assert exit_code_of(no_bundle, forged, kind) == 0


def zipped(path: Path, members: list[tuple[zipfile.ZipInfo, bytes]], comment: bytes = b"") -> Path:
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w") as archive:
        warnings.simplefilter("ignore")  # of names that are there twice
        for member, content in members:
            archive.writestr(member, content)
        archive.comment = comment
    return path


def member(name: str, **fields: Any) -> zipfile.ZipInfo:
    """As a bundle has it, but for ``fields``."""
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.create_system, info.external_attr = 3, 0o644 << 16
    for field, value in fields.items():
        setattr(info, field, value)
    return info


LINK = member("chain.json", external_attr=(stat.S_IFLNK | 0o777) << 16), b"/etc/passwd"
BOMB = member("chain.json", compress_type=zipfile.ZIP_DEFLATED), bytes(2**26)
ZIPS = {
    "a name twice": [(member("chain.json"), b"1"), (member("chain.json"), b"2")],
    "a path upwards": [(member("../chain.json"), b"1")],
    "an absolute path": [(member("/tmp/chain.json"), b"1")],
    "a path with a backslash": [(member("tables\\slots.csv"), b"1")],
    "a folder": [(member("tables/"), b"")],
    "a link": [LINK],
    "a bomb": [BOMB],
    "another time": [(member("chain.json", date_time=(2020, 1, 1, 0, 0, 0)), b"1")],
    "a field of its own": [(member("chain.json", extra=b"\x99\x99\x04\x00read"), b"1")],
    "a comment on a file": [(member("chain.json", comment=b"read me"), b"1")],
    "unsorted files": [(member("models.json"), b"1"), (member("chain.json"), b"1")],
    "very many files": [(member(f"tables/{'a' * n}.csv"), b"") for n in range(1, 100)],
}


@kinds(ZIPS)
def test_zip_tricks_are_refused(kind: str, forged: Path) -> None:
    no_bundle(zipped(forged, ZIPS[kind]), "not a bundle, or damaged")


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[:0],
        lambda content: b"#!/bin/sh\n" + content,
        lambda content: content + b"\n",
        lambda content: content[:-1],
        lambda content: content[:-2] + b"\x02\x00hi",
        lambda content: content + content,
    ],
    ids=["nothing", "something before", "something after", "cut short", "a comment", "twice"],
)
def test_a_bundle_with_more_or_less_around_it_is_refused(
    change: Callable[[bytes], bytes], honest: Path, forged: Path
) -> None:
    forged.write_bytes(change(honest.read_bytes()))
    no_bundle(forged, "not a bundle, or damaged")


def test_no_file_is_no_bundle(forged, tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe")
    no_bundle(tmp_path / "pipe", "it is no regular file")
    no_bundle(forged, "cannot read")
    no_bundle(tmp_path, "cannot read")
