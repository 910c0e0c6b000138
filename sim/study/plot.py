"""Figures drawn again, of a run, a cell or a study, from its tables alone; and tables as CSV."""

import os
from pathlib import Path

from sim.errors import InputError
from sim.outputs.figures import write_figures
from sim.outputs.own_files import FIGURES, OF_GAPS, OF_SEALED, is_export, mode_of, new_figures
from sim.outputs.run_directory import MANIFEST, SUMMARY, is_run
from sim.outputs.saved import read_json, read_table, read_tables, understood
from sim.runtime.scratch import replace_file
from sim.study.figures import write_study_figures
from sim.study.study_directory import STUDY, is_study_directory
from sim.tables.runs import read_by


def plot(directory: Path) -> list[str]:
    """Draw all figures again, and return a sentence for each that could not be drawn.

    Raises InputError where a directory is no run or study, or lacks a table.
    """
    with understood(directory):
        if is_study_directory(directory):
            return _plot_study(directory)
        if is_run(directory):
            _plot_run(directory)
            return []
    raise InputError(f"{directory}: should be a run directory, or a study directory with {STUDY}")


def _plot_run(directory: Path) -> None:
    tables = read_tables(directory, _read_for_figures(directory))
    try:
        with new_figures(directory, directory / MANIFEST) as folder:
            write_figures(folder, tables, read_json(directory / SUMMARY))
    except KeyError as missing:
        raise InputError(
            f"{directory}: lacks {missing}, which a figure is drawn from; run it again"
        ) from None


def _read_for_figures(directory: Path) -> tuple[str, ...]:
    sealed, gaps = ((directory / name).is_file() for name in (OF_SEALED, OF_GAPS))
    return read_by("figures", sealed=sealed, gaps=gaps)


def _plot_study(directory: Path) -> list[str]:
    study = read_json(directory / STUDY)
    cells, points = read_tables(directory, ("cells", "points")).values()
    try:
        axes, name = study["axes"], study["name"]
        points[[*axes, "savings_share_mean"]]
        with new_figures(directory, directory / STUDY, of_study=True) as folder:
            return write_study_figures(folder / FIGURES, cells, points, axes, name)
    except (KeyError, TypeError) as error:
        raise InputError(f"{directory}: lacks {error}, as no sweep leaves it; sweep again") from None


def write_csv(parquet: Path) -> None:
    """A table as CSV, beside it. Raises InputError where a file of that name is no earlier export."""
    path = parquet.with_suffix(".csv")
    if os.path.lexists(path) and not is_export(path):
        raise InputError(f"{path}: is there, and is not {parquet.name} as CSV; move it away")
    table = read_table(parquet)
    mode = mode_of(path.name, sealed=parquet.with_name(OF_SEALED).exists())
    replace_file(path, lambda file: table.to_csv(file, index=False, mode="wb"), mode)
