"""What a scenario does about missing readings, before its homes are drawn: fill, drop homes, shorten, refuse.

Only what the run uses matters: slots within reach of the history and the period, and homes that are drawn.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from sim.arrays import Bools, Ints
from sim.data.gap_record import AFTER, BEFORE, DROPPED, FILLED, GapRecord
from sim.data.gaps import FILLS, fillable, longest_clear, stretches
from sim.data.readings import Missing, Readings
from sim.errors import InputError
from sim.runtime.wording import counted
from sim.schema.forecasting import AGENTS
from sim.schema.scenario import Scenario

MOST_ADVISED_FILL_DAYS = 1


@dataclass(frozen=True)
class Treated:
    """Readings without a gap in what the run uses.

    first_slot: of the period
    days: that the period has
    record: None where nothing that the run uses was missing
    """

    readings: Readings
    first_slot: int
    days: int
    record: GapRecord | None


def treated(
    scenario: Scenario,
    source: Readings,
    first_slot: int,
    used: range,
    drawn: Callable[[int], Ints],
    outdoors: Collection[str],
    suffices: Callable[[int], bool],
) -> Treated:
    """The readings as the scenario's policies leave them.

    used:     the source's slots that the run may look at
    drawn:    of so many homes, the positions of those that take part
    outdoors: which of temperature and irradiance the run needs
    suffices: whether a history of so many slots does
    Raises InputError where readings stay missing that are refused, or nothing is left.
    """
    if source.missing is None:
        return Treated(source, first_slot, scenario.time.days, None)
    return _Treatment(scenario, source, source.missing, first_slot, used, drawn, outdoors, suffices).treated()


@dataclass(frozen=True)
class _Treatment:
    scenario: Scenario
    source: Readings
    missing: Missing
    first_slot: int
    used: range
    drawn: Callable[[int], Ints]
    outdoors: Collection[str]
    suffices: Callable[[int], bool]

    @property
    def way(self) -> str:
        return self.scenario.population.fill or "none"

    @property
    def policy(self) -> str:
        return self.scenario.population.gaps or "refuse"

    @property
    def window(self) -> slice:
        return slice(self.used.start, self.used.stop)

    def fill(self, missing: Bools) -> Bools:
        """Which missing slots are filled: the same shape."""
        most = self.scenario.population.fill_slots
        if self.way == "none" or most is None:
            return np.zeros_like(missing)
        return fillable(missing, self.way, most, self.source.slots_per_day)

    @cached_property
    def filled(self) -> dict[str, Bools]:
        """Which slots of the homes are filled, by quantity."""
        return {"load": self.fill(self.missing.load), "pv": self.fill(self.missing.pv)}

    @cached_property
    def left(self) -> Bools:
        """Which slots of each home stay missing: shape (homes, slots)."""
        return np.asarray((self.missing.load & ~self.filled["load"]) | (self.missing.pv & ~self.filled["pv"]))

    @cached_property
    def dropped(self) -> Bools:
        """Which homes take no part: shape (homes,)."""
        if self.policy != "drop-homes":
            return np.zeros(len(self.source.homes), dtype=np.bool_)
        return np.asarray(self.left[:, self.window].any(axis=1))

    @cached_property
    def chosen(self) -> Ints:
        """Positions in the source of the homes that take part."""
        kept = np.flatnonzero(~self.dropped)
        self._check_kept(len(kept))
        return np.unique(kept[self.drawn(len(kept))])

    @cached_property
    def clear(self) -> range:
        """What of the used slots is left without a gap, around the period's beginning."""
        gaps = np.flatnonzero(self.left[self.chosen, self.window].any(axis=0)) + self.used.start
        before, after = gaps[gaps < self.first_slot], gaps[gaps >= self.first_slot]
        return range(
            int(before[-1]) + 1 if len(before) else self.used.start,
            int(after[0]) if len(after) else self.used.stop,
        )

    @cached_property
    def days(self) -> int:
        """Whole days, and whole gates, that the period can have."""
        per_day, horizon = self.source.slots_per_day, self.scenario.time.horizon
        most = min(self.scenario.time.days, (self.clear.stop - self.first_slot) // per_day)
        return next((days for days in range(most, 0, -1) if days * per_day % horizon == 0), 0)

    @property
    def period_end(self) -> int:
        return self.first_slot + self.days * self.source.slots_per_day

    def treated(self) -> Treated:
        source, per_day = self.source, self.source.slots_per_day
        if self.clear != self.used and self.policy == "refuse":
            raise InputError(self._refused())
        if not self.days:
            raise InputError(
                f'population.gaps = "shorten": nothing is left of the period, as readings are missing at '
                f"{source.time_of(self.clear.stop)}, less than a day, or a gate of whole days, after "
                f"time.start = {self.scenario.time.start}; {self._longest_clear()}{self._fills_more()}"
            )
        if self.clear.start > self.used.start and not self._has_history():
            raise InputError(
                f'population.gaps = "shorten": the history begins {source.time_of(self.clear.start)}, after '
                f"the last gap before time.start = {self.scenario.time.start}, which is too little; "
                f"{self._longest_clear()}{self._fills_more()}"
            )
        kept: slice | Ints = np.flatnonzero(~self.dropped) if self.dropped.any() else slice(None)
        begins = 0 if not self._lacks_before(self.clear.start) else self.clear.start
        ends = self.clear.stop if self.clear.stop < self.used.stop else source.slots
        slots = slice(begins, ends)
        values = {
            name: FILLS[self.way].filled(wh, self.filled[name], per_day) if self.filled[name].any() else wh
            for name, wh in (("load", source.load_wh), ("pv", source.pv_wh))
        }
        readings = replace(
            source,
            homes=tuple(np.array(source.homes)[kept].tolist()),
            start=source.time_of(begins),
            load_wh=values["load"][kept, slots],
            pv_wh=values["pv"][kept, slots],
            temperature_dc=self._outdoors("temperature", source.temperature_dc, slots),
            irradiance_dw_m2=self._outdoors("irradiance", source.irradiance_dw_m2, slots),
            missing=None,
        )
        return Treated(readings, self.first_slot - begins, self.days, self._record())

    def _lacks_before(self, slot: int) -> bool:
        of_homes = self.left[self.chosen, :slot].any()
        return bool(of_homes or any(self._flags(name)[:slot].any() for name in self.outdoors))

    def _flags(self, name: str) -> Bools:
        """Where temperature or irradiance is missing: shape (slots,)."""
        flags = getattr(self.missing, name)
        return np.zeros(self.source.slots, dtype=np.bool_) if flags is None else flags

    def _outdoors(self, name: str, values: Ints | None, slots: slice) -> Ints | None:
        """What is measured outdoors. Raises InputError where the run needs what stays missing."""
        if values is None:
            return None
        flags = self._flags(name)[None]
        filled = self.fill(flags)
        left = np.flatnonzero((flags & ~filled)[0, self.clear.start : self.period_end])
        if name in self.outdoors and len(left):
            at = self.source.time_of(self.clear.start + int(left[0]))
            raise InputError(
                f"{self.scenario.population.source}: the {name} is missing at {at} and in "
                f"{counted(len(left) - 1, 'other slot')} that the run uses; population.fill and "
                "population.fill_slots fill such gaps, or do without it"
            )
        whole = (
            FILLS[self.way].filled(values[None], filled, self.source.slots_per_day)[0]
            if filled.any()
            else values
        )
        return whole[slots]

    def _record(self) -> GapRecord | None:
        rows = [row for each in self._rows() for row in each]
        if not rows:
            return None
        source, population = self.source, self.scenario.population
        used = slice(self.clear.start, self.period_end)
        filled = (self.filled["load"] | self.filled["pv"])[:, used].sum(axis=1)
        return GapRecord(
            rows=pd.DataFrame(rows),
            fill=self.way,
            fill_slots=population.fill_slots,
            policy=self.policy,
            dropped=tuple(np.array(source.homes)[self.dropped].tolist()),
            candidates=len(source.homes),
            filled_of=dict(zip(source.homes, filled.tolist(), strict=True)),
            begins=source.time_of(self.used.start),
            ends=source.time_of(self.used.stop),
            history_begins=source.time_of(self.clear.start),
            period_ends=source.time_of(self.period_end),
            days_asked=self.scenario.time.days,
            days=self.days,
        )

    def _rows(self) -> Iterator[list[dict[str, Any]]]:
        shown = np.union1d(self.chosen, np.flatnonzero(self.dropped))
        for place in shown.tolist():
            for quantity in ("load", "pv"):
                flags, filled = getattr(self.missing, quantity)[place], self.filled[quantity][place]
                yield self._rows_of(
                    self.source.homes[place], quantity, flags, filled, bool(self.dropped[place])
                )
        for name in sorted(self.outdoors):
            flags = self._flags(name)
            yield self._rows_of("", name, flags, self.fill(flags[None])[0], False)

    def _rows_of(
        self, home: str, quantity: str, flags: Bools, filled: Bools, dropped: bool
    ) -> list[dict[str, Any]]:
        found = stretches(flags[None, self.window])
        rows = []
        for first, length in zip(
            (found.first + self.used.start).tolist(), found.length.tolist(), strict=True
        ):
            within = filled[max(first, self.clear.start) : min(first + length, self.period_end)]
            count = 0 if dropped else int(within.sum())
            became = (
                DROPPED if dropped else FILLED if count else BEFORE if first < self.clear.start else AFTER
            )
            rows.append(
                {
                    "home": home,
                    "quantity": quantity,
                    "start": self.source.time_of(first),
                    "slots": length,
                    "share": length / len(self.used),
                    "filled_slots": count,
                    "became": became,
                }
            )
        return rows

    # What is said where it cannot go on ---------------------------------------------------------------

    def _check_kept(self, kept: int) -> None:
        if not self.dropped.any():
            return
        population, homes = self.scenario.population, len(self.source.homes)
        fewest = 1 if population.resampling else population.agents or AGENTS[0]
        if kept < fewest:
            raise InputError(
                f'population.gaps = "drop-homes": {kept} of {counted(homes, "home")} of {population.source} '
                f"have all readings from {self._used()}, should be at least {fewest}; {self._longest_clear()}"
                f"{self._fills_more()}"
            )

    def _has_history(self) -> bool:
        return self.suffices(self.first_slot - self.clear.start)

    def _fills_more(self) -> str:
        """What is advised where nothing is filled yet."""
        return "; population.fill and population.fill_slots fill short gaps" if self.way == "none" else ""

    def _used(self) -> str:
        return f"{self.source.time_of(self.used.start)} to {self.source.time_of(self.used.stop)}"

    def _longest_clear(self) -> str:
        first, length = longest_clear(np.asarray(self.left.any(axis=0)))
        if not length:
            return "there is no slot at which all homes were measured"
        return (
            f"the longest span without a gap of any home is {self.source.time_of(first)} to "
            f"{self.source.time_of(first + length)}"
        )

    def _refused(self) -> str:
        """Which gaps a run meets that says nothing of them, and what would help."""
        source = self.source
        left = self.left[self.chosen, self.window]
        found, missing = stretches(left), left.sum(axis=1)
        worst, longest = int(missing.argmax()), int(found.length.argmax())
        most, length = counted(int(missing[worst]), "slot"), counted(int(found.length[longest]), "slot")
        names = [source.homes[place] for place in self.chosen]
        at = source.time_of(self.used.start + int(found.first[longest]))
        return (
            f"{self.scenario.population.source}: {counted(len(found.first), 'gap')} in readings that the run "
            f"uses, {self._used()}: {counted(int(missing.sum()), 'slot')} or "
            f"{missing.sum() / left.size:.1%} of {counted(len(left), 'home')}, in "
            f"{int((missing > 0).sum())} of them; {names[worst]} lacks most, {most}, and the longest is "
            f"{length} of {names[int(found.series[longest])]} from {at}; {self._longest_clear()}; "
            f"{self._helps(int(found.length[longest]))}"
        )

    def _helps(self, longest: int) -> str:
        """Options that would do, with what each leaves."""
        source, population = self.source, self.scenario.population
        options, most = [], min(longest, MOST_ADVISED_FILL_DAYS * source.slots_per_day)
        for way in FILLS if self.way == "none" else ():
            masks = (self.missing.load[self.chosen], self.missing.pv[self.chosen])
            load, pv = (mask & ~fillable(mask, way, most, source.slots_per_day) for mask in masks)
            gaps = len(stretches((load | pv)[:, self.window]).first)
            if gaps < len(stretches(self.left[self.chosen, self.window]).first):
                options.append(
                    f'population.fill = "{way}" with population.fill_slots = {most} leaves '
                    f"{counted(gaps, 'gap') if gaps else 'none'}"
                )
        complete = int((~self.left[:, self.window].any(axis=1)).sum())
        if complete >= (1 if population.resampling else population.agents or AGENTS[0]):
            options.append(f'population.gaps = "drop-homes" leaves {complete} of {len(source.homes)} homes')
        if self.days and self._has_history():
            begins = source.time_of(self.clear.start)
            options.append(
                f'population.gaps = "shorten" leaves {counted(self.days, "day")} with a history from {begins}'
            )
        return "; ".join(options) or "time.start can lie in that span, or homes be left out of the file"
