"""A home's load and PV from what its meters measure: import and export, several registers, net readings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.imports.answers import Answers
from sim.imports.energy import Integers, none
from sim.imports.export import Quantity, Series
from sim.imports.grid import NEGATIVE, Account, Bools, Grid, Placed, placed, summed, together
from sim.imports.zones import Seconds

BESIDE = "readings whose counterparts are missing"
FED_IN = "readings below zero, taken for export"
UNNEEDED = "readings that load and PV make unneeded"
NO_LOAD, NO_EXPORT, BELOW_ZERO = (
    "generation without load",
    "import and PV without export",
    "readings below zero",
)
"""What has to be asked."""


@dataclass(frozen=True)
class ImportedHome:
    """One home's readings, slot by slot; 0 where they are missing.

    name:     as the file calls it
    pv_wh, no_pv: None where it has no generator
    accounts: of each quantity that was read
    load_of:  the energy that load is the sum of, in parts of a Wh, by where it came from
    how:      what load and PV are
    """

    name: str
    load_wh: Integers
    no_load: Bools
    pv_wh: Integers | None
    no_pv: Bools | None
    accounts: Mapping[Quantity, Account]
    load_of: Mapping[str, int]
    how: str


def imported_home(
    name: str, series: Sequence[tuple[Series, Seconds]], grid: Grid, groups: int, answers: Answers
) -> ImportedHome:
    """A home from all of its series, each with the times of its readings; ``groups``: steps of a slot."""
    found: dict[Quantity, Placed] = {}
    for quantity in dict.fromkeys(each.quantity for each, _ in series):
        own = [(each, times_s) for each, times_s in series if each.quantity == quantity]
        found[quantity] = _added(
            [summed(placed(each, times_s, grid, answers), groups) for each, times_s in own]
        )
    found = _without_negatives(name, found, answers)
    load, pv, left, how = _load_and_pv(name, found, answers)
    load_of = {quantity: each.energy.where(~load.missing).total() for quantity, each in left.items()}
    load_of["set to zero"] = load.account.used
    accounts = {quantity: each.account for quantity, each in found.items()}
    for quantity, each in found.items():
        if quantity == "pv" or (quantity == "export" and "export" not in left and pv is each):
            continue
        kept = abs(load_of.get(quantity, 0))
        if lost := each.account.used - kept:
            reason = BESIDE if quantity in left else UNNEEDED
            accounts[quantity] = _leaving(each.account, reason, lost)
    if load.account.asked:
        first = next(iter(accounts))
        accounts[first] = replace(accounts[first], asked={**accounts[first].asked, **load.account.asked})
    return ImportedHome(
        name=name,
        load_wh=load.energy.rounded_wh(~load.missing),
        no_load=load.missing,
        pv_wh=None if pv is None else pv.energy.rounded_wh(~pv.missing),
        no_pv=None if pv is None else pv.missing,
        accounts=accounts,
        load_of=load_of,
        how=how,
    )


def _load_and_pv(
    name: str, found: Mapping[Quantity, Placed], answers: Answers
) -> tuple[Placed, Placed | None, dict[str, Placed], str]:
    """Load, PV, what load is the sum of, and in words."""
    pv, export, gross = found.get("pv"), found.get("export"), found.get("load")
    if gross:
        made = pv or export
        how = "load" if made is None else "load and PV" if pv else "load and export, taken for PV"
        return _bare(gross), made, {"load": gross}, how
    bought = found.get("import")
    if bought is None:
        some = next(iter(found.values()))
        empty = Placed(none(len(some.missing)), np.ones_like(some.missing), _asking(NO_LOAD, 1, name))
        return empty, pv or export, {}, "generation alone"
    if pv is None:
        how = "import, taken for load" + (" and export, taken for PV" if export else "")
        return _bare(bought), export, {"import": bought}, how
    if export is None:
        return _bare(bought, _asking(NO_EXPORT, 1, name)), pv, {"import": bought}, "import and PV"
    missing = bought.missing | pv.missing | export.missing
    energy = (bought.energy + pv.energy - export.energy).where(~missing)
    sold = Placed(-export.energy, export.missing, export.account)
    left = {"import": bought, "pv": pv, "export": sold}
    load = _without_negative(name, "import + PV - export", Placed(energy, missing, Account()), answers)
    return load, pv, left, "import + PV - export as load, and PV"


def _added(parts: Sequence[Placed]) -> Placed:
    """Several registers of one quantity: their sum, where all of them have a reading."""
    if len(parts) == 1:
        return parts[0]
    missing = np.logical_or.reduce([each.missing for each in parts])
    accounts, energy = [], none(len(missing))
    for each in parts:
        lost = each.energy.where(missing & ~each.missing).total()
        accounts.append(_leaving(each.account, BESIDE, lost) if lost else each.account)
        energy = energy + each.energy.where(~missing)
    return Placed(energy, missing, together(accounts))


def _without_negatives(
    name: str, found: Mapping[Quantity, Placed], answers: Answers
) -> dict[Quantity, Placed]:
    kept = dict(found)
    for quantity, each in found.items():
        if answers.negative == "export" and quantity in ("load", "import") and each.energy.negative.any():
            below = each.energy.negative
            fed = Placed(-each.energy.where(below), each.missing, Account())
            fed = replace(fed, account=Account(fed.energy.total(), fed.energy.total()))
            account = _leaving(each.account, FED_IN, -fed.account.used)
            kept[quantity] = Placed(each.energy.where(~below), each.missing, account)
            kept["export"] = _added([kept["export"], fed]) if "export" in kept else fed
        else:
            kept[quantity] = _without_negative(name, quantity, each, answers)
    return kept


def _without_negative(name: str, what: str, one: Placed, answers: Answers) -> Placed:
    """Zero in place of what is below it, where the user says so; else it has to be asked."""
    below = one.energy.negative
    if not below.any():
        return one
    count, lost = int(below.sum()), one.energy.where(below).total()
    if answers.negative is None:
        return replace(one, account=_with_asked(one.account, BELOW_ZERO, count, f"{what} of {name}"))
    counts = {**one.account.counts, f"{NEGATIVE}, set to zero": count}
    account = replace(_leaving(one.account, NEGATIVE, lost), counts=counts)
    return Placed(one.energy.where(~below), one.missing, account)


def _leaving(account: Account, reason: str, parts: int) -> Account:
    """An account in which so much less is used, for a reason."""
    left_out = {**account.left_out, reason: account.left_out.get(reason, 0) + parts}
    return replace(account, used=account.used - parts, left_out=left_out)


def _bare(one: Placed, account: Account | None = None) -> Placed:
    return replace(one, account=account or Account())


def _asking(what: str, count: int, example: str) -> Account:
    return Account(asked={what: (count, example)})


def _with_asked(account: Account, what: str, count: int, example: str) -> Account:
    return replace(account, asked={**account.asked, what: (count, example)})
