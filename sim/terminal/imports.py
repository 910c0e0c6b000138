"""What an import says: its record, and its open questions."""

from collections.abc import Sequence
from pathlib import Path

from sim.imports.answers import OpenQuestionsError
from sim.imports.grid import shown_kwh
from sim.imports.importing import Imported, period
from sim.runtime.wording import counted

_MOST_LINES = 60


def record(one: Imported, written: Sequence[Path], remarks: Sequence[str]) -> str:
    """What was taken for what, changed and left out, and the energy of it all, in lines."""
    shown = list(one.remarks)
    if len(shown) > _MOST_LINES:
        half = _MOST_LINES // 2
        shown = [*shown[:half], f"... {len(shown) - 2 * half:,} more lines of this kind", *shown[-half:]]
    lines = [f"{', '.join(one.sources[:4])}{', ...' if len(one.sources) > 4 else ''}: layout {one.layout}"]
    lines += [f"  {line}" for line in shown]
    with_pv = sum(home.pv_wh is not None for home in one.homes)
    renamed = sum(old != new for old, new in one.names.items())
    missing = sum(int(home.no_load.sum()) for home in one.homes)
    share = missing / (one.slots * len(one.homes))
    lines.append(
        f"{counted(len(one.homes), 'home')}, {with_pv} with PV, {renamed} renamed; {period(one)}, "
        f"{counted(one.slots, 'slot')} of {one.slot_s // 60} minutes; {share:.2%} of load missing"
    )
    lines += _energy(one)
    lines += [f"written: {path}" for path in written]
    return "\n".join([*lines, *remarks])


def _energy(one: Imported) -> list[str]:
    lines = []
    for quantity, account in one.accounts.items():
        left = "".join(f", {shown_kwh(parts)} left out ({why})" for why, parts in account.left_out.items())
        lines.append(f"  {quantity}: {shown_kwh(account.read)} read, {shown_kwh(account.used)} used{left}")
    load = sum(int(home.load_wh.sum()) for home in one.homes)
    pv = sum(int(home.pv_wh.sum()) for home in one.homes if home.pv_wh is not None)
    return [*lines, f"  written: {load / 1000:,.3f} kWh of load, {pv / 1000:,.3f} kWh of PV"]


def open_questions(error: OpenQuestionsError) -> str:
    """All that an export leaves open, each with the options that answer it."""
    count = len(error.questions)
    head = f"{error.name}: {counted(count, 'question')} to answer before anything is written; add the options"
    return "\n".join([head, *(f"  - {each.asks}:\n      {each.answers}" for each in error.questions)])
