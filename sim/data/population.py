"""The homes of a run: which of the source take part, what was changed about them, and when the run is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from itertools import accumulate
from math import floor

import numpy as np
from numpy.typing import NDArray

from sim.data.added_pv import added_pv
from sim.data.gap_policy import Treated, treated
from sim.data.gap_record import GapRecord
from sim.data.readings import Readings, part
from sim.data.resampling import MAX_SHIFT_DAYS, Drawn, donors_of, resample
from sim.data.source import source_readings
from sim.errors import InputError
from sim.forecast.gate_inputs import GateInputs
from sim.forecast.inputs import Clock
from sim.forecast.inputs.temperature import Temperature
from sim.forecast.windows import MIN_GATES, past_gates
from sim.runtime.wording import counted
from sim.schema.forecasting import AGENTS, IRRADIANCE
from sim.schema.scenario import Scenario
from sim.schema.values import exact
from sim.seeds import Streams

MOST_READINGS = 2**25
"""Of all resampled homes: a quarter of a GB for their loads, and as much for their PV."""
BASELINE_DAYS = 16
"""The mean of a fortnight, from the latest day that is known."""
W_PER_KW = 1_000
S_PER_MIN, S_PER_H = 60, 3_600


@dataclass(frozen=True)
class Home:
    """A home of the run.

    name:   unique in the run; the donor's own, or "sim-0001", ... where homes are resampled
    donor:  the home of the source whose readings it has
    has_pv: whether it generates anything
    note:   what was changed about the donor's readings, or "as measured"
    """

    name: str
    donor: str
    has_pv: bool
    note: str


@dataclass(frozen=True)
class Population:
    """The homes of a run with their readings before and in the run, and none after it.

    Before the run are all the source has, or, of resampled homes, those within reach of ``history_days``.

    homes:               in the order of ``readings``
    connection_limit_wh: what no |net| reading exceeds, Wh per slot
    first_slot:          index into ``readings`` of the first delivered slot
    slots:               delivered slots: days x slots per day
    gaps:                what was missing and what became of it; None where nothing was
    """

    homes: tuple[Home, ...]
    readings: Readings
    connection_limit_wh: int
    first_slot: int
    slots: int
    gaps: GapRecord | None = None

    @property
    def days(self) -> int:
        """Of the period, which gaps may have shortened."""
        return self.slots // self.readings.slots_per_day

    @property
    def generators(self) -> int:
        """How many homes generate anything."""
        return sum(home.has_pv for home in self.homes)

    @property
    def import_limit_wh(self) -> NDArray[np.int64]:
        """Most that each home can take from the grid in a slot, and so buy: shape (homes,)."""
        return np.full(len(self.homes), self.connection_limit_wh, dtype=np.int64)

    @property
    def export_limit_wh(self) -> NDArray[np.int64]:
        """Most that each home can feed in, and so sell: 0 without a generator. Shape (homes,)."""
        generates = np.array([home.has_pv for home in self.homes], dtype=np.int64)
        return generates * self.connection_limit_wh

    def within_limits(self, energy_wh: NDArray[np.int64]) -> NDArray[np.int64]:
        """Signed Wh per slot, shape (homes, slots), clipped to what each home can import and export."""
        return np.clip(energy_wh, -self.export_limit_wh[:, None], self.import_limit_wh[:, None])


def build_population(scenario: Scenario, streams: Streams) -> Population:
    """Choose or resample the homes of a run.

    Raises InputError where the data do not hold the period, the first gate's window or so many homes, where
    what is missing of them is refused, and where a reading is beyond the connection limit.
    """
    source = _source(scenario)
    _check_step(scenario, source)
    boundary = _first_slot(scenario, source)
    _check_agents(scenario, source)
    whole = _without_gaps(scenario, source, boundary, streams)
    source = whole.readings
    drawn = _drawn(scenario, whole, streams)
    readings, first_slot = drawn.readings, drawn.first_slot
    _check_history(scenario, readings, first_slot)
    _check_temperature(scenario, readings)
    keeps_pv = pv_choice(drawn.had_pv, exact(scenario.population.pv_share))
    readings = replace(readings, pv_wh=readings.pv_wh * np.array(keeps_pv)[:, None])
    receives_pv = pv_choice([not had for had in drawn.had_pv], exact(scenario.population.added_pv or 0))
    readings, added = added_pv(scenario.population, readings, receives_pv, streams)
    limit_wh = connection_limit_wh(scenario, source.slot_s)
    check_limit(scenario, readings, limit_wh)
    donors = [source.homes[donor] for donor in drawn.donors]
    homes = tuple(
        Home(
            name,
            donor,
            keeps or bool(given),
            _note(scenario, name, donor, had, keeps, given, whole.record.note(donor) if whole.record else ""),
        )
        for name, donor, had, keeps, given in zip(
            readings.homes, donors, drawn.had_pv, keeps_pv, added, strict=True
        )
    )
    return Population(homes, readings, limit_wh, first_slot, readings.slots - first_slot, whole.record)


def as_run(scenario: Scenario, population: Population) -> Scenario:
    """The scenario with as many days as gaps have left of its period."""
    return (
        scenario
        if scenario.time.days == population.days
        else scenario.changed({"time.days": population.days})
    )


def homes_in_source(scenario: Scenario) -> int:
    """How many homes the source has, before any are left out or resampled."""
    return len(_source(scenario).homes)


def connection_limit_wh(scenario: Scenario, slot_s: int) -> int:
    """What a home's connection can carry in a slot, whole Wh."""
    return int(exact(scenario.population.connection_limit_kw) * W_PER_KW * slot_s / S_PER_H)


def pv_choice(had_pv: Sequence[bool], share: Fraction) -> list[bool]:
    """Which homes keep their PV: of the first n homes with PV, share x n, rounded half up, for every n.

    That fixes the choice by position alone; what is drawn is the homes' order (or their donors).
    """
    kept = [floor(share * homes + Fraction(1, 2)) for homes in range(len(had_pv) + 1)]
    return [had and kept[n] > kept[n - 1] for had, n in zip(had_pv, accumulate(had_pv), strict=True)]


def slots_from_midnight(scenario: Scenario, slot_s: int, slots: int) -> NDArray[np.int64]:
    """The run's slots, counted from the midnight before the first: shape (slots,)."""
    start = scenario.time.start
    into_day_s = (start - start.replace(hour=0, minute=0, second=0)).seconds
    return into_day_s // slot_s + np.arange(slots)


def _source(scenario: Scenario) -> Readings:
    """All homes of the source, scaled."""
    population = scenario.population
    return source_readings(population.source, exact(population.load_scale), exact(population.pv_scale))


def _check_step(scenario: Scenario, source: Readings) -> None:
    slot_minutes = scenario.time.slot_minutes
    if slot_minutes is not None and slot_minutes * S_PER_MIN != source.slot_s:
        raise InputError(
            f"time.slot_minutes = {slot_minutes}: the data of {scenario.population.source} have a step of "
            f"{source.slot_s / S_PER_MIN:g} min, which it should be"
        )


def _first_slot(scenario: Scenario, source: Readings) -> int:
    """The source's slot with which the period begins, once it is sure that the source holds the period."""
    name, start, days = scenario.population.source, scenario.time.start, scenario.time.days
    if not source.start <= start < source.end:
        raise InputError(
            f"time.start = {start}: outside the data of {name}, which run from {source.start} to {source.end}"
        )
    slot = timedelta(seconds=source.slot_s)
    if (start - source.start) % slot:
        raise InputError(
            f"time.start = {start}: no slot of {name} begins then, "
            f"should be a multiple of {slot} after midnight"
        )
    if timedelta(days=days) > source.end - start:
        raise InputError(
            f"time.days = {days}: the data of {name} end {source.end}, "
            f"should be at most {(source.end - start).days} from time.start = {start}"
        )
    slots, horizon = days * source.slots_per_day, scenario.time.horizon
    if slots % horizon:
        raise InputError(f"time.horizon = {horizon}: the period's {slots} slots should be a multiple of it")
    return (start - source.start) // slot


def _check_agents(scenario: Scenario, source: Readings) -> None:
    agents, homes, name = scenario.population.agents, len(source.homes), scenario.population.source
    if agents is None and not AGENTS[0] <= homes <= AGENTS[1]:
        mend = "takes fewer" if homes > AGENTS[1] else "with population.resampling = true makes more of them"
        raise InputError(
            f"{name}: has {counted(homes, 'home')}, should have {AGENTS[0]} to {AGENTS[1]}; "
            f"population.agents {mend}"
        )
    if agents is not None and agents > homes and not scenario.population.resampling:
        raise InputError(
            f"population.agents = {agents}: {name} has {counted(homes, 'home')}, "
            "should be at most that many unless population.resampling = true"
        )


def home_order(streams: Streams, homes: int) -> NDArray[np.int64]:
    """The order in which a source's homes take part where they are not resampled: shape (homes,)."""
    return streams.generator("population", "order").permutation(homes)


def _without_gaps(scenario: Scenario, source: Readings, boundary: int, streams: Streams) -> Treated:
    """The source as the scenario's policies leave it, held against what the run uses of it."""
    reach, per_day = _reach_slots(scenario, source), source.slots_per_day
    begin, end = (
        max(0, boundary - (boundary if reach is None else reach)),
        boundary + scenario.time.days * per_day,
    )
    agents = scenario.population.agents

    def drawn(homes: int) -> NDArray[np.int64]:
        if scenario.population.resampling:
            return donors_of(streams, agents or homes, homes)
        return home_order(streams, homes)[:agents]

    if scenario.population.resampling:  # in whole days, and a week further
        before, after = -((begin - boundary) // per_day), (source.slots - boundary) // per_day
        begin = boundary - min(before + MAX_SHIFT_DAYS, boundary // per_day) * per_day
        end = boundary + min(scenario.time.days + MAX_SHIFT_DAYS, after) * per_day
    inputs = gate_inputs(scenario, source)

    def suffices(slots: int) -> bool:
        is_trained = not scenario.forecast.model_family.reads_file
        return len(past_gates(inputs, slots)) >= MIN_GATES if is_trained else slots >= inputs.needs

    used, outdoors = range(begin, end), _outdoors_used(scenario, source)
    return treated(scenario, source, boundary, used, drawn, outdoors, suffices)


def _outdoors_used(scenario: Scenario, source: Readings) -> set[str]:
    """What the run needs of what is measured outdoors."""
    used, given = set(), scenario.population
    if Temperature.name in scenario.forecast.inputs:
        used.add("temperature")
    if (
        given.added_pv
        and (given.added_pv_from or IRRADIANCE) == IRRADIANCE
        and source.irradiance_dw_m2 is not None
    ):
        used.add("irradiance")
    return used


def _drawn(scenario: Scenario, whole: Treated, streams: Streams) -> Drawn:
    source, boundary, days = whole.readings, whole.first_slot, whole.days
    agents = scenario.population.agents or len(source.homes)
    if scenario.population.resampling:
        reach = _reach_slots(scenario, source)
        slots = min(boundary, boundary if reach is None else reach) + days * source.slots_per_day
        if agents * slots > MOST_READINGS:
            raise InputError(
                f"population.agents = {agents}: with {slots:,} slots before and in the run they have "
                f"{agents * slots:,} readings, should have at most {MOST_READINGS:,}; "
                "lower it, time.days or forecast.history_days"
            )
        return resample(source, agents, boundary, days, streams, reach)
    order = home_order(streams, len(source.homes))[:agents]
    end = boundary + days * source.slots_per_day
    homes = tuple(source.homes[home] for home in order)
    measured = replace(
        source,
        homes=homes,
        load_wh=source.load_wh[order, :end],
        pv_wh=source.pv_wh[order, :end],
        temperature_dc=part(source.temperature_dc, slice(end)),
        irradiance_dw_m2=part(source.irradiance_dw_m2, slice(end)),
    )
    had_pv = tuple(bool(own_wh.any()) for own_wh in measured.pv_wh)
    return Drawn(measured, tuple(order.tolist()), had_pv, boundary)


def _reach_slots(scenario: Scenario, source: Readings) -> int | None:
    """How long before the period training looks, and all inputs and baselines with it; None: without end.

    The history ends a lead before the first window; its first outcome has inputs that look back from there.
    """
    history_days, per_day = scenario.forecast.history_days, source.slots_per_day
    if history_days is None:
        return None
    inputs = gate_inputs(scenario, source)
    return history_days * per_day + inputs.unknown + max(inputs.looks_back, BASELINE_DAYS * per_day)


def gate_inputs(scenario: Scenario, readings: Readings) -> GateInputs:
    """What forecasts are made from, on the clock of these readings."""
    time, per_day = scenario.time, readings.slots_per_day
    clock = Clock(readings.start, per_day, time.horizon, time.lead, readings.temperature_dc)
    return scenario.forecast.gate_inputs(clock)


def _check_history(scenario: Scenario, readings: Readings, first_slot: int) -> None:
    window = first_slot - scenario.time.lead - scenario.forecast.lookback
    if window < 0:
        raise InputError(
            f"forecast.lookback = {scenario.forecast.lookback}: the first gate's window begins "
            f"{readings.time_of(window)}, should not be before the data of {scenario.population.source} "
            f"({readings.start}{', on whole days' if scenario.population.resampling else ''})"
        )


def _check_temperature(scenario: Scenario, readings: Readings) -> None:
    if Temperature.name in scenario.forecast.inputs and readings.temperature_dc is None:
        raise InputError(
            f'forecast.inputs: "{Temperature.name}" needs a column temperature_c, '
            f"which {scenario.population.source} does not have"
        )


def check_limit(scenario: Scenario, readings: Readings, limit_wh: int) -> None:
    """Raise InputError where a reading is beyond what a connection can carry in a slot."""
    beyond = np.argwhere(np.abs(readings.net_wh.T) > limit_wh)
    if len(beyond):
        slot, home = beyond[0].tolist()
        raise InputError(
            f"{scenario.population.source}: {readings.homes[home]} at {readings.time_of(slot)} has a net "
            f"reading of {readings.net_wh[home, slot]} Wh, should be within {limit_wh} Wh per slot "
            f"(population.connection_limit_kw = {scenario.population.connection_limit_kw})"
        )


def _note(
    scenario: Scenario, name: str, donor: str, had_pv: bool, keeps_pv: bool, added: str, filled: str
) -> str:
    load_scale, pv_scale = scenario.population.load_scale, scenario.population.pv_scale
    changes = [
        (name != donor, f"resampled from {donor}"),
        (load_scale != 1, f"load x {load_scale}"),
        (keeps_pv and pv_scale != 1, f"PV x {pv_scale}"),
        (had_pv and not keeps_pv, "PV left out"),
        (bool(added), added),
        (bool(filled), filled),
    ]
    return ", ".join(change for applies, change in changes if applies) or "as measured"
