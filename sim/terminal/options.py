"""Options that commands share, and what those of an import say."""

import argparse
from dataclasses import fields
from pathlib import Path
from typing import Any

from sim.imports.answers import DATES, DUPLICATES, KINDS, LABELS, NEGATIVE, UNITS, Answers

Option = tuple[tuple[str, ...], dict[str, Any]]


def whole_number(text: str) -> int:
    """From 1. Raises ArgumentTypeError where it is none."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'"{text}" should be a whole number from 1')
    return int(text)


def option(*names: str, **how: Any) -> Option:
    """An option, as ``argparse`` takes it."""
    return names, how


def answers_of(options: argparse.Namespace) -> Answers:
    """What the options say of an export."""
    from sim.imports.names import read_names

    said = {field.name: getattr(options, field.name) for field in fields(Answers)}
    said |= {name: tuple(said[name]) for name in ("load", "pv", "leave_out")}
    said["names"] = read_names(options.names) if options.names else {}
    return Answers(**said)


FILE = {"type": Path, "metavar": "FILE"}
WHOLE_NUMBER: dict[str, Any] = {"type": whole_number, "metavar": "N"}
QUIET = option("--quiet", action="store_true", help="print nothing but errors")
SRS = option("--srs", **FILE, help="the ceremony's SRS it was proved under")
PLUGIN = option(
    "--plugin",
    action="append",
    type=Path,
    default=[],
    metavar="FILE.py",
    help="your own Python file of variants, which is executed; may be repeated",
)
OF_SCENARIOS = (
    option("scenario", type=Path, metavar="SCENARIO.toml"),
    option(
        "--set",
        action="append",
        default=[],
        metavar="SECTION.KEY=VALUE",
        dest="settings",
        help="override a field of the scenario; may be repeated",
    ),
    option("--seed", type=int, metavar="N", help="override the scenario's seed"),
    option("--jobs", **WHOLE_NUMBER, help="processes that prove, or run cells (default: one per core)"),
)
_COLUMN: dict[str, Any] = {"metavar": "COLUMN"}
_COLUMNS: dict[str, Any] = {"metavar": "COLUMN", "nargs": "+", "action": "extend", "default": []}
OF_EXPORTS = (
    option("sources", type=Path, nargs="+", metavar="SOURCE", help="files of one export"),
    option("-o", "--out", **FILE, required=True, help="the CSV file of homes to write"),
    option("--overwrite", action="store_true", help="replace homes, names and scenario that are there"),
    option("--layout", metavar="NAME", help="the layout (default: recognised)"),
    option("--unit", choices=UNITS, help="of all load and PV"),
    option("--kind", choices=KINDS, help="what a value is: energy of an interval, mean power, a counter"),
    option("--label", choices=LABELS, help="what a time is of its interval"),
    option("--zone", metavar="ZONE", help='of times, like Europe/Berlin, or "standard": as they stand'),
    option("--dates", choices=DATES, help="the order of day and month"),
    option("--time", **_COLUMN, help="the column of times"),
    option("--home", **_COLUMN, help="the column of homes, of a long layout"),
    option("--value", **_COLUMN, help="the column of values, of a long layout"),
    option("--load", **_COLUMNS, help="columns, or categories of rows, that are load; they add up"),
    option("--pv", **_COLUMNS, help="the same of PV"),
    option("--names", **FILE, help="CSV of homes' names, old,new"),
    option(
        "--leave-out", nargs="+", action="extend", default=[], metavar="HOME", help="homes that are not read"
    ),
    option("--duplicates", choices=DUPLICATES, help="which of several readings of one time counts"),
    option("--negative", choices=NEGATIVE, help="readings below zero: none, or export of a net meter"),
    option(
        "--slot-minutes", type=whole_number, metavar="N", help="sum finer readings to slots of this length"
    ),
)
OF_BUNDLES = (
    option("--jobs", **WHOLE_NUMBER, help="processes (default: one per core)"),
    option("--quiet", action="store_true", help="no progress, only the report"),
)
