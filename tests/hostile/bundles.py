"""Hostile bundles, for ``verify`` and ``replay``; each single refusal is tested in ``tests.bundle``."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sim.outputs.run_directory import SCENARIO
from tests.bundle.forgery import Files, claiming, rewritten
from tests.hostile.case import Case, Honest

PAINTED = "\x1b[2J\x1b[3J\x1b[HVERIFIED\x1b[8m"
"""Clears a terminal, writes a word and hides what follows."""


def raw(content: bytes) -> Callable[[Honest, Path], Path]:
    """A file of these bytes."""

    def make(_: Honest, folder: Path) -> Path:
        path = folder / "x.zkpet"
        path.write_bytes(content)
        return path

    return make


def sparse(size: int, name: str = "x.zkpet") -> Callable[[Honest, Path], Path]:
    """A file of nothing but a length."""

    def make(_: Honest, folder: Path) -> Path:
        with (folder / name).open("wb") as file:
            file.truncate(size)
        return folder / name

    return make


def device(_: Honest, folder: Path) -> Path:
    """A link to a file without end."""
    (folder / "x.zkpet").symlink_to("/dev/zero")
    return folder / "x.zkpet"


def fifo(_: Honest, folder: Path) -> Path:
    """A pipe that nobody writes to."""
    os.mkfifo(folder / "x.zkpet")
    return folder / "x.zkpet"


def changed(change: Callable[[Files, dict[str, Any]], object]) -> Callable[[Honest, Path], Path]:
    """The honest bundle with files or claims changed, and its hashes made right again."""
    return lambda honest, folder: rewritten(honest.bundle, folder / "x.zkpet", change)


def scenario_lines(*lines: tuple[str, str]) -> Callable[[Files, dict[str, Any]], None]:
    """Lines of the bundle's scenario that begin so, written otherwise."""

    def change(files: Files, _: dict[str, Any]) -> None:
        text = files[SCENARIO].decode().splitlines()
        for begins, instead in lines:
            assert any(line.startswith(begins) for line in text), begins
            text = [instead if line.startswith(begins) else line for line in text]
        files[SCENARIO] = ("\n".join(text) + "\n").encode()

    return change


def large(homes: int, days: int, slot_s: int, lookback: int, horizon: int) -> Any:
    """Claims of a market so large that its windows alone fill a machine."""

    def change(files: Files, manifest: dict[str, Any]) -> None:
        scenario_lines(
            ("days = ", f"days = {days}"),
            ("horizon = ", f"horizon = {horizon}"),
            ("lookback = ", f"lookback = {lookback}"),
            ("agents = ", f"agents = {homes}"),
            ("resampling = ", "resampling = true"),
            ("source = ", 'source = "mine.csv"'),
        )(files, manifest)
        manifest["homes"] = [f"sim-{number:04d}" for number in range(1, homes + 1)]
        manifest["slot_s"] = slot_s
        manifest["has_pv"] = [True] * homes
        model = {
            "family": "linear",
            "precision": 4,
            "weights": [[[0] * lookback] * horizon],
            "biases": [[0] * horizon],
        }
        models = json.loads(files["models.json"])
        (training,) = models["trainings"]
        training["models"] = [training["models"][0] | model]
        models["cluster_of_home"] = [0] * homes
        files["models.json"] = json.dumps(models, separators=(",", ":")).encode()

    return change


VERIFY = {
    "an empty file": raw(b""),
    "a link to a file without end": device,
    "a pipe that nobody writes to": fifo,
    "two gigabytes of nothing": sparse(2**31),
    "windows of 72 GB": changed(large(256, 366, 300, 336, 1)),
    "windows of 3 GB": changed(large(64, 30, 300, 336, 1)),
    "a claim whose name paints the screen": changed(claiming(**{PAINTED: 1})),
    "an SRS that is a device": changed(scenario_lines(("srs = ", 'srs = "/dev/zero"'))),
    "a limit of 10^12 gas a block": changed(
        scenario_lines(("block_gas_limit = ", "block_gas_limit = 1000000000000"))
    ),
}
REPLAY = {
    "no digest": changed(lambda _, manifest: manifest.pop("market_digest")),
    "windows of 72 GB": changed(large(256, 366, 300, 336, 1)),
    "readings at an absolute path": changed(scenario_lines(("source = ", 'source = "/etc/passwd"'))),
    "a link to a file without end": device,
}
CASES = {f"verify: {name}": Case("verify", make) for name, make in VERIFY.items()} | {
    f"replay: {name}": Case("replay", make) for name, make in REPLAY.items()
}
