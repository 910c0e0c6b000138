"""Readings from a DataFrame, in place of a CSV file."""

from collections.abc import Iterator
from contextlib import contextmanager

import pandas as pd

from sim.data.csv_grid import TIME_COLUMN
from sim.errors import InputError
from sim.runtime.scratch import scratch_folder
from sim.schema.scenario import Scenario

NAME = "readings.csv"
"""What a run says that its readings are called."""


@contextmanager
def with_readings(scenario: Scenario, readings: pd.DataFrame | None) -> Iterator[Scenario]:
    """The scenario with the readings of a table, which is held as a temporary CSV file within the block.

    Columns are those of a CSV file; ``time`` may be the index. Raises InputError as for a file.
    """
    if readings is None:
        yield scenario
        return
    if not isinstance(readings, pd.DataFrame):
        kind = type(readings).__name__
        raise InputError(f"readings: should be a DataFrame, not {kind}; population.source names a file")
    with scratch_folder("readings") as folder:
        file = folder / NAME
        file.touch(mode=0o600)
        has_index = TIME_COLUMN not in readings.columns
        readings.to_csv(file, index=has_index, index_label=TIME_COLUMN if has_index else None)
        try:
            yield scenario.changed({"population.source": str(file)})
        except InputError as error:
            raise InputError(str(error).replace(str(file), NAME)) from None
