"""Low-voltage grids of SimBench: customers at their buses, as relative profiles and rated powers.

Read from an installed package ``simbench``, of which nothing is executed, or from the folder of a grid that
was downloaded.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from sim.data.csv_file import MAX_BYTES
from sim.errors import InputError
from sim.imports.answers import Answers
from sim.imports.export import Export, Layout, Quantity, Series, Stamps, layouts
from sim.imports.sheet import Numbers, Sheet, read_sheet
from sim.imports.source import Source
from sim.imports.times import read_times
from sim.runtime.files import read_file

PREFIX = "simbench:"
_CODE = re.compile(r"1-LV-(?P<grid>[a-z]+[1-6])--(?P<scenario>[0-2])-(?:no_)?sw")
_SUBNETS = {
    "rural1": "LV1.101",
    "rural2": "LV2.101",
    "rural3": "LV3.101",
    "semiurb4": "LV4.101",
    "semiurb5": "LV5.201",
    "urban6": "LV6.201",
}
_KINDS = {"H": "household", "L": "farm", "G": "business"}
_LOAD_PROFILES, _RES_PROFILES, _LOADS, _RES = "LoadProfile.csv", "RESProfile.csv", "Load.csv", "RES.csv"
_MOST_MW = 1
_LEAST, _MOST = -(10**6), 2 * 10**9
"""Of a share of the rated power, in 10^-9."""
_MILLI_PER_MEGA = 10**9


@layouts.register
@dataclass(frozen=True)
class SimBench(Layout):
    """``LoadProfile.csv`` beside ``Load.csv``, ``RES.csv`` and ``RESProfile.csv``: quarter hours of a year.

    A home is a bus with its loads (households, farms, businesses; heat pumps and charging points at the same
    bus) and its PV. Times are those of a clock with summer time: an hour of March is not there, one of
    October is there twice.
    """

    name: ClassVar[str] = "simbench"
    meaning: ClassVar[str] = (
        "SimBench low-voltage grid: relative profiles of quarter hours times rated powers"
    )
    source: ClassVar[str] = (
        "Meinecke et al., SimBench, Energies 13 (2020) 3290, https://simbench.net; package simbench on PyPI"
    )

    def recognises(self, sheet: Sheet) -> bool:
        """By profiles of active power, and the tables beside them."""
        profiles = sheet.has("time") and any(title.endswith("_pload") for title in sheet.titles)
        return profiles and sheet.path is not None and (sheet.path.parent / _LOADS).is_file()

    def export(self, sheet: Sheet, answers: Answers) -> Export:
        """The loads and PV of each bus of one grid, in W."""
        assert sheet.path is not None
        folder = sheet.path.parent
        loads = _elements(folder / _LOADS, "pLoad", _subnet_of(sheet.name))
        generators = _elements(folder / _RES, "pRES", _subnet_of(sheet.name))
        if len(grids := {each.subnet for each in loads}) > 1:
            raise InputError(
                f"{sheet.name}: holds {len(grids):,} low-voltage grids, should be one; name it as "
                f"{PREFIX}1-LV-rural1--0-sw, or give the folder of one grid"
            )
        homes = {each.bus for each in loads}
        pv = [each for each in generators if each.kind.startswith("PV") and each.bus in homes]
        times = read_times(sheet.texts("time"), sheet.where("time"), answers.dates or "day-first")
        shares = _shares(sheet, {f"{each.profile}_pload" for each in loads})
        sun = _profiles(folder / _RES_PROFILES, {each.profile for each in pv})
        if sun.texts("time") != sheet.texts("time"):
            raise InputError(f"{folder / _RES_PROFILES}: should have the times of {_LOAD_PROFILES}")
        return Export(
            (
                *_series(times.stamps, loads, "load", shares, "_pload"),
                *_series(times.stamps, pv, "pv", _shares(sun, {each.profile for each in pv}), ""),
            ),
            label="start",
            zone="Europe/Berlin",
            taken=(
                *sheet.remarks,
                "time: starts of quarter hours, day first, of a clock with summer time (Europe/Berlin)",
                f"{_LOADS}: a bus is a home; {_counted(loads)}; profiles times pLoad in MW",
                f"{_RES}: {len(pv)} PV plants; profiles times pRES in MW",
                *_below_zero(shares),
                *_not_read(folder, len(generators) - len(pv)),
                "SimBench is published under the Open Database License 1.0; so is a table made from it",
            ),
            questions=times.questions,
        )


@dataclass(frozen=True)
class _Element:
    """A load or a generator at a bus; 10^-9 MW, as numbers of files are read, are milliwatts."""

    bus: str
    subnet: str
    name: str
    kind: str
    profile: str
    rated_milliwatt: int


def simbench_source(source: str) -> Source:
    """The load profiles of a grid of the installed package, by its code: ``simbench:1-LV-rural1--0-sw``.

    Raises InputError where the code is none of a low-voltage grid, or the package is not installed.
    """
    if not (code := _CODE.fullmatch(source.removeprefix(PREFIX))) or code["grid"] not in _SUBNETS:
        raise InputError(
            f"{source}: is no low-voltage grid of SimBench, should be like {PREFIX}1-LV-rural1--0-sw, with "
            f"one of {', '.join(_SUBNETS)} and a scenario 0, 1 or 2"
        )
    if (found := find_spec("simbench")) is None or not found.submodule_search_locations:
        raise InputError(
            f"{source}: the package simbench is not installed; python -m pip install --no-deps simbench "
            "(its profiles are read, its code and what that needs are not)"
        )
    networks = Path(found.submodule_search_locations[0]) / "networks"
    folder = networks / f"1-complete_data-mixed-all-{code['scenario']}-sw"
    elements = _elements(folder / _LOADS, "pLoad", _SUBNETS[code["grid"]])
    if not elements:
        raise InputError(f"{folder / _LOADS}: has no loads of {_SUBNETS[code['grid']]}")
    table = _columns(folder / _LOAD_PROFILES, {f"{each.profile}_pload" for each in elements})
    text = pa.BufferOutputStream()
    pyarrow.csv.write_csv(table, text, pyarrow.csv.WriteOptions(delimiter=";", quoting_style="none"))
    return Source(source, text.getvalue().to_pybytes(), folder / _LOAD_PROFILES)


def _subnet_of(name: str) -> str | None:
    """The grid that a sheet's name asks for; None: that of its folder."""
    code = _CODE.fullmatch(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else None
    return _SUBNETS[code["grid"]] if code else None


def _elements(path: Path, power: str, subnet: str | None) -> tuple[_Element, ...]:
    """Loads or generators of a grid, of all low-voltage grids where none is asked for."""
    sheet = read_sheet(path.name, read_file(path, MAX_BYTES, "it", follow_links=True))
    rated = sheet.numbers(power)
    kinds = sheet.texts("type" if sheet.has("type") else "profile").to_pylist()
    rows = zip(
        *(sheet.texts(title).to_pylist() for title in ("node", "subnet", "id", "profile")), strict=True
    )
    found = []
    for row, (node, grid, name, profile) in enumerate(rows):
        if grid == subnet or (subnet is None and re.fullmatch(r"LV[0-9.]+", grid)):
            if rated.missing[row] or not 0 <= rated.values[row] <= _MOST_MW * _MILLI_PER_MEGA:
                cell = sheet.where(power).cell(row)
                raise InputError(f"{cell}: should be a rated power between 0 and {_MOST_MW} MW")
            bus = node.removeprefix(f"{grid} ")
            found.append(_Element(bus, grid, name, kinds[row], profile, int(rated.values[row])))
    return tuple(found)


def _profiles(path: Path, titles: Iterable[str]) -> Sheet:
    """The times and these columns of a file of profiles."""
    table = _columns(path, titles)
    columns = tuple(pc.utf8_trim_whitespace(each.combine_chunks()) for each in table.columns)
    return Sheet(path.name, tuple(table.column_names), columns, separator=";", path=path)


def _columns(path: Path, titles: Iterable[str]) -> pa.Table:
    """The same as a table: of hundreds of columns a grid has a few."""
    data = read_file(path, MAX_BYTES, "it", follow_links=True)
    names = data[: data.find(b"\n")].decode(errors="replace").strip().split(";")
    wanted = ["time", *sorted(titles)]
    if missing := sorted(set(wanted) - set(names)):
        raise InputError(f'{path}: has no column "{missing[0]}"')
    types = dict.fromkeys(wanted, pa.string())
    try:
        return pyarrow.csv.read_csv(
            pa.BufferReader(data),
            parse_options=pyarrow.csv.ParseOptions(delimiter=";"),
            convert_options=pyarrow.csv.ConvertOptions(
                include_columns=wanted, column_types=types, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise InputError(f"{path}: cannot be split into cells ({error})") from None


def _shares(sheet: Sheet, titles: Iterable[str]) -> dict[str, Numbers]:
    """Profiles as shares of rated powers; those of charging points dip below zero, by a few millionths."""
    shares = {title: sheet.numbers(title) for title in sorted(titles)}
    for title, numbers in shares.items():
        if (bad := (numbers.values < _LEAST) | (numbers.values > _MOST)).any():
            where = sheet.where(title).cell(int(np.argmax(bad)))
            raise InputError(f"{where}: should be a share of the rated power, from 0 to {_MOST // 10**9}")
    return shares


def _series(
    stamps: Stamps,
    elements: Iterable[_Element],
    quantity: Quantity,
    shares: Mapping[str, Numbers],
    suffix: str,
) -> Iterator[Series]:
    """Shares times rated powers in 10^-9 W; what is below zero is none."""
    for each in elements:
        share = shares[each.profile + suffix]
        values = (np.maximum(share.values, 0) * each.rated_milliwatt + 500) // 1000
        column = f"{each.name} ({each.profile})"
        yield Series(each.bus, quantity, column, "power", "W", stamps, values, share.missing)


def _below_zero(shares: Mapping[str, Numbers]) -> Iterator[str]:
    for title, numbers in shares.items():
        if count := int((numbers.values < 0).sum()):
            least = Decimal(int(numbers.values.min())).scaleb(-9).normalize()
            yield f"{title}: {count} shares below zero, down to {least:f}, are taken as 0"


def _counted(loads: Iterable[_Element]) -> str:
    """How many homes there are, how many have loads of their own, and what they are by their profiles."""
    buses: dict[str, list[_Element]] = {}
    for each in loads:
        buses.setdefault(each.bus, []).append(each)
    different = {
        tuple(sorted((each.profile, each.rated_milliwatt) for each in bus)) for bus in buses.values()
    }
    kinds = [{_kind(each.profile) for each in bus} for bus in buses.values()]
    first = [next(kind for kind in (*_KINDS.values(), "other") if kind in found) for found in kinds]
    counts = ", ".join(f"{first.count(kind)} {kind}" for kind in (*_KINDS.values(), "other") if kind in first)
    return f"{len(buses)} homes, {len(different)} of them different; by profile {counts}"


def _kind(profile: str) -> str:
    found = re.match(r"([HLG])[0-9]-", profile)
    return _KINDS[found[1]] if found else "other"


def _not_read(folder: Path, others: int) -> Iterator[str]:
    if others:
        yield f"{_RES}: {others} other generators are not read"
    if (folder / "Storage.csv").is_file():
        yield "Storage.csv: not read; homes of zkpet have no batteries"
