"""All of one import: files read, homes, names and a starter scenario written."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.errors import InputError
from sim.imports.answers import Answers
from sim.imports.importing import Imported, imported
from sim.imports.origins import tables_of
from sim.imports.starter import DAYS, LEAST_CHAIN_S, LEAST_HISTORY_DAYS, starter
from sim.imports.write import check_free, write_homes, write_names
from sim.outputs.own_files import PRIVATE
from sim.runtime.progress import Progress
from sim.runtime.scratch import replace_file


@dataclass(frozen=True)
class Written:
    """What an import wrote, and what is worth knowing of it."""

    homes: Imported
    paths: tuple[Path, ...]
    remarks: tuple[str, ...]


def import_files(
    sources: Sequence[Path], out: Path, answers: Answers, overwrite: bool, progress: Progress
) -> Written:
    """Import the files of one export to ``out``, with the table of names and a scenario beside it.

    Raises InputError, or OpenQuestionsError; nothing is written then.
    """
    if out.suffix != ".csv" or '"' in out.name or "\\" in out.name or not out.name.isprintable():
        raise InputError(f"{out}: should be a plain name that ends in .csv")
    names, scenario = out.with_name(f"{out.stem}-names.csv"), out.with_suffix(".toml")
    check_free([out, names, scenario], overwrite)
    for source in sources:
        for path in (out, names, scenario):
            if path.exists() and source.exists() and path.samefile(source):
                raise InputError(f"{path}: is the file to import; write elsewhere")
    one = imported((each for path in sources for each in tables_of(path)), answers, progress)
    write_homes(out, one)
    write_names(names, one)
    text = starter(one, out.name, out.stem)
    if text is None:
        need = LEAST_HISTORY_DAYS + 1 + DAYS
        note = f"no scenario is written: no home has {need} days in a row, which a first run takes"
        return Written(one, (out, names), (note,))
    replace_file(scenario, text.encode(), PRIVATE)
    next_ = f"next: zkpet explain {scenario}, zkpet run {scenario}"
    if one.slot_s < LEAST_CHAIN_S:
        minutes = LEAST_CHAIN_S // 60
        fine = (
            f"a chain takes slots of {minutes} minutes or longer, so the scenario has none and proves nothing"
        )
        return Written(
            one, (out, names, scenario), (f"{fine}; --slot-minutes 15, 30 or 60 sums readings", next_)
        )
    return Written(one, (out, names, scenario), (next_,))
