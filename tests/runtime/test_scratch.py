"""Scratch folders: a living maker keeps its own, and what a killed one left goes with the next."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from sim.runtime.scratch import anchored_folder, held_folder, replace_file, scratch_folder, sweep
from tests.runs import ROOT

MAKER = """
import sys, time
from pathlib import Path
from sim.runtime.scratch import held_folder
with held_folder(Path(sys.argv[1]), "mine-") as folder:
    (folder / "file").touch()
    print(folder.name, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """What a maker left that was killed; while it lived nobody could sweep it."""
    command = [sys.executable, "-c", MAKER, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as maker:
        assert maker.stdout
        folder = tmp_path / maker.stdout.readline().strip()
        sweep(tmp_path, "mine-")
        assert (folder / "file").exists()
        maker.send_signal(signal.SIGKILL)
    assert (folder / "file").exists()
    return folder


def test_what_a_killed_process_left_is_swept(killed: Path, tmp_path: Path) -> None:
    sweep(tmp_path, "other-")
    assert killed.exists()
    with held_folder(tmp_path, "mine-") as living:
        sweep(tmp_path, "mine-")
        assert list(tmp_path.iterdir()) == [living]
    assert list(tmp_path.iterdir()) == []


def test_nothing_goes_where_taking_out_fails(killed: Path, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="File exists"):
        sweep(tmp_path, "mine-", lambda folder: (folder / "file").mkdir())
    assert (killed / "file").exists()


def test_what_bears_such_a_name_and_no_mark_stays(tmp_path: Path) -> None:
    (tmp_path / "mine-previous").mkdir()
    (tmp_path / "mine-previous" / "thesis.docx").touch()
    sweep(tmp_path, "mine-")
    assert (tmp_path / "mine-previous" / "thesis.docx").exists()


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_a_file_is_replaced_whole_and_through_no_link(tmp_path: Path, mode: int) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "file").symlink_to("mine")
    replace_file(tmp_path / "file", b"new", mode)
    assert [(tmp_path / name).read_text() for name in ("mine", "file")] == ["mine", "new"]
    assert ((tmp_path / "file").lstat().st_mode & 0o777, len(list(tmp_path.iterdir()))) == (mode, 2)


@pytest.mark.parametrize(
    "name", ["mine-", "mine-b-abcdefgh", "mine-2017-06-12", "mine-abcdefg", "omine-abcdefgh"]
)
def test_only_names_that_it_gives_are_swept(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / "mine-abcdefgh").mkdir()
    sweep(tmp_path, "mine-")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def overtaken(folder: Path, precious: Path) -> None:
    """What whoever else may write beside a folder can do: a link takes its place."""
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(precious)


@pytest.fixture
def precious(tmp_path: Path) -> Path:
    """A folder of the user's own, with what a run could write and remove."""
    (tmp_path / "precious" / "new").mkdir(parents=True)
    for name in ("thesis.docx", "new/slots.parquet"):
        (tmp_path / "precious" / name).write_text("mine")
    return tmp_path / "precious"


def all_below(folder: Path) -> dict[Path, str]:
    return {path: path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_nothing_is_removed_through_a_link_in_a_folders_place(tmp_path: Path, precious: Path) -> None:
    before = all_below(precious)
    (tmp_path / "place").mkdir()
    with held_folder(tmp_path / "place", "mine-") as folder:
        (folder / "below").mkdir()
        (folder / "link").symlink_to(precious)
        overtaken(folder, precious)
    assert (all_below(precious), list((tmp_path / "place" / "elsewhere").iterdir())) == (before, [])


def test_an_anchored_folder_is_filled_through_no_link_in_its_place(tmp_path: Path, precious: Path) -> None:
    before = all_below(precious)
    with anchored_folder(tmp_path, "mine-") as folder:
        (folder / "new").mkdir()
        overtaken(next(tmp_path.glob("mine-*")), precious)
        (folder / "new" / "slots.parquet").write_text("ours")
        (folder / "new").rename(tmp_path / "out")
    assert (all_below(precious), (tmp_path / "out" / "slots.parquet").read_text()) == (before, "ours")


def test_an_abandoned_folder_is_not_removed_through_a_link(
    killed: Path, tmp_path: Path, precious: Path
) -> None:
    before = all_below(precious)
    sweep(tmp_path, "mine-", lambda _: overtaken(killed, precious))
    assert all_below(precious) == before


def test_a_file_is_written_through_no_link_in_a_folders_place(
    tmp_path: Path, precious: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its content goes where it should, and nowhere else."""
    before, sync = all_below(precious), os.fsync
    (tmp_path / "place").mkdir()

    def overtaken_then(file: int) -> None:
        overtaken(next((tmp_path / "place").iterdir()), precious)
        sync(file)

    monkeypatch.setattr(os, "fsync", overtaken_then)
    replace_file(tmp_path / "place" / "file", b"new", 0o600)
    assert (all_below(precious), (tmp_path / "place" / "file").read_bytes()) == (before, b"new")


def test_scratch_folders_lie_among_temporary_files_and_sweep_their_like(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = [tmp_path / f"zkpet-{user}-run-abcdefgh" for user in (os.geteuid(), os.geteuid() + 1)]
    for path in left:
        path.mkdir()
    with scratch_folder("run") as folder:
        assert ({folder, left[1]}, folder.stat().st_mode & 0o777) == (set(tmp_path.iterdir()), 0o700)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs the right to give files away")
def test_what_another_user_left_stays(killed: Path, tmp_path: Path) -> None:
    os.chown(killed, 12345, 12345)
    sweep(tmp_path, "mine-")
    assert killed.exists()


def test_a_sweep_between_making_and_holding_costs_only_another_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, tries = tempfile.mkdtemp, []

    def swept_at_first(**where: str) -> str:
        name = made(**where)
        tries.append(name)
        if len(tries) == 1:
            sweep(tmp_path, "mine-")
        return name

    monkeypatch.setattr(tempfile, "mkdtemp", swept_at_first)
    with held_folder(tmp_path, "mine-") as folder:
        assert [str(folder)] == tries[1:]
        assert folder.is_dir()


@pytest.mark.parametrize("by", ["link", "folder"])
def test_what_takes_a_new_folders_place_at_once_is_not_held(
    tmp_path: Path, precious: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    made, before, tries = tempfile.mkdtemp, all_below(precious), []

    def overtaken_at_first(**where: str) -> str:
        name = Path(made(**where))
        if not tries:
            name.rmdir()
            name.symlink_to(precious) if by == "link" else precious.rename(name)
        tries.append(name)
        return str(name)

    monkeypatch.setattr(tempfile, "mkdtemp", overtaken_at_first)
    with held_folder(tmp_path, "mine-") as folder:
        assert [folder] == tries[1:]
    assert sorted(all_below(tries[0]).values()) == sorted(before.values())
