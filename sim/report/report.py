"""``zkpet report``: a run directory or a study directory as one HTML file."""

import logging
import os
from pathlib import Path

from sim.errors import InputError
from sim.outputs.own_files import PRIVATE, REPORT, is_report
from sim.outputs.run_directory import is_run
from sim.outputs.saved import understood
from sim.report.document import Document, html
from sim.runtime.scratch import replace_file
from sim.study.study_directory import STUDY, is_study_directory


def report_to_file(directory: Path, out: Path | None = None) -> Path:
    """Write the report of a run or a study to ``out``, or else into its directory, and return where it is.

    The same directory gives the same bytes. Raises InputError where the directory is no run or study, lacks a
    table or holds a damaged one, and where the file cannot be written or is none of ours.
    """
    file = out or directory / REPORT
    if out:
        _check_place(out)
    _check_own(file)
    text = html(_document(directory))
    _check_own(file)
    try:
        replace_file(file, text.encode(), PRIVATE)
    except OSError as error:
        raise InputError(f"{file}: cannot write the report there ({error.strerror})") from None
    return file


def _check_place(out: Path) -> None:
    """Before figures are drawn."""
    if out.is_dir() or not out.parent.is_dir():
        wrong = "is a directory" if out.is_dir() else "is in no directory that there is"
        raise InputError(f"{out}: {wrong}; name the file that the report should be written to")


def _check_own(file: Path) -> None:
    if os.path.lexists(file) and not is_report(file):
        raise InputError(f"{file}: is there, and is no report of zkpet; name another file with --out")


def _document(directory: Path) -> Document:
    # On first use matplotlib says that it builds a font cache; that is no news for a user.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    from sim.report.run import run_document  # matplotlib takes a second to load
    from sim.report.study import study_document

    with understood(directory):
        if is_study_directory(directory):
            return study_document(directory)
        if is_run(directory):
            return run_document(directory)
    raise InputError(f"{directory}: should be a run directory, or a study directory with {STUDY}")
