"""Before the first gate: homes, tariffs, trained models and, as readings are exogenous, all forecasts."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from agents.strategies.draws import DrawsByDay
from sim.arrays import Floats, Ints
from sim.data.population import Population, build_population, gate_inputs, slots_from_midnight
from sim.data.readings import DAY_S
from sim.errors import InputError
from sim.forecast.baselines import BASELINES
from sim.forecast.forecasters import Forecasters, TrainedModels
from sim.forecast.kept import keep_models, kept_models, models_key
from sim.forecast.model import IntegerModel, RealModel, wh_from_outputs
from sim.market.bills import OutsideOption, outside_option
from sim.market.mechanisms import Mechanism
from sim.market.sealed import settlement_periods
from sim.market.tariffs import TariffTable
from sim.proofs.settings import choose_precision
from sim.runtime.progress import Progress
from sim.runtime.store import Store
from sim.schema.scenario import Scenario
from sim.seeds import Streams
from sim.simulation.feasibility import (
    check_feasible,
    circuit_limit,
    explicit_settings,
    home_tariffs,
    run_trainings,
)


@dataclass(frozen=True)
class Prepared:
    """All that is known before the market opens.

    draws:          what homes draw for their strategies
    reading_wh:     shape (homes, slots of the run): load less PV
    inputs:         shape (homes, gates, numbers), what each forecast is made from: readings first
    outputs:        shape (homes, gates, horizon), the circuits' outputs: public, unless orders are sealed
    forecast_wh:    shape (homes, slots), these in whole Wh, unless sealed within import and export limits
    unrounded_wh:   shape (homes, slots), what a model from a file forecasts in its own arithmetic, in Wh;
                    None where there is no such model, or its file is not at hand
    baselines_wh:   by name, shape (homes, slots), forecasts without a model, within them as every reading is
    period_of_slot: shape (slots,), tariff periods
    credit_limit:   nano-$ per home
    """

    scenario: Scenario
    streams: Streams
    population: Population
    tariffs: TariffTable
    outside: OutsideOption
    period_of_slot: Ints
    credit_limit: int
    forecasters: Forecasters
    draws: DrawsByDay
    reading_wh: Ints
    inputs: Ints
    outputs: Ints
    forecast_wh: Ints
    unrounded_wh: Floats | None
    baselines_wh: dict[str, Ints]

    @cached_property
    def mechanism(self) -> Mechanism:
        """How slots are cleared."""
        return self.scenario.market.the_mechanism

    @cached_property
    def settlement_period(self) -> Ints:
        """Shape (gates,): of sealed orders, the period in which each gate is settled."""
        slots, per_day = self.reading_wh.shape[1], self.population.readings.slots_per_day
        days, horizon = self.scenario.market.settlement_days, self.scenario.time.horizon
        return settlement_periods(slots, days, per_day, horizon)

    def settled_with(self, gate: int) -> slice | None:
        """The slots of the settlement period that a gate is the last of; None where it is not."""
        period = self.settlement_period
        if gate + 1 < len(period) and period[gate + 1] == period[gate]:
            return None
        return slice(self.slots_of(int(np.argmax(period == period[gate]))).start, self.slots_of(gate).stop)

    @property
    def load_wh(self) -> Ints:
        """What homes consume, shape (homes, slots)."""
        return self.population.readings.load_wh[:, self.population.first_slot :]

    @property
    def pv_wh(self) -> Ints:
        """What they generate, shape (homes, slots)."""
        return self.population.readings.pv_wh[:, self.population.first_slot :]

    @property
    def gates(self) -> int:
        """How often the market's gate closes."""
        return int(self.inputs.shape[1])

    @property
    def persistence_wh(self) -> Ints:
        """The persistence forecast, shape (homes, slots)."""
        return self.baselines_wh["persistence"]

    def slots_of(self, gate: int) -> slice:
        """The run's slots that a gate delivers."""
        horizon = self.scenario.time.horizon
        return slice(gate * horizon, (gate + 1) * horizon)


def prepare(
    scenario: Scenario,
    progress: Progress,
    forecasters: Forecasters | None = None,
    store: Store | None = None,
    population: Population | None = None,
) -> Prepared:
    """Read the homes unless given, train their models unless given or in the store, and forecast all gates.

    Raises InputError where scenario, data and models do not fit together.
    """
    streams = Streams(scenario.seed)
    population = population or build_population(scenario, streams)
    unrounded_wh, given = None, forecasters is not None
    check_feasible(scenario, population, forecasters)
    tariffs = home_tariffs(scenario, population)
    forecasters = forecasters or train(scenario, population, streams, progress, store)
    _check_models(scenario, population, forecasters)
    first, slots = population.first_slot, population.slots
    gates = slots // scenario.time.horizon
    net_wh = population.readings.net_wh
    inputs = gate_inputs(scenario, population.readings)
    numbers = inputs.at_gates(net_wh, first, gates)
    outputs, forecast_wh = _forecasts(forecasters, numbers)
    if not scenario.market.sealed:
        forecast_wh = population.within_limits(forecast_wh)
    if scenario.forecast.model_family.reads_file and not given:
        shape = scenario.forecast.shape(scenario.time.horizon)
        unrounded_wh = scenario.forecast.model_family.unrounded_wh(shape, numbers).reshape(len(net_wh), -1)
    day_slots = slots_from_midnight(scenario, population.readings.slot_s, slots)
    return Prepared(
        scenario=scenario,
        streams=streams,
        population=population,
        tariffs=tariffs,
        outside=outside_option(tariffs, day_slots, scenario.market.grid_fee),
        period_of_slot=tariffs.periods_of(day_slots),
        credit_limit=_credit_limit(scenario, population, tariffs, forecasters),
        forecasters=forecasters,
        draws=DrawsByDay(streams, [home.name for home in population.homes], inputs.clock.slots_per_day),
        reading_wh=net_wh[:, first : first + slots],
        inputs=numbers,
        outputs=outputs,
        forecast_wh=forecast_wh,
        unrounded_wh=unrounded_wh,
        baselines_wh={
            name: baseline(net_wh, inputs.clock, first, gates).reshape(len(net_wh), -1)
            for name, baseline in BASELINES.items()
        },
    )


def train(
    scenario: Scenario,
    population: Population,
    streams: Streams,
    progress: Progress,
    store: Store | None = None,
) -> Forecasters:
    """Cluster the homes, and train one model per cluster for every training of the run.

    What the store holds is not trained again, and what is trained is kept there.
    """
    family = scenario.forecast.model_family
    if family.reads_file:
        model = _quantised(
            family.nominal(scenario.forecast.shape(scenario.time.horizon)), scenario, population
        )
        return Forecasters.trained_once((0,) * len(population.homes), (model,))
    gates = run_trainings(scenario, population)
    rounds, trained = scenario.forecast.training_rounds, list[Forecasters]()
    with ExitStack() as stack:
        advance: Callable[[int], object] | None = None
        for done, gate in enumerate(gates):
            first_slot = population.first_slot + gate * scenario.time.horizon
            clusters = trained[0].cluster_of_home if trained else None
            key = models_key(scenario, population, first_slot, clusters)
            kept = kept_models(store, key) if store else None
            if kept is None:
                if advance is None:
                    total = rounds * (len(gates) - done)
                    advance = stack.enter_context(progress.stage("training", total, "rounds"))
                kept = _train(scenario, population, streams, first_slot, clusters, advance)
                if store and (problem := keep_models(store, key, kept)):
                    progress.say(problem)
            elif advance is not None:
                advance(rounds)
            trained.append(kept)
    each = zip(gates, (forecasters.trainings[0] for forecasters in trained), strict=True)
    return Forecasters(
        trained[0].cluster_of_home, tuple(replace(training, from_gate=gate) for gate, training in each)
    )


def _train(
    scenario: Scenario,
    population: Population,
    streams: Streams,
    first_slot: int,
    cluster_of_home: tuple[int, ...] | None,
    advance: Callable[[int], object],
) -> Forecasters:
    """Train on what is before the window of a gate, whose first slot is given, and quantise."""
    from sim.forecast.training import train_models  # torch takes seconds to load; given models do not need it

    readings = population.readings
    training = train_models(
        readings.net_wh,
        first_slot,
        gate_inputs(scenario, readings),
        scenario.forecast,
        streams,
        lambda: advance(1),
        cluster_of_home,
    )
    models = tuple(_quantised(model, scenario, population) for model in training.models)
    return Forecasters(training.cluster_of_home, (TrainedModels(0, models, training.rounds),))


def _quantised(model: RealModel, scenario: Scenario, population: Population) -> IntegerModel:
    limit_wh, settings = circuit_limit(scenario, population), explicit_settings(scenario)
    return model.quantised(choose_precision(model, limit_wh, scenario.proofs.precision, settings))


def _check_models(scenario: Scenario, population: Population, forecasters: Forecasters) -> None:
    shapes = {(model.inputs, model.horizon) for model in forecasters.models}
    shape = scenario.forecast.shape(scenario.time.horizon)
    if shapes != {(shape.inputs, shape.horizon)}:
        raise InputError(
            f"models take and give {sorted(shapes)} numbers, "
            f"but the scenario needs {(shape.inputs, shape.horizon)}"
        )
    if scenario.market.sealed:
        scales = sorted({model.output_scale for model in forecasters.models})
        if len(scales) > 1:
            raise InputError(
                f"models have outputs at scales {scales}, but sealed orders add up at one alone; set "
                "proofs.precision"
            )
    if len(forecasters.cluster_of_home) != len(population.homes):
        raise InputError(
            f"models are for {len(forecasters.cluster_of_home)} homes, "
            f"but the scenario has {len(population.homes)}"
        )


def _forecasts(forecasters: Forecasters, numbers: Ints) -> tuple[Ints, Ints]:
    """The circuits' outputs, shape (homes, gates, horizon), and these in whole Wh, shape (homes, slots)."""
    horizon = forecasters.models[0].horizon
    outputs = np.zeros((*numbers.shape[:2], horizon), dtype=np.int64)
    forecast_wh = np.zeros_like(outputs)
    clusters = np.array(forecasters.cluster_of_home)
    for place, training in enumerate(forecasters.trainings):
        gates = forecasters.gates_of(place)
        for cluster, model in enumerate(training.models):
            members = np.flatnonzero(clusters == cluster)
            given = model.outputs(numbers[members, gates])
            outputs[members, gates] = given
            forecast_wh[members, gates] = wh_from_outputs(given, model.output_scale)
    return outputs, forecast_wh.reshape(len(numbers), -1)


def _credit_limit(
    scenario: Scenario, population: Population, tariffs: TariffTable, forecasters: Forecasters
) -> int:
    """As given, or what a home could owe and have reserved at its connection limit over the run and a day.

    Sealed orders are not held to the connection limit, but to the most that a model can give.
    """
    if scenario.market.credit_limit is not None:
        return scenario.market.credit_limit
    most_wh = population.connection_limit_wh
    if scenario.market.sealed:
        limit_wh = circuit_limit(scenario, population)
        most_wh += max(model.largest_output(limit_wh) >> model.output_scale for model in forecasters.models)
    slots = population.slots + max(DAY_S // population.readings.slot_s, scenario.time.horizon)
    return 2 * slots * most_wh * (int(tariffs.retail.max()) + scenario.market.grid_fee)
