"""Figures drawn again, of a run, a cell or a study, from its tables alone."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import InputError
from sim.outputs.figures import write_figures
from sim.outputs.run_directory import SUMMARY, is_run
from sim.study.figures import write_study_figures
from sim.study.study_directory import STUDY, is_study_directory, new_figures


def plot(directory: Path) -> None:
    """Draw all figures again. Raises InputError where a directory is no run or study, or lacks a table."""
    if is_study_directory(directory):
        _plot_study(directory)
    elif is_run(directory):
        _plot_run(directory)
    else:
        raise InputError(f"{directory}: should be a run directory, or a study directory with {STUDY}")


def _plot_run(directory: Path) -> None:
    tables = {path.stem: _table(path) for path in sorted(directory.glob("*.parquet"))}
    try:
        write_figures(directory, tables, _json(directory / SUMMARY))
    except KeyError as missing:
        raise InputError(
            f"{directory}: lacks {missing}, which a figure is drawn from; run it again"
        ) from None


def _plot_study(directory: Path) -> None:
    study = _json(directory / STUDY)
    cells, points = (_table(directory / f"{name}.parquet") for name in ("cells", "points"))
    try:
        axes, name = study["axes"], study["name"]
        points[[*axes, "savings_share_mean"]]
        with new_figures(directory) as folder:
            write_study_figures(folder, cells, points, axes, name)
    except (KeyError, TypeError) as error:
        raise InputError(f"{directory}: lacks {error}, as no sweep leaves it; sweep again") from None


def _table(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except FileNotFoundError:
        raise InputError(f"{path}: is missing; sweep or run again to write it") from None
    except ValueError as error:  # pyarrow's ArrowInvalid among them
        raise InputError(f"{path}: should be a Parquet table ({str(error).splitlines()[0]})") from None


def _json(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path}: should be JSON ({error})") from None
    return content
