"""Models that were trained before: training is deterministic, so re-using them changes nothing."""

import hashlib
import json
import platform

from sim.arrays import Ints
from sim.data.population import Population, gate_inputs
from sim.forecast.clusterings import clusterings
from sim.forecast.families import families
from sim.forecast.forecasters import Forecasters
from sim.forecast.inputs import inputs
from sim.forecast.regimes import regimes
from sim.outputs.provenance import source_sha256, versions
from sim.runtime.store import Key, Store
from sim.schema.scenario import Scenario


def models_key(
    scenario: Scenario, population: Population, first_slot: int, cluster_of_home: tuple[int, ...] | None
) -> Key:
    """Everything that training and quantising take, the readings by their hash.

    first_slot:      of the first gate that uses the models
    cluster_of_home: where homes have been grouped before; None where they still have to be
    """
    forecast, inputs_ = scenario.forecast, gate_inputs(scenario, population.readings)
    temperature_dc = population.readings.temperature_dc
    past_wh = population.readings.net_wh[:, : max(first_slot - inputs_.unknown, 0)]
    proofs = json.loads(scenario.proofs.model_dump_json(include={"precision", "settings"}))
    return {
        "past_wh": [past_wh.shape, _sha256(past_wh)],
        "start": population.readings.start.isoformat(),
        "temperature_sha256": None if temperature_dc is None else _sha256(temperature_dc),
        "first_slot": first_slot,
        "clusters": cluster_of_home and list(cluster_of_home),
        "slots_per_day": population.readings.slots_per_day,
        "horizon": scenario.time.horizon,
        "lead": scenario.time.lead,
        "forecast": json.loads(forecast.model_dump_json(exclude={"retraining_days"})),
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


def kept_models(store: Store, key: Key) -> Forecasters | None:
    """The models that one training would give; None where none are kept."""
    content = store.get("models", key)
    if content is None:
        return None
    try:
        return Forecasters.from_json(content.decode())
    except (ValueError, KeyError, TypeError, OverflowError):
        store.drop("models", key)
        return None


def keep_models(store: Store, key: Key, forecasters: Forecasters) -> str | None:
    """Keep what one training gave; says what prevented it, if anything did."""
    return store.put("models", key, forecasters.to_json().encode())


def _sha256(values: Ints) -> str:
    return hashlib.sha256(values.tobytes()).hexdigest()
