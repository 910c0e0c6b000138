"""What a table is: where it is written, who reads it, and its columns."""

from dataclasses import dataclass

import pandas as pd

UNITS = {
    "_nano_per_wh": "nano-$ per Wh",
    "_nano": "nano-$",
    "_wh": "Wh",
    "_cpu_s": "CPU-s",
    "_bytes": "bytes",
    "_bits": "bits",
    "gas": "gas",
}
"""By how a column's name ends."""


@dataclass(frozen=True)
class Column:
    """A column of a table.

    private: whether readings are in it
    bundled: whether a bundle's table has it, if a bundle has the table
    varies:  whether it differs from one run of a scenario to the next
    of_orders: whether quantities are in it, so that no bundle of sealed orders has it
    """

    name: str
    meaning: str
    private: bool = False
    bundled: bool = True
    varies: bool = False
    of_orders: bool = False

    @property
    def unit(self) -> str:
        """As the name's ending says; empty for counts, names and the like."""
        return next((unit for ending, unit in UNITS.items() if self.name.endswith(ending)), "")


COMMUNITY = Column("community", "number of the community, from 0; there is one for now")


@dataclass(frozen=True)
class Table:
    """A table: one row per what its key columns say.

    written: where, "run", "cheats" (runs in which somebody cheats), "sealed" (runs with sealed orders),
             "gaps" (runs that use readings with gaps), "study" or "bundle"
    private: whether the file is closed to others
    of_orders: whether it tells of single orders or of one side's, so that sealed ones close the file
    bundled: whether a bundle holds it
    read_by: of "figures", "page" and "report", what of zkpet needs it
    by_community: whether it has a row for each community; not where rows are of all together
    """

    name: str
    meaning: str
    keys: tuple[Column, ...]
    others: tuple[Column, ...]
    written: str = "run"
    private: bool = False
    of_orders: bool = False
    bundled: bool = False
    read_by: tuple[str, ...] = ()
    by_community: bool = True

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns in order: keys, the community, the others."""
        return (*self.keys, *((COMMUNITY,) if self.by_community else ()), *self.others)

    def with_community(self, rows: pd.DataFrame) -> pd.DataFrame:
        """These rows, of one community, with the column that says so behind the key columns."""
        rows.insert(len(self.keys), COMMUNITY.name, 0)
        return rows

    def of_bundle(self, rows: pd.DataFrame, sealed: bool) -> pd.DataFrame:
        """These rows without the columns that no bundle has, or none of sealed orders."""
        columns = (column for column in self.columns if not (sealed and column.of_orders))
        return rows[[column.name for column in columns if column.bundled]]
