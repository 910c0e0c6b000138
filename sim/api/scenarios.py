"""Scenarios in Python, and what earlier runs and studies left."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.errors import InputError
from sim.schema.document import with_field
from sim.schema.file import load_scenario
from sim.schema.scenario import Scenario


def scenario(source: str | Path | Mapping[str, Any] = {}, /, **fields: Any) -> Scenario:  # noqa: B006  is only read
    """A scenario from a TOML file, or from a mapping; keywords are further fields, or take the place of some.

    Fields are sections (``time={"start": "2017-06-12", "days": 2}``) or have dotted names
    (``{"time.start": "2017-06-12"}``); paths in a mapping or keywords are relative to where one is.
    Raises InputError naming file or field, value and what would be right.
    """
    if isinstance(source, str | Path):
        made = load_scenario(Path(source))
        return made.with_(fields) if fields else made
    document: dict[str, Any] = {}
    for field, value in {**source, **fields}.items():
        document = with_field(document, field, value)
    return Scenario.of(document, Path.cwd())


def load(directory: str | Path) -> Any:
    """What a run or study directory holds: a ``Run`` or a ``Study``.

    Raises InputError where it is neither, or a file is missing or damaged.
    """
    from sim.api.runs import read_run
    from sim.api.studies import read_study
    from sim.outputs.run_directory import is_run
    from sim.study.study_directory import STUDY, is_study_directory

    folder = Path(directory)
    if is_study_directory(folder):
        return read_study(folder)
    if is_run(folder):
        return read_run(folder)
    raise InputError(f"{folder}: should be a run directory, or a study directory with {STUDY}")
