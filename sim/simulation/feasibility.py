"""Whether a scenario can be run on its homes, found out before anything is trained."""

import math
from collections.abc import Sequence

from sim.chain.accounts import OPERATORS
from sim.chain.blocks import BLOCK_S
from sim.chain.bounds import LEAD_PHASES
from sim.chain.limits import check_clock, check_limits, submission_gas
from sim.chain.market_client import operator_gas, submit_gas
from sim.data.population import Population, gate_inputs
from sim.data.readings import DAY_S
from sim.errors import InputError
from sim.forecast.forecasters import Forecasters, training_gates
from sim.forecast.model import IntegerModel
from sim.forecast.windows import check_history, history_of, history_slots, past_gates
from sim.market.clearing import MOST_MONEY
from sim.market.sealed import LEAST_HOMES
from sim.market.tariffs import HomeTariffs, TariffTable, tariff_table
from sim.proofs.cost_model import Cost, predict_cost, too_large, tuned_settings
from sim.proofs.settings import OPEN, EzklSettings, Form, check_admissible, choose_precision
from sim.proofs.srs import load_srs
from sim.schema.forecasting import CircuitSettings
from sim.schema.scenario import Scenario
from sim.schema.values import exact
from sim.units import NANO

SECONDS_PER_MINUTE = 60
MOST_IN_WINDOWS = 2**26
"""Half a GB."""
MOST_GAS_PER_BID = 16_000_000
"""More than 96 orders with the largest proof use, and their share of everything else."""


def check_feasible(scenario: Scenario, population: Population, models: Forecasters | None = None) -> None:
    """Raise InputError, in one sentence, where the homes, the contract or the circuits do not allow a run.

    models: where there are some already, of which one that comes from a file is not read again
    """
    _check_homes(scenario, population)
    here = models if scenario.forecast.model_family.reads_file else None
    if here is None:
        scenario.forecast.model_family.check(scenario.forecast.shape(scenario.time.horizon))
    _check_windows(scenario, population.slots // scenario.time.horizon, population, "time.days")
    tariffs = home_tariffs(scenario, population)
    readings, limit_wh = population.readings, population.connection_limit_wh
    gas_limit = scenario.chain.block_gas_limit
    if scenario.chain.executes:
        clock, homes = scenario.time, len(population.homes)
        check_clock(clock.start, readings.slot_s, clock.lead, scenario.forecast.lookback)
        check_limits(homes, readings.slot_s, clock.horizon, clock.lead, tariffs, limit_wh, gas_limit)
    if scenario.adversaries.anybody:
        _check_room_for_cheats(scenario, population)
    _check_money(scenario, population, tariffs)
    if scenario.market.sealed:
        _check_sealed(scenario, population)
    if scenario.proofs.sample_share > 0 or scenario.costs.charged:
        if here is None:
            nominal_circuit(scenario, population)
        else:
            expected_circuit(scenario, here.models[0], circuit_limit(scenario, population))


def check_trainable(scenario: Scenario, population: Population) -> None:
    """Raise InputError where the data hold too little to train on; for whoever has not trained yet."""
    forecast = scenario.forecast
    if forecast.model_family.reads_file:
        return
    most = history_slots(forecast.history_days, population.readings.slots_per_day)
    inputs = gate_inputs(scenario, population.readings)
    check_history(inputs, population.first_slot, most)
    last_slot = population.first_slot + run_trainings(scenario, population)[-1] * scenario.time.horizon
    _check_windows(scenario, len(past_gates(inputs, last_slot, most)), population, "forecast.history_days")
    if forecast.regime.clusters_homes:
        history_wh = history_of(population.readings.net_wh, inputs, population.first_slot, most)
        per_day = population.readings.slots_per_day
        forecast.clustering_method.check(history_wh, per_day, forecast.clusters)


def run_trainings(scenario: Scenario, population: Population) -> list[int]:
    """The first gates of a run's trainings."""
    clock, per_day = scenario.time, population.readings.slots_per_day
    gates = population.slots // clock.horizon
    return training_gates(scenario.forecast.retraining_days, gates, clock.horizon, per_day)


def _check_windows(scenario: Scenario, gates: int, population: Population, field: str) -> None:
    """All windows are held at once, those of the run and those of the past, each with its outcome."""
    homes, shape = len(population.homes), scenario.forecast.shape(scenario.time.horizon)
    numbers = homes * gates * (shape.inputs + shape.horizon)
    if numbers > MOST_IN_WINDOWS:
        raise InputError(
            f"forecast.lookback = {shape.lookback}: windows of {homes} homes at {gates:,} gates hold "
            f"{numbers:,} numbers, should hold at most {MOST_IN_WINDOWS:,}; "
            f"lower it, {field} or population.agents"
        )


def home_tariffs(scenario: Scenario, population: Population) -> TariffTable:
    """Every home's tariffs by slot of the day. Raises InputError where a step is not a slot's start."""
    return tariffs_of(scenario, [home.name for home in population.homes], population.readings.slot_s)


def tariffs_of(scenario: Scenario, homes: Sequence[str], slot_s: int) -> TariffTable:
    """The same of homes known by name alone."""
    market, tariffs = scenario.market, []
    for name in homes:
        own = market.homes.get(name)
        retail = own.retail if own and own.retail else market.retail
        feed_in = own.feed_in if own and own.feed_in else market.feed_in
        tariffs.append(HomeTariffs(retail, feed_in))
    both = [tariff for own in tariffs for tariff in (own.retail, own.feed_in)]
    for minute in sorted({minute for tariff in both for minute, _ in tariff.steps}):
        if minute * SECONDS_PER_MINUTE % slot_s:
            raise InputError(
                f"market tariffs change at {minute // 60:02d}:{minute % 60:02d}, "
                f"which is not the start of a slot of {slot_s} s"
            )
    return tariff_table(tariffs, DAY_S // slot_s)


def circuit_limit(scenario: Scenario, population: Population) -> int:
    """What no number that a circuit takes exceeds."""
    return gate_inputs(scenario, population.readings).limit(population.connection_limit_wh)


def explicit_settings(scenario: Scenario) -> EzklSettings | None:
    """The EZKL settings that the scenario names; None leaves them to the cost model."""
    given = scenario.proofs.settings
    return EzklSettings(**given.model_dump()) if isinstance(given, CircuitSettings) else None


def circuit_form(scenario: Scenario) -> Form:
    """Whether circuits show their outputs, and if not, how many proofs a column of them will see."""
    if not scenario.market.sealed:
        return OPEN
    return Form(output_proofs=2 if scenario.market.settlement == "proved" else 1)


def nominal_circuit(scenario: Scenario, population: Population) -> tuple[IntegerModel, EzklSettings, Cost]:
    """A model of the scenario's shape with constants of ordinary size, its circuit's settings and their cost.

    Layout does not depend on the values of constants, so this is known before training. Raises InputError
    where no such circuit could be set up.
    """
    forecast, limit_wh = scenario.forecast, circuit_limit(scenario, population)
    nominal = forecast.model_family.nominal(forecast.shape(scenario.time.horizon))
    given = explicit_settings(scenario)
    model = nominal.quantised(choose_precision(nominal, limit_wh, scenario.proofs.precision, given))
    return model, *expected_circuit(scenario, model, limit_wh)


def expected_circuit(scenario: Scenario, model: IntegerModel, limit_wh: int) -> tuple[EzklSettings, Cost]:
    """The settings that a model's circuit gets, and its cost, without setting it up.

    Raises InputError where it could not be set up.
    """
    srs = load_srs(scenario.proofs.srs)
    form = circuit_form(scenario)
    settings = explicit_settings(scenario) or tuned_settings(model, limit_wh, srs.logrows, form)
    check_admissible(model, settings, limit_wh, srs.logrows, form)
    cost = predict_cost(model, settings, form)
    if not cost.fits_contract:
        raise InputError(too_large(cost.proof_bytes, cost.key_words))
    return settings, cost


def _check_homes(scenario: Scenario, population: Population) -> None:
    names = {home.name for home in population.homes}
    if taken := sorted(names.intersection(OPERATORS)):
        raise InputError(f'{scenario.population.source}: a home is called "{taken[0]}", which is an operator')
    if strangers := sorted(set(scenario.market.homes) - names):
        raise InputError(f"market.homes.{strangers[0]}: no such home; the run has {', '.join(sorted(names))}")
    clusters = scenario.forecast.clusters
    if scenario.forecast.regime.clusters_homes and clusters > len(names):
        raise InputError(
            f"forecast.clusters = {clusters}: should be at most {len(names)}, the number of homes"
        )


def _check_sealed(scenario: Scenario, population: Population) -> None:
    """What only sealed orders ask for: homes to hide among, bills of whole gates, one affine map for all."""
    market, clock, homes = scenario.market, scenario.time, len(population.homes)
    days, per_day = market.settlement_days, population.readings.slots_per_day
    if homes < LEAST_HOMES:
        raise InputError(
            f"population.agents = {homes}: sealed orders are cleared by the sum of at least {LEAST_HOMES}"
        )
    if days != "run" and days * per_day % clock.horizon:
        raise InputError(
            f"market.settlement_days = {days}: should hold whole gates, of {clock.horizon} slots each"
        )
    if scenario.forecast.models(homes) > 1:
        raise InputError(
            f'forecast.training = "{scenario.forecast.training}": sealed orders need one model for all homes '
            "(totals of several models' outputs can be taken apart); set it to federated or centralised"
        )
    family = scenario.forecast.model_family
    nominal = None if family.reads_file else family.nominal(scenario.forecast.shape(clock.horizon))
    if nominal is None or not nominal.quantised(1).affine:
        raise InputError(
            f'forecast.family = "{family.name}": sealed orders need a model that is trained here and of '
            "sums alone, as linear: one with a ReLU or a table looks secrets up"
        )


def _check_room_for_cheats(scenario: Scenario, population: Population) -> None:
    """Attempts take room in blocks: honest calls have to find theirs before the gate or its clearing ends.

    A refused call may use all the gas that it carries.
    """
    homes, adversaries = len(population.homes), scenario.adversaries
    target = scenario.chain.block_gas_limit // 2
    lead_s = scenario.time.lead * population.readings.slot_s
    attempts = math.ceil(homes * sum(map(exact, adversaries.homes.values()))) + len(adversaries.homes)
    horizon = scenario.time.horizon
    submitting = math.ceil(homes / (target // submission_gas(horizon)))
    submitting += math.ceil(attempts / (target // submit_gas(horizon)))
    proposals = horizon * (1 + len(adversaries.operators))
    clearing = math.ceil(proposals / max(target // operator_gas(homes), 1)) + attempts
    if submitting > lead_s // LEAD_PHASES // BLOCK_S or clearing > lead_s // 2 // BLOCK_S:
        raise InputError(
            f"time.lead = {scenario.time.lead}: blocks have no room for {attempts} attempts of homes and "
            f"{proposals} proposals of the auctioneer beside honest calls; raise time.lead or "
            "chain.block_gas_limit, or let fewer cheat"
        )


def _check_money(scenario: Scenario, population: Population, tariffs: TariffTable) -> None:
    """Bills are int64: what all homes could owe at their connection limits has to stay inside."""
    energy_wh = 2 * len(population.homes) * population.slots * population.connection_limit_wh
    most = energy_wh * (int(tariffs.retail.max()) + scenario.market.grid_fee)
    if most > MOST_MONEY:
        raise InputError(
            f"market.retail: at their connection limits the homes could owe ${most // NANO:,}, "
            f"and money is exact up to ${MOST_MONEY // NANO:,}; "
            "lower prices, time.days or population.connection_limit_kw"
        )
    gates = population.slots // scenario.time.horizon
    if len(population.homes) * gates * MOST_GAS_PER_BID * scenario.chain.gas_price > MOST_MONEY:
        dearest = MOST_MONEY // (len(population.homes) * gates * MOST_GAS_PER_BID)
        raise InputError(
            f"chain.gas_price = {scenario.chain.gas_price}: {len(population.homes)} homes at {gates} gates "
            f"could owe more than ${MOST_MONEY // NANO:,}, up to which money is exact; "
            f"should be at most {dearest}"
        )
