"""What results rest on: data, versions and the source itself, by hash."""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

from sim.data import csv_file, sierra_crest
from sim.plugins import loaded_plugins
from sim.schema.forecasting import EMBEDDED_SOURCE

STACK = (
    "zkpet",
    "ezkl",
    "py-evm",
    "eth-tester",
    "pyrevm",
    "torch",
    "tslearn",
    "banditpam",
    "mesa",
    "numpy",
    "onnx",
)
_ROOT = Path(__file__).parents[2]
_DECIDES_NOTHING = (
    "sim/study/",
    "sim/bench/",
    "sim/bundle/",
    "sim/page/",
    "sim/outputs/figures/",
    "sim/outputs/saved.py",
    "sim/report/",
    "sim/terminal/",
    "sim/api/",
    "sim/__init__.py",
    "sim/cli.py",
    "sim/costs/explain.py",
    "sim/forecast/cluster_scores.py",
    "sim/runtime/progress.py",
    "sim/schema/reference.py",
)


@cache
def versions() -> Mapping[str, str]:
    """Installed versions of what decides results; the same mapping every time."""
    return {name: version(name) for name in STACK}


def data_sha256(source: str) -> str:
    """The hash of the embedded data, or of the CSV file at the path ``source``.

    Raises InputError where that file cannot be read, or can be none of readings.
    """
    if source == EMBEDDED_SOURCE:
        return sierra_crest.SHA256
    with csv_file.opened(Path(source)) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def source_sha256() -> str:
    """The hash of the code that decides results: simulator, agents, contracts and plug-ins."""
    plugins = "".join(sorted(plugin.sha256 for plugin in loaded_plugins()))
    return hashlib.sha256((_own_sha256() + plugins).encode()).hexdigest() if plugins else _own_sha256()


@cache
def _own_sha256() -> str:
    """Of what zkpet has, without what only shows."""
    digest = hashlib.sha256()
    for path in _source_files():
        digest.update(f"{path.relative_to(_ROOT).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _source_files() -> list[Path]:
    files = [path for package in ("sim", "agents") for path in (_ROOT / package).rglob("*.py")]
    files += [path for path in (_ROOT / "contracts" / "compiled").iterdir() if path.is_file()]
    return sorted(
        path for path in files if not path.relative_to(_ROOT).as_posix().startswith(_DECIDES_NOTHING)
    )
