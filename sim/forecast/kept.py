"""Models that were trained before: training is deterministic, so re-using them changes nothing."""

import hashlib
import json
import platform

from sim.arrays import Ints
from sim.data.population import Population
from sim.forecast.clusterings import clusterings
from sim.forecast.families import families
from sim.forecast.inputs import inputs
from sim.forecast.model_set import ModelSet
from sim.forecast.regimes import regimes
from sim.outputs.provenance import source_sha256, versions
from sim.runtime.store import Key, Store
from sim.schema.scenario import Scenario


def kept_models(store: Store, scenario: Scenario, population: Population) -> ModelSet | None:
    """The models that training would give; None where none are kept."""
    key = _key(scenario, population)
    content = store.get("models", key)
    if content is None:
        return None
    try:
        return ModelSet.from_json(content.decode())
    except (ValueError, KeyError, TypeError, OverflowError):
        store.drop("models", key)
        return None


def keep_models(store: Store, scenario: Scenario, population: Population, model_set: ModelSet) -> str | None:
    """Keep models that were trained; says what prevented it, if anything did."""
    return store.put("models", _key(scenario, population), model_set.to_json().encode())


def _key(scenario: Scenario, population: Population) -> Key:
    """Everything that training and quantising take, the readings by their hash."""
    forecast = scenario.forecast
    temperature_dc = population.readings.temperature_dc
    past_wh = population.readings.net_wh[:, : population.first_slot - scenario.time.lead]
    proofs = json.loads(scenario.proofs.model_dump_json(include={"precision", "settings"}))
    return {
        "past_wh": [past_wh.shape, _sha256(past_wh)],
        "start": population.readings.start.isoformat(),
        "temperature_sha256": None if temperature_dc is None else _sha256(temperature_dc),
        "first_slot": population.first_slot,
        "slots_per_day": population.readings.slots_per_day,
        "horizon": scenario.time.horizon,
        "lead": scenario.time.lead,
        "forecast": json.loads(forecast.model_dump_json()),
        "plugins": [
            families.origin(forecast.family),
            regimes.origin(forecast.training),
            clusterings.origin(forecast.clustering),
            *map(inputs.origin, forecast.inputs),
        ],
        "proofs": proofs,
        "limit_wh": population.connection_limit_wh,
        "seed": scenario.seed,
        "machine": platform.machine(),
        "versions": versions(),
        "source": source_sha256(),
    }


def _sha256(values: Ints) -> str:
    return hashlib.sha256(values.tobytes()).hexdigest()
