"""Hostile scenarios and readings, for ``run``, ``explain``, ``sweep`` and ``page``."""

import os
from collections.abc import Callable
from pathlib import Path

from tests.hostile.bundles import PAINTED
from tests.hostile.case import Case, Honest

Make = Callable[[Honest, Path], Path]
PLAIN = 'name = "theirs"\n[time]\nstart = 2017-06-12\n'
_DAYS = 12


def scenario(text: str = "", change: Callable[[Path], object] = lambda folder: folder) -> Make:
    """A scenario file with more behind its start, in a folder where something else was laid out."""

    def make(_: Honest, folder: Path) -> Path:
        theirs = folder / "theirs"
        theirs.mkdir()
        change(theirs)
        (theirs / "scenario.toml").write_text(PLAIN + text)
        return theirs / "scenario.toml"

    return make


def whole(content: str) -> Make:
    """A scenario file of just this."""

    def make(_: Honest, folder: Path) -> Path:
        (folder / "scenario.toml").write_text(content)
        return folder / "scenario.toml"

    return make


def linked_store(theirs: Path) -> None:
    """A folder that looks like a store, whose unfinished files are the user's keys."""
    (theirs / "cache").mkdir(mode=0o700)
    for shelf in ("models", "circuits", "proofs"):
        (theirs / "cache" / shelf).mkdir(mode=0o700)
    (theirs / "cache" / "unfinished").symlink_to(theirs.parent / "home" / ".ssh")


def linked_root(theirs: Path) -> None:
    """A store that is a link to the user's keys."""
    (theirs / "cache").symlink_to(theirs.parent / "home" / ".ssh")


def csv(content: bytes) -> Make:
    """Readings of these bytes."""
    return scenario(
        '[population]\nsource = "homes.csv"\n', lambda theirs: (theirs / "homes.csv").write_bytes(content)
    )


def secret_source(theirs: Path) -> None:
    """A link to a private file of the user's in the readings' place."""
    (theirs / "homes.csv").symlink_to(theirs.parent / "home" / ".ssh" / "config")


def rows(header: str, row: Callable[[int], str]) -> bytes:
    """A CSV file of hourly rows before and in the run."""
    times = [f"2017-06-{day:02d}T{hour:02d}:00" for day in range(1, 1 + _DAYS) for hour in range(24)]
    return "\n".join([header, *(f"{time},{row(n)}" for n, time in enumerate(times))]).encode() + b"\n"


def of_source(change: Callable[[Path], object]) -> Make:
    """Readings laid out by ``change`` as homes.csv."""
    return scenario('[population]\nsource = "homes.csv"\n', change)


RUN = {
    "a store whose unfinished files are the user's keys": scenario(
        '[proofs]\nstore = "cache"\n', linked_store
    ),
    "a store that is a link to the user's keys": scenario('[proofs]\nstore = "cache"\n', linked_root),
    "a store in the user's home": scenario('[proofs]\nstore = "../home/.gnupg"\n'),
    "a store at an absolute path": scenario('[proofs]\nstore = "/tmp"\n'),
    "an SRS without end": scenario('[proofs]\nsrs = "/dev/zero"\n'),
    "an SRS that is a silent pipe": scenario(
        '[proofs]\nsrs = "pipe"\n', lambda theirs: os.mkfifo(theirs / "pipe")
    ),
    "readings without end": scenario('[population]\nsource = "/dev/zero"\n'),
    "readings that are a silent pipe": of_source(lambda theirs: os.mkfifo(theirs / "homes.csv")),
    "readings that are a private file": of_source(secret_source),
    "readings of 400,000 columns": csv(
        rows("time," + ",".join(f"h{n}_load_wh" for n in range(400_000)), lambda _: "0")
    ),
    "readings with a name that paints the screen": csv(rows(f"time,{PAINTED}_load_wh", lambda _: "1")),
    "readings with a cell that paints the screen": csv(
        rows("time,a_load_wh,b_load_wh", lambda _: f"{PAINTED},1")
    ),
    "readings with a cell of a million digits": csv(
        rows("time,a_load_wh,b_load_wh", lambda n: f"{'9' * 10**6 if n == 3 else 1},1")
    ),
    "a name that leads out of the folder": whole('name = "../../home/.ssh"\n[time]\nstart = 2017-06-12\n'),
    "a name that paints the screen": whole('name = "\\u001b[2JVERIFIED"\n[time]\nstart = 2017-06-12\n'),
}
EXPLAIN = {
    "forty hidden layers of 1,024": scenario(f"[forecast]\nhidden = {[1024] * 40}\n"),
    "a million hidden layers": scenario(f"[forecast]\nhidden = {[1] * 10**6}\n"),
    "tables nested 100,000 deep": whole("a = " + "[" * 100_000),
    "a number of a million digits": whole("seed = " + "9" * 10**6),
    "a file of 64 megabytes": whole("# " + "x" * 2**26),
    "a file that is no text": lambda honest, _: honest.bundle,
    "a study of 10^12 cells": scenario(
        "[sweep]\nseeds = 1000000\n"
        + f'"market.retail" = {[n / 1000 for n in range(100, 1100)]}\n'
        + f'"chain.gas_price" = {list(range(1, 1001))}\n'
    ),
    "windows of 38 GB": scenario(
        "days = 30\nhorizon = 1\n[population]\nagents = 20000\nresampling = true\n"
        '[forecast]\nlookback = 336\n[proofs]\npolicy = "none"\n[chain]\nbackend = "none"\n'
    ),
}
PAGE = {
    "a store whose unfinished files are the user's keys": RUN[
        "a store whose unfinished files are the user's keys"
    ],
    "readings that are a private file": RUN["readings that are a private file"],
    "forty hidden layers of 1,024": EXPLAIN["forty hidden layers of 1,024"],
}
CASES = {
    f"{command}: {name}": Case(command, make)
    for command, makes in (("run", RUN), ("explain", EXPLAIN), ("page", PAGE))
    for name, make in makes.items()
}
