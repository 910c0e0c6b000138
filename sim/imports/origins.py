"""Where an export comes from: a file, or a grid of SimBench that is named by its code."""

from pathlib import Path

from sim.imports.layouts.simbench import PREFIX, simbench_source
from sim.imports.source import Source, read_source


def tables_of(path: Path) -> tuple[Source, ...]:
    """The tables of what the user named. Raises InputError as reading them does."""
    return (simbench_source(str(path)),) if str(path).startswith(PREFIX) else read_source(path)
