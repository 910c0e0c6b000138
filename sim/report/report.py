"""``zkpet report``: a run directory or a study directory as one HTML file."""

import logging
from pathlib import Path

from sim.errors import InputError
from sim.outputs.run_directory import REPORT, is_run
from sim.report.document import Document, html
from sim.study.study_directory import STUDY, is_study_directory


def report_to_file(directory: Path, out: Path | None = None) -> Path:
    """Write the report of a run or a study to ``out``, or else into its directory, and return where it is.

    The same directory gives the same bytes. Raises InputError where the directory is no run or study, lacks a
    table or holds a damaged one, and where ``out`` cannot be written.
    """
    if out:
        _check_writable(out)
    text = html(_document(directory))
    file = out or directory / REPORT
    new = file.with_name(f".{file.name}.new")
    try:
        new.write_text(text, encoding="utf-8")
        new.replace(file)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise InputError(f"{file}: cannot write the report there ({error.strerror})") from None
    return file


def _check_writable(out: Path) -> None:
    """Before figures are drawn."""
    if out.is_dir() or not out.parent.is_dir():
        wrong = "is a directory" if out.is_dir() else "is in no directory that there is"
        raise InputError(f"{out}: {wrong}; name the file that the report should be written to")


def _document(directory: Path) -> Document:
    # On first use matplotlib says that it builds a font cache; that is no news for a user.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    from sim.report.run import run_document  # matplotlib takes a second to load
    from sim.report.study import study_document

    try:
        if is_study_directory(directory):
            return study_document(directory)
        if is_run(directory):
            return run_document(directory)
    except InputError:
        raise
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"{directory}: is not as a run or a sweep leaves it ({reason}); run it again"
        ) from None
    raise InputError(f"{directory}: should be a run directory, or a study directory with {STUDY}")
