"""How a run was made: its scenario in words and by field, what it does not show, and how to check it."""

import re
from collections.abc import Iterator, Mapping
from shlex import quote
from typing import Any

from pydantic import BaseModel

from agents.strategies import strategies
from sim.forecast.inputs import inputs
from sim.market.mechanisms import Mechanism
from sim.market.tariffs import Tariff
from sim.outputs.figures.time_axis import slot_length
from sim.report.document import Block, Items, Listing, Notice, Section, Table, Text
from sim.report.numbers import from_one, listed
from sim.report.saved_run import SavedRun
from sim.runtime.wording import counted
from sim.schema.forecasting import EMBEDDED_SOURCE, SHIPPED_SRS, Forecast
from sim.schema.scenario import Scenario, unit_of
from sim.units import NANO, dollars_per_kwh

ALWAYS = (
    "Load is inelastic and there are no batteries: the market moves money, not energy, and what homes save "
    "on energy the utility loses.",
    "No lines, losses or voltages, and no limits but each home's connection.",
    "Homes learn limits only where their strategy does, and the shipped strategies choose no quantities.",
    "The chain is one process, without peers, reorganisations or fees that react to demand.",
    "One seed and one period: other seeds and seasons give other figures, and no interval says by how much. "
    "A study does.",
)


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
    model = forecast.model_family.described(forecast.shape(horizon))
    meanings = [inputs[name].meaning for name in forecast.inputs]
    beside = f" and from {listed(meanings)}" if meanings else ""
    made_from = f"the last {counted(forecast.lookback, 'reading')} of a home{beside}"
    if forecast.model_family.reads_file:
        return f"All homes have {model}, which forecasts {counted(horizon, 'slot')} from {made_from}."
    trained, days = forecast.regime.meaning, forecast.retraining_days
    known = "the first gate alone"
    if days is not None:
        known = f"the first gate, and again every {counted(days, 'day')} on what is known by then"
    return (
        f"{trained[:1].upper()}{trained[1:]}: {counted(s['clusters'], 'model')} in all, on readings before "
        f"{known}. Each is {model}, and forecasts {counted(horizon, 'slot')} from {made_from}."
        f"{_clustered(forecast)}"
    )


def _clustered(forecast: Forecast) -> str:
    if not forecast.regime.clusters_homes:
        return ""
    method = forecast.clustering_method
    return f" Clusters: {method.meaning}; {method.discloses}."


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
        f"{_cleared(market.the_mechanism, priced, market.sealed)} "
        f"Energy from the grid costs {tariff(market.retail)}, energy fed in earns "
        f"{tariff(market.feed_in)}{own}; grid fee: {fee}.{_settled(run)}"
    )


def _settled(run: SavedRun) -> str:
    """How homes pay for sealed orders."""
    market = run.scenario.market
    if not market.sealed:
        return ""
    often = "once, for the whole run"
    if market.settlement_days != "run":
        often = f"every {counted(market.settlement_days, 'day')}"
    how = "by the meter's word, held against the community's totals"
    if market.settlement == "proved":
        how = "by a proof of what each home traded"
        if run.scenario.proofs.policy != "all":
            how = "as if what each home traded were proved"
    return f" Homes are billed {often}, {how}."


def _cleared(mechanism: Mechanism, priced: str, sealed: bool) -> str:
    if mechanism.sealable and sealed:
        return (
            f"Orders are sealed: quantities stay committed, and in every slot there is {mechanism.meaning}."
        )
    if mechanism.asks_limits:
        return f"Every slot is cleared by {mechanism.meaning}. Homes price their orders {priced}."
    return f"In every slot {mechanism.meaning}. Homes name no prices: orders stand at their outside options."


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


# What it does not show, and how to check it -------------------------------------------------------------


def what_it_does_not_show(run: SavedRun) -> Section:
    """The run's limits, as far as its scenario has them."""
    sentences = [*_of_proofs(run), *_of_homes(run), *ALWAYS]
    if not run.scenario.costs.charged:
        sentences.append("Bills do not hold what proofs and gas cost.")
    return Section("What it does not show", (Items(tuple(sentences)),))


def _of_proofs(run: SavedRun) -> list[str]:
    if not run.proved:
        return [
            "Nothing about proofs: quantities were computed in the integers that a circuit would prove, and "
            "nobody proved them on chain."
        ]
    sentences = [
        "A proof shows that a bid's quantities are what the registered model forecasts from the window that "
        "the meter committed to. It does not show the price, nor that the meter is honest: the meter is "
        "trusted.",
        *(_OF_SEALED if run.scenario.market.sealed else _OF_OPEN),
    ]
    if run.scenario.proofs.srs == SHIPPED_SRS:
        sentences.append(
            "Proofs rest on a reference string made for simulation: whoever made it could forge proofs."
        )
    return sentences


_OF_OPEN = (
    "Quantities and models are public, so proofs hide readings only as far as these do not determine "
    "them. The leak is measured with the attacks that we know; a better one may learn more.",
)
_OF_SEALED = (
    "Quantities are sealed: outside, totals, prices and bills are known, and what these tell of readings is "
    "measured with the attacks that we know. The auctioneer knows every quantity, and the meter every "
    "reading; that they keep them to themselves is trusted.",
)


def _of_homes(run: SavedRun) -> list[str]:
    notes = run.tables["agents"]["note"]
    changed = int((notes != "as measured").sum())
    if not changed:
        return []
    return [
        f"Not every home is as it was measured: the readings of {counted(changed, 'home')} were changed, as "
        "the table of homes says home by home."
    ]


def how_to_check_it(run: SavedRun) -> Section:
    """Commands, digests and versions."""
    return Section("How to check it", (*_commands(run), _digests(run), _versions(run)))


def _readings(run: SavedRun) -> str:
    """What one needs to run it again."""
    source = run.scenario.population.source
    if source == EMBEDDED_SOURCE:
        return "With the embedded readings, which come with zkpet,"
    return (
        f"With the readings, {source} of sha-256 {run.manifest['data_sha256']}, in the folder of the "
        "scenario file, which names them,"
    )


def _commands(run: SavedRun) -> list[Block]:
    digest = str(run.summary["market_digest"])
    if not re.fullmatch("[0-9a-f]{64}", digest):  # it stands in a command
        raise ValueError(f"market_digest = {digest[:80]} should be 64 digits of hex")
    source = run.scenario.population.source
    data = "" if source == EMBEDDED_SOURCE else f" --data {quote(source)}"
    again: list[Block] = [
        Text(
            f"{_readings(run)} the run's own scenario file gives the same market digest, on any machine and "
            "with any number of processes, as long as training gives the same models."
        ),
        Listing(("zkpet run RUN_DIR/scenario.toml --out again",)),
    ]
    if not run.has_chain:
        return [
            Notice("The run directory holds no record of a chain, so no bundle can be made of it."),
            *again,
        ]
    bundle = f"{run.scenario.name}-seed{run.scenario.seed}.zkpet"
    proofs = "checks every proof" if run.proved else "finds no proof to check"
    return [
        Text(
            "Without the readings: a bundle holds the public part of the run. Whoever verifies it executes "
            f"all transactions again, recomputes every public table and {proofs}. RUN_DIR is the run's "
            "directory."
        ),
        Listing(
            (
                f"zkpet bundle RUN_DIR -o {bundle}",
                f"zkpet verify {bundle} --expect {digest}",
                f"zkpet replay {bundle}{data}",
            )
        ),
        *again,
    ]


def _digests(run: SavedRun) -> Table:
    s, m = run.summary, run.manifest
    named = "all orders, fills, prices and balances"
    if run.scenario.market.sealed:
        named = "who ordered, all totals, prices, posted sums and balances"
    rows = [
        ("market", s["market_digest"], named),
        ("models", s["models_digest"], "the models in integers"),
        ("state root", s["state_root"], "of the last block"),
        ("readings", m["data_sha256"], "the data, or the file, that homes come from"),
        ("verifier", m["verifier_code_hash"], "code of the contract in the verifier's place"),
        ("market contract", m["market_code_hash"], "its code"),
    ]
    circuits = run.tables["circuits"]
    several = circuits["training"].nunique() > 1
    for place, circuit in enumerate(circuits.itertuples()):
        whose = f"cluster {from_one(circuit.cluster)}"
        of_training = f", training {from_one(circuit.training)}" if several else ""
        rows.append((f"circuit {from_one(place)}", circuit.circuit, f"verifying key of {whose}{of_training}"))
    if len(circuits):
        used = set(circuits["logrows"].astype(str))
        rows += [
            (f"SRS 2^{logrows}", digest, "reference string that proofs rest on")
            for logrows, digest in m["srs_sha256"].items()
            if logrows in used
        ]
    shown = tuple((name, str(digest), meaning) for name, digest, meaning in rows if digest)
    return Table("Digests", "lml", ("of", "hash", "what it names"), shown)


def _versions(run: SavedRun) -> Text:
    m = run.manifest
    python = f"Python {m['python']}"
    made_with = [f"{name} {version}" for name, version in m["versions"].items()]
    return Text(f"Made with {listed([*made_with, python])}, on {m['platform']}.")
