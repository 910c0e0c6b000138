"""The container: contents determine every byte, and no other byte passes."""

import os
import random
import signal
import stat
import zipfile
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.bundle import archive
from sim.bundle.archive import MAX_FILES, read_archive, write_archive
from sim.errors import InputError

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
    assert other.read_bytes() == path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_any_other_byte_anywhere_is_noticed(path) -> None:
    write_archive(path, FILES)
    data = path.read_bytes()
    dice = random.Random(1)
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= dice.randrange(1, 256)
        path.write_bytes(bytes(changed))
        with pytest.raises(InputError, match="not a bundle, or damaged"):
            read_archive(path)


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data + b"\0", lambda _: b""])
def test_more_or_fewer_bytes_are_noticed(path, change) -> None:
    write_archive(path, FILES)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(InputError, match="not a bundle, or damaged"):
        read_archive(path)


def test_the_same_files_in_another_zip_are_no_bundle(path) -> None:
    with zipfile.ZipFile(path, "w") as other:
        for name, content in FILES.items():
            other.writestr(name, content)
    with pytest.raises(InputError, match="its bytes are not those its files make"):
        read_archive(path)


def test_nothing_is_unpacked_that_could_be_a_bomb(path, monkeypatch) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("a.txt", bytes(10**6))
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("unpacked"))
    with pytest.raises(InputError, match=r"a\.txt is compressed"):
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


@pytest.mark.parametrize("name", ["../a.txt", "/a.txt", "a\\b.txt", "A.txt", "a", "tables/../a.txt", "é.txt"])
def test_a_name_that_leads_elsewhere_is_refused(path, name) -> None:
    write_archive(path, {name: b""})
    with pytest.raises(InputError, match="a file called"):
        read_archive(path)


def test_a_bundle_appears_whole_or_not_at_all(path, monkeypatch) -> None:
    write_archive(path, FILES)
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match=r"x\.zkpet: cannot write the bundle \(No space left on device\)"):
        write_archive(path, {"other.txt": b"1"})
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


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
    writer = get_context("spawn").Process(target=killed_writing, args=(path,))
    writer.start()
    writer.join()
    assert writer.exitcode == -signal.SIGKILL
    assert len(list(path.parent.iterdir())) == 2
    write_archive(path, FILES)
    assert sorted(each.name for each in path.parent.iterdir()) == [".x.zkpet-unfinished-previous", "x.zkpet"]


@pytest.mark.parametrize(("place", "reason"), [("none/x.zkpet", "No such file"), ("", "Is a directory")])
def test_where_nothing_can_be_written_is_said_in_a_sentence(tmp_path, place, reason) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(InputError, match=rf"cannot write the bundle \({reason}"):
        write_archive(folder / place, FILES)
    assert list(tmp_path.rglob("*")) == [folder]


def test_what_cannot_be_read_is_said_in_a_sentence(tmp_path) -> None:
    with pytest.raises(InputError, match=r"cannot read the bundle \(No such file or directory\)"):
        read_archive(tmp_path / "none.zkpet")
    with pytest.raises(InputError, match=r"cannot read the bundle \(it is a directory\)"):
        read_archive(tmp_path)
