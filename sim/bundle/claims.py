"""What a bundle says of its homes, clock and models, held against all that is known of them without data.

Circuits are the dearest thing that a bundle asks for, and models are cheaply claimed. So what its record
holds of proofs is looked at before circuits are made for them: each submission that a run has must stand
there first, signed by its home, with a proof as long as its circuit makes them. Whoever asks for as much work
as a run sends as much as a run.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

from sim.bundle.calls import call_of, opened_block
from sim.bundle.contents import Sources
from sim.bundle.markets import kind_of
from sim.chain.accounts import OPERATORS, account
from sim.chain.limits import check_clock
from sim.data import sierra_crest
from sim.data.population import home_order, pv_choice
from sim.data.readings import DAY_S
from sim.data.resampling import resampled_names
from sim.errors import BundleError, InputError
from sim.forecast.forecasters import training_gates
from sim.forecast.model import IntegerModel
from sim.proofs.cost_model import predict_cost, tuned_settings
from sim.proofs.srs import Srs
from sim.schema.forecasting import EMBEDDED_SOURCE
from sim.schema.values import exact
from sim.seeds import Streams
from sim.simulation.feasibility import circuit_form, circuit_limit, explicit_settings
from sim.simulation.preparation import Prepared

_LEAST_SHARE = 0.5
"""Of a proof's predicted length, which is exact to about 1 % up to 3 inner columns, and less so beyond."""


def check_claims(sources: Sources) -> None:
    """Raise InputError for what no run of the bundle's scenario could be."""
    _check_clock(sources)
    _check_size(sources)
    _check_homes(sources)
    _check_models(sources)


def _check_clock(sources: Sources) -> None:
    clock, slot_s = sources.scenario.time, sources.slot_s
    check_clock(clock.start, slot_s, clock.lead, sources.scenario.forecast.lookback)
    midnight = clock.start.replace(hour=0, minute=0, second=0, microsecond=0)
    if (clock.start - midnight) % timedelta(seconds=slot_s):
        raise InputError(f"time.start = {clock.start}: no slot of {slot_s} s begins then")
    slots = clock.days * DAY_S // slot_s
    if slots % clock.horizon:
        raise InputError(f"time.horizon = {clock.horizon}: should divide the run's {slots} slots")
    if sources.scenario.population.source == EMBEDDED_SOURCE:
        if slot_s != sierra_crest.SLOT_S:
            raise InputError(f"slot_s = {slot_s}: the embedded data have slots of {sierra_crest.SLOT_S} s")
        end = sierra_crest.START + timedelta(seconds=sierra_crest.SLOTS * slot_s)
        if clock.start < sierra_crest.START or clock.start + timedelta(days=clock.days) > end:
            raise InputError(f"time.start = {clock.start}: the embedded data do not hold the run's days")


def _check_size(sources: Sources) -> None:
    """What is claimed has left its mark on the chain, so memory and time follow from the bundle's size."""
    clock, homes = sources.scenario.time, len(sources.homes)
    slots = clock.days * DAY_S // sources.slot_s
    gates, kind = slots // clock.horizon, kind_of(sources.scenario)
    sent = [len(signed) for each in sources.record for signed in each.block.transactions]
    calls = kind.fewest_calls(homes, gates, clock.horizon)
    least_bytes = gates * homes * kind.shortest_submission(clock.horizon)
    if len(sent) < calls or sum(sent) < least_bytes:
        raise InputError(
            f"the chain holds {len(sent):,} transactions of {sum(sent):,} bytes; a run of {homes} homes and "
            f"{slots:,} slots has at least {calls:,}, of {least_bytes:,} bytes"
        )


def _check_homes(sources: Sources) -> None:
    population, homes = sources.scenario.population, sources.homes
    if population.agents is not None and population.agents != len(homes):
        raise InputError(f"population.agents = {population.agents}: the bundle names {len(homes)} homes")
    _check_pv(sources)
    known = _known_homes(sources)
    if known is not None and homes != tuple(known):
        raise InputError(f"homes are not those that a run of the scenario has, {', '.join(known[:20])}")


def _check_pv(sources: Sources) -> None:
    """All embedded homes have PV, of which the scenario keeps a share; of other data nobody knows."""
    population = sources.scenario.population
    if population.source != EMBEDDED_SOURCE or population.pv_scale < 1:  # scaled down, whole Wh may vanish
        return
    kept = pv_choice([True] * len(sources.homes), exact(population.pv_share))
    if sources.has_pv != tuple(kept):
        raise InputError(f"has_pv does not follow from population.pv_share = {population.pv_share}")


def _known_homes(sources: Sources) -> Sequence[str] | None:
    """The run's homes, None where only the data name them."""
    population, seed = sources.scenario.population, sources.scenario.seed
    if population.resampling:
        return resampled_names(len(sources.homes))
    if population.source != EMBEDDED_SOURCE:
        return None
    names = sierra_crest.HOMES
    return [names[home] for home in home_order(Streams(seed), len(names))[: population.agents]]


def _check_models(sources: Sources) -> None:
    """Clusters are numbered as homes of theirs first appear; how many there are, training says, and when."""
    forecast, of_home = sources.scenario.forecast, sources.models.cluster_of_home
    wanted = forecast.models(len(of_home))
    appearing = list(dict.fromkeys(of_home))
    trainings = sources.models.trainings
    if appearing != list(range(wanted)) or any(len(each.models) != wanted for each in trainings):
        raise InputError(f'forecast.training = "{forecast.training}" makes {wanted} models, numbered by home')
    begin = [training.from_gate for training in trainings]
    if begin != (gates := _training_gates(sources)):
        raise InputError(
            f"forecast.retraining_days = {forecast.retraining_days}: models begin at gates {begin[:20]}, "
            f"where a run's begin at {gates[:20]}"
        )
    precision = sources.scenario.proofs.precision
    for model in sources.models.models:
        if precision is not None and model.precision != precision:
            raise InputError(f"proofs.precision = {precision}: a model has {model.precision} bits")


def _training_gates(sources: Sources) -> list[int]:
    clock, per_day = sources.scenario.time, DAY_S // sources.slot_s
    gates = clock.days * per_day // clock.horizon
    return training_gates(sources.scenario.forecast.retraining_days, gates, clock.horizon, per_day)


def check_submitted(sources: Sources, prepared: Prepared, srs: Srs) -> None:
    """Raise BundleError where a transaction is none of the seed's accounts', or a home's proof is missing."""
    homes = [home.name for home in prepared.population.homes]
    names = {account(prepared.streams, name).address: name for name in (*OPERATORS, *homes)}
    found = _longest_proofs(sources, names)
    models, used = prepared.forecasters.models, prepared.forecasters.numbers(prepared.gates)
    least = [0] * len(models)
    for home, numbers in zip(homes, used.tolist(), strict=True):
        for gate, number in enumerate(numbers):
            least[number] = least[number] or _least_bytes(prepared, models[number], srs)
            if found[home, gate] < least[number]:
                raise BundleError(
                    f"the chain has a proof of {found[home, gate]:,} bytes of {home} at gate {gate + 1:,}, "
                    f"where its model's circuit makes them of at least {least[number]:,}"
                )


def _longest_proofs(sources: Sources, names: Mapping[bytes, str]) -> Counter[tuple[str, int]]:
    """How long a proof there is by who submitted it at which gate."""
    found: Counter[tuple[str, int]] = Counter()
    market = kind_of(sources.scenario).artifact
    for mined in sources.record:
        for each in opened_block(mined.block, names):
            call = call_of(each.data, market)
            if call is not None and call.function == "submit":
                key = names[each.sender], int(call.arguments["gate"])
                found[key] = max(found[key], len(call.arguments["proof"]))
    return found


def _least_bytes(prepared: Prepared, model: IntegerModel, srs: Srs) -> int:
    limit_wh, form = circuit_limit(prepared.scenario, prepared.population), circuit_form(prepared.scenario)
    settings = explicit_settings(prepared.scenario) or tuned_settings(model, limit_wh, srs.logrows, form)
    return int(_LEAST_SHARE * predict_cost(model, settings, form).proof_bytes)
