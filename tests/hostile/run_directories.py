"""Hostile run directories, for ``report``, ``plot``, ``bundle`` and ``page``."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from sim.outputs.run_directory import MANIFEST, MODELS, SCENARIO, SUMMARY
from tests.hostile.bundles import sparse
from tests.hostile.case import Case, Honest

Change = Callable[[Path], object]


def copied(change: Change) -> Callable[[Honest, Path], Path]:
    """The honest run directory with something in it changed."""

    def make(honest: Honest, folder: Path) -> Path:
        run = folder / "their-run"
        shutil.copytree(honest.run, run)
        change(run)
        return run

    return make


def text(name: str, content: str) -> Change:
    """A file that says something else."""
    return lambda run: (run / name).write_text(content)


def endless(name: str) -> Change:
    """A link to a file without end in a file's place."""

    def change(run: Path) -> None:
        (run / name).unlink()
        (run / name).symlink_to("/dev/zero")

    return change


def silent(name: str) -> Change:
    """A pipe that nobody writes to in a file's place."""

    def change(run: Path) -> None:
        (run / name).unlink()
        os.mkfifo(run / name)

    return change


def hollow(name: str) -> Change:
    """Four gigabytes of nothing in a file's place."""
    return lambda run: sparse(2**32, name)(Honest(run, run), run)


def store_of_links(run: Path) -> None:
    """A scenario that names the user's keys as what may be tidied."""
    cache = run / "cache"
    cache.mkdir(mode=0o700)
    (cache / "unfinished").symlink_to(run.parent / "home" / ".ssh")
    lines = (run / SCENARIO).read_text().splitlines()
    (run / SCENARIO).write_text(
        "\n".join('store = "cache"' if line.startswith("store") else line for line in lines) + "\n"
    )
    (run / MODELS).write_text("{}")


REPORT = {
    "a summary that is a list": text(SUMMARY, "[]"),
    "a summary nested 100,000 deep": text(SUMMARY, '{"a":' * 100_000),
    "a summary of four gigabytes": hollow(SUMMARY),
    "a summary without end": endless(SUMMARY),
    "a summary that is a silent pipe": silent(SUMMARY),
    "a table that is none": text("slots.parquet", "PAR1 and nothing else"),
    "a table without end": endless("agents.parquet"),
    "a scenario without end": endless(SCENARIO),
    "a manifest that is a silent pipe": silent(MANIFEST),
}
PLOT = {
    "a summary that is a silent pipe": silent(SUMMARY),
}
BUNDLE = {
    "a store of links": store_of_links,
    "models of four gigabytes": hollow(MODELS),
    "a chain that is a silent pipe": silent("chain.json"),
}
PAGE = {
    "a summary without end": endless(SUMMARY),
}
CASES = {
    f"{command}: {name}": Case(command, copied(change))
    for command, changes in (("report", REPORT), ("plot", PLOT), ("bundle", BUNDLE), ("page", PAGE))
    for name, change in changes.items()
}
