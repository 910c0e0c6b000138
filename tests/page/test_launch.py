"""The command refuses in one sentence what it cannot show, before it serves anything."""

import socket
import sys
import threading

import pytest

from sim.cli import main
from sim.page import launch
from tests.runs import ROOT

TINY = str(ROOT / "scenarios" / "tiny.toml")


@pytest.fixture(autouse=True)
def serves_nothing(monkeypatch) -> None:
    """Whoever comes as far as to serve has not been refused."""

    def served(*_: object, **__: object) -> None:
        raise AssertionError("should have been refused")

    for name in ("_warm_up", "_announce"):
        monkeypatch.setattr(launch, name, lambda *_: None)
    monkeypatch.setattr("uvicorn.Server.run", served)


def refused(capsys, *arguments: str) -> str:
    assert main(["page", *arguments, "--no-browser"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("zkpet: ")
    assert said.count("\n") == 1
    return said


def test_a_port_in_use_is_named(capsys) -> None:
    with socket.socket() as taken:
        taken.bind((launch.HOST, 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = refused(capsys, TINY, "--port", port)
    assert f"--port {port}: cannot serve there" in said
    assert "name another" in said


def test_nobody_else_takes_the_port_before_the_page_answers() -> None:
    """And so nobody else hears the token that is announced there."""
    with socket.socket() as free:
        free.bind((launch.HOST, 0))
        port = free.getsockname()[1]
    with launch._bound(port) as listening, socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError, match="in use"):
            other.bind((launch.HOST, port))
        assert listening.getsockname() == (launch.HOST, port)


@pytest.mark.parametrize("port", ["0", "-1", "65536", "70000"])
def test_what_is_no_port_is_refused(capsys, port) -> None:
    assert f"--port {port}: should be between 1 and 65535" in refused(capsys, TINY, f"--port={port}")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("nowhere", "does not exist"),
        ("nowhere.toml", "does not exist"),
        ("scenarios", "should be a run directory, or a scenario"),
        ("README.md", "should be a run directory, or a scenario"),
        ("pyproject.toml", "name is missing"),
        ("scenarios/clusters.toml", "so it is a study"),
    ],
)
def test_what_cannot_be_shown_is_refused(capsys, path, words) -> None:
    said = refused(capsys, str(ROOT / path))
    assert str(ROOT / path) in said
    assert words in said


@pytest.mark.parametrize("library", ["uvicorn", "solara.server"])
def test_without_solara_it_says_how_to_get_it(capsys, monkeypatch, library) -> None:
    # Where Solara was loaded before, every thread of the process looks it up: so none is started.
    monkeypatch.setattr(threading.Thread, "start", lambda _: None)
    monkeypatch.setitem(sys.modules, library, None)  # as if it were not installed
    monkeypatch.setattr(launch, "_bound", lambda _: socket.socket())
    monkeypatch.setattr("warnings.simplefilter", lambda _: None)  # which is for the whole process
    monkeypatch.setattr("os.environ", dict(launch.os.environ))
    assert "`make page` installs it" in refused(capsys, TINY)
