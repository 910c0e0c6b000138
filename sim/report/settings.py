"""What was run: the scenario in sentences, and field by field."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from agents.strategies import strategies
from sim.market.tariffs import Tariff
from sim.outputs.figures.style import counted
from sim.outputs.figures.time_axis import slot_length
from sim.report.document import Section, Table, Text
from sim.report.numbers import listed
from sim.report.saved_run import SavedRun
from sim.schema.forecasting import EMBEDDED_SOURCE
from sim.schema.scenario import Scenario, unit_of
from sim.units import NANO, dollars_per_kwh


def what_was_run(run: SavedRun) -> Section:
    """The first section of a run's report."""
    sentences = (_homes(run), _forecasts(run), _market(run), _proofs(run), _cheats(run.scenario))
    return Section("What was run", tuple(Text(sentence) for sentence in sentences if sentence))


def scenario_table(scenario: Scenario) -> Table:
    """The resolved scenario."""
    columns = ("field", "value", "unit", "meaning")
    return Table("", "llll", columns, tuple(_rows(scenario)))


def _homes(run: SavedRun) -> str:
    scenario, s, slots = run.scenario, run.summary, run.tables["slots"]
    first, length = slots["start"].iloc[0], slot_length(slots["start"])
    minutes = int(length.total_seconds()) // 60
    source = scenario.population.source
    of = "real homes of California (embedded data)" if source == EMBEDDED_SOURCE else f"homes of {source}"
    resampled = ", resampled so that there are more of them" if scenario.population.resampling else ""
    return (
        f"{counted(s['agents'], 'home')}, {s['agents_with_pv']} with PV, from the {of}{resampled}, "
        f"over {counted(scenario.time.days, 'day')} from {first:%A} {first.day} {first:%B %Y}, "
        f"{first:%H:%M}, in {s['slots']:,} slots of {minutes} minutes. "
        f"Bids close at {counted(s['gates'], 'gate')}, each for the next "
        f"{counted(scenario.time.horizon, 'slot')}. All randomness comes from seed {s['seed']}."
    )


def _forecasts(run: SavedRun) -> str:
    forecast, s, horizon = run.scenario.forecast, run.summary, run.scenario.time.horizon
    trained = forecast.regime.meaning
    model = forecast.model_family.described(forecast.shape(horizon))
    return (
        f"{trained[:1].upper()}{trained[1:]}: {counted(s['clusters'], 'model')} in all, on readings before "
        f"the first gate alone. Each is {model}, and forecasts {counted(horizon, 'slot')} from "
        f"the last {counted(forecast.lookback, 'reading')} of a home."
    )


def _market(run: SavedRun) -> str:
    market = run.scenario.market
    shares = {name: share for name, share in market.strategy.items() if share}
    if len(shares) == 1:
        priced = _priced(next(iter(shares)))
    else:
        priced = listed([f"{100 * share:g} % {_priced(name)}" for name, share in shares.items()])
    own = f", with other tariffs for {counted(len(market.homes), 'home')}" if market.homes else ""
    fee = f"${dollars_per_kwh(market.grid_fee):g}/kWh" if market.grid_fee else "none"
    return (
        f"Every slot is cleared by {market.the_mechanism.meaning}. Homes price their orders {priced}. "
        f"Energy from the grid costs {tariff(market.retail)}, energy fed in earns "
        f"{tariff(market.feed_in)}{own}; grid fee: {fee}."
    )


def _priced(strategy: str) -> str:
    return f'{strategies[strategy].meaning} ("{strategy}")'


def _proofs(run: SavedRun) -> str:
    chain = run.scenario.chain
    if not chain.executes:
        return "The market was kept on books, without a chain and without proofs."
    where = f"A contract on an EVM ({chain.backend}) holds the market; gas costs {chain.gas_price:,} nano-$."
    if run.proved:
        return f"Every bid carries a zero-knowledge proof that the contract verifies. {where}"
    return f"{where} Its verifier is a stub that accepts everything."


def _cheats(scenario: Scenario) -> str:
    homes = [name for name, share in scenario.adversaries.homes.items() if share]
    names = [*homes, *scenario.adversaries.operators]
    return f"Somebody cheats: {listed(names)}." if names else ""


def tariff(price: Tariff) -> str:
    """A tariff in words."""
    if len(price.steps) == 1:
        return f"${dollars_per_kwh(price.steps[0][1]):g}/kWh"
    steps = [
        f"{dollars_per_kwh(nano):g} from {minute // 60:02d}:{minute % 60:02d}" for minute, nano in price.steps
    ]
    return f"{', '.join(steps)} ($/kWh)"


def _rows(scenario: Scenario) -> Iterator[tuple[str, str, str, str]]:
    for name, field in Scenario.model_fields.items():
        value = getattr(scenario, name)
        if isinstance(value, BaseModel):
            for key, inner in type(value).model_fields.items():
                own = getattr(value, key)
                yield f"{name}.{key}", _value(own, key), unit_of(name, key), str(inner.description)
        else:
            yield name, _value(value, name), "", str(field.description)


def _value(value: Any, name: str) -> str:
    if value is None:
        return "-"
    if isinstance(value, Tariff):
        return tariff(value).removesuffix(" $/kWh").removesuffix(" ($/kWh)")
    if name == "grid_fee":
        return f"{dollars_per_kwh(value):g}"
    if name == "credit_limit":
        return f"{value / NANO:,.2f}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_inner(each)}" for key, each in value.items()) or "none"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _inner(value)


def _inner(value: Any) -> str:
    """A share, a home's own tariffs, a variant's parameters, or explicit settings of circuits."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_inner(each)}" for key, each in value.items())
    if isinstance(value, BaseModel):
        own = {key: each for key, each in value if each is not None}
        return ", ".join(
            f"{key} {tariff(each) if isinstance(each, Tariff) else each}" for key, each in own.items()
        )
    return (
        f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)
    )
