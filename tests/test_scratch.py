"""Scratch folders: a living maker keeps its own, and what a killed one left goes with the next."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from sim.scratch import held_folder, replace_file, scratch_folder, sweep
from tests.runs import ROOT

MAKER = """
import sys, time
from pathlib import Path
from sim.scratch import held_folder
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


def test_what_should_stay_is_taken_out_before(killed: Path, tmp_path: Path) -> None:
    sweep(tmp_path, "mine-", lambda folder: (folder / "file").rename(tmp_path / "saved"))
    assert list(tmp_path.iterdir()) == [tmp_path / "saved"]
    assert not killed.exists()


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
    assert (tmp_path / "file").lstat().st_mode & 0o777 == mode
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    "name", ["mine-", "mine-b-abcdefgh", "mine-2017-06-12", "mine-abcdefg", "omine-abcdefgh"]
)
def test_only_names_that_it_gives_are_swept(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / "mine-abcdefgh").mkdir()
    sweep(tmp_path, "mine-")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_files_and_links_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "mine-abcdefgh").symlink_to(tmp_path / "precious")
    (tmp_path / "mine-abcdefgi").touch()
    sweep(tmp_path, "mine-")
    assert len(list(tmp_path.iterdir())) == 3


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


def test_without_locks_there_are_folders_and_no_sweeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(*_: object) -> None:
        raise OSError("no locks here")

    (tmp_path / "mine-abcdefgh").mkdir()
    monkeypatch.setattr("fcntl.flock", unsupported)
    with held_folder(tmp_path, "mine-") as folder:
        sweep(tmp_path, "mine-")
        assert folder.is_dir()
    assert [path.name for path in tmp_path.iterdir()] == ["mine-abcdefgh"]


def test_scratch_folders_lie_among_temporary_files_and_sweep_their_like(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = [tmp_path / f"zkpet-{user}-run-abcdefgh" for user in (os.geteuid(), os.geteuid() + 1)]
    for path in left:
        path.mkdir()
    with scratch_folder("run") as folder:
        assert {folder, left[1]} == set(tmp_path.iterdir())
        assert folder.stat().st_mode & 0o777 == 0o700
