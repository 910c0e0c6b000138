"""Clusters of a scenario's homes in Python: how many there should be, and where newcomers belong."""

from collections.abc import Iterable
from dataclasses import asdict

import pandas as pd

from sim.api.readings import with_readings
from sim.arrays import Ints
from sim.data.population import build_population, check_limit, connection_limit_wh, gate_inputs
from sim.data.readings import Readings
from sim.data.source import source_readings
from sim.errors import InputError
from sim.forecast.cluster_scores import cluster_scores as scores_of
from sim.forecast.windows import history_of, history_slots
from sim.schema.scenario import Scenario
from sim.schema.values import exact
from sim.seeds import Streams


def cluster_scores(
    scenario: Scenario, clusters: Iterable[int] = range(2, 9), *, readings: pd.DataFrame | None = None
) -> pd.DataFrame:
    """How well the homes fall into so many clusters each, by the scenario's method and seed.

    One row per number of clusters that they fall into: ``clusters``, ``silhouette``, ``inertia``, ``sizes``.
    readings: homes in place of the scenario's source. Raises InputError where they fall into none of them.
    """
    with with_readings(scenario, readings) as given:
        history_wh, per_day = _homes(given)
    method, seed = scenario.forecast.clustering_method, _seed(scenario)
    return pd.DataFrame([asdict(each) for each in scores_of(method, history_wh, per_day, clusters, seed)])


def assign_newcomers(scenario: Scenario, newcomers: pd.DataFrame) -> pd.Series:
    """The cluster of each home that was not there when the scenario's clusters were found, by its name.

    Clusters are numbered as in the table ``clusters`` of a run. The newcomers' table has the columns of a CSV
    file of homes, and at least a day before the run's first window begins.
    Raises InputError where they cannot be compared.
    """
    forecast = scenario.forecast
    if not forecast.regime.clusters_homes:
        raise InputError(
            f'forecast.training = "{forecast.training}": has no clusters that newcomers could join'
        )
    history_wh, per_day = _homes(scenario)
    with with_readings(scenario, newcomers) as given:
        population = given.population
        theirs = source_readings(population.source, exact(population.load_scale), exact(population.pv_scale))
        if theirs.missing is not None:
            raise InputError("newcomers: have missing readings, should have none")
        check_limit(given, theirs, connection_limit_wh(given, theirs.slot_s))
    if theirs.slots_per_day != per_day:
        raise InputError(f"newcomers: have {theirs.slots_per_day} slots a day, should have {per_day}")
    method, of_method = forecast.clustering_method, (per_day, forecast.clusters, _seed(scenario))
    number = {label: at for at, label in enumerate(dict.fromkeys(method.labels(history_wh, *of_method)))}
    first_slot = int((scenario.time.start - theirs.start).total_seconds()) // theirs.slot_s
    labels = method.assign(_history(scenario, theirs, first_slot), history_wh, *of_method)
    return pd.Series([number[label] for label in labels], list(theirs.homes), name="cluster")


def _homes(scenario: Scenario) -> tuple[Ints, int]:
    """What the scenario's homes are clustered by, and how many slots a day has."""
    population = build_population(scenario, Streams(scenario.seed))
    history_wh = _history(scenario, population.readings, population.first_slot)
    return history_wh, population.readings.slots_per_day


def _history(scenario: Scenario, readings: Readings, first_slot: int) -> Ints:
    most = history_slots(scenario.forecast.history_days, readings.slots_per_day)
    return history_of(readings.net_wh, gate_inputs(scenario, readings), first_slot, most)


def _seed(scenario: Scenario) -> int:
    return Streams(scenario.seed).integer("forecast", "clusters")
