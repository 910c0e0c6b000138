"""Bundles on another foundation, or over other data, than a run's: refused by what differs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import agents.operators
import sim.bundle.community
import sim.chain.market_client
import sim.simulation.preparation
import sim.venues.on_chain
from sim.chain.accounts import account
from sim.chain.contracts import MARKET, UNIFORM, compiled
from sim.data.readings import DAY_S
from sim.data.source import source_readings
from sim.seeds import Streams
from tests.bundle.forgery import ELSEWHERE, UNPROVED, Patch, bundle_of_run, kinds, refused
from tests.runs import scenario


def with_own(contract: str, words: bytes, other: bytes) -> Callable[[Patch], None]:
    """One contract has other words in its code, and so is another."""

    def changed(name: str) -> Any:
        artifact = compiled(name)
        if name != contract:
            return artifact
        assert words in artifact.initcode
        return replace(artifact, initcode=artifact.initcode.replace(words, other))

    return lambda patch: patch.setattr(sim.chain.market_client, "compiled", changed)


def extra_account(patch: Patch) -> None:
    def open_chain(backend: str, accounts: Any, *rest: Any) -> Any:
        return honest_chain(backend, [*accounts, account(ELSEWHERE, "friend")], *rest)

    honest_chain = sim.venues.on_chain.open_chain
    patch.setattr(sim.venues.on_chain, "open_chain", open_chain)


def other_genesis_time(patch: Patch) -> None:
    patch.setattr(sim.chain.market_client, "DAY_S", 2 * DAY_S)


def other_block_gas_limit(patch: Patch) -> None:
    def open_chain(*most: Any) -> Any:
        return honest_chain(*most[:-2], most[-2] * 2, most[-1])

    honest_chain = sim.venues.on_chain.open_chain
    patch.setattr(sim.venues.on_chain, "open_chain", open_chain)


def own_chain_id(patch: Patch) -> None:
    patch.setattr(sim.venues.on_chain, "founding_chain_id", lambda *_: 1)


def with_account_of(name: str, forged_account: Callable[[Streams], Any]) -> Callable[[Patch], None]:
    def accounts(streams: Streams, asked: str) -> Any:
        found = forged_account(streams) if asked == name else account(streams, asked)
        return replace(found, name=asked)

    def forge(patch: Patch) -> None:
        for module in ("sim.venues.on_chain", "sim.simulation.world", "sim.bundle.community"):
            patch.setattr(f"{module}.account", accounts)

    return forge


def enrolling(**changes: Callable[[Any], Any]) -> Callable[[Patch], None]:
    """The utility enrols homes under other terms than the scenario's."""

    def enrol(utility: Any, homes: Any) -> Any:
        changed = [
            replace(home, **{name: change(getattr(home, name)) for name, change in changes.items()})
            for home in homes
        ]
        return honest_enrol(utility, changed)

    honest_enrol = agents.operators.Utility.enrol
    return lambda patch: patch.setattr(agents.operators.Utility, "enrol", enrol)


def dearer(patch: Patch) -> None:
    """Everybody's feed-in tariff is a nano-$ higher than the scenario says, in contract and books alike."""

    def home_tariffs(*given: Any) -> Any:
        table = honest_tariffs(*given)
        return replace(table, feed_in=table.feed_in + 1)

    honest_tariffs = sim.simulation.preparation.home_tariffs
    patch.setattr(sim.simulation.preparation, "home_tariffs", home_tariffs)


FOUNDATIONS = {
    "own contract": (
        with_own(MARKET, b"only the meter", b"only one meter"),
        ["deploys code that is not this checkout's EnergyMarket"],
    ),
    "own rule": (
        with_own(UNIFORM, b"price off the rule", b"price on the table"),
        ["deploys code that is not this checkout's UniformPrice"],
    ),
    "extra funded account": (extra_account, ["genesis"]),
    "other genesis time": (other_genesis_time, ["genesis"]),
    "other block gas limit": (other_block_gas_limit, ["genesis"]),
    "own meter": (with_account_of("meter", lambda _: account(ELSEWHERE, "meter")), ["genesis"]),
    "the utility as meter": (with_account_of("meter", lambda s: account(s, "utility")), ["genesis"]),
    "a home with its own key": (
        with_account_of("home-10", lambda _: account(ELSEWHERE, "home-10")),
        ["genesis"],
    ),
    "more credit": (enrolling(credit_limit=lambda nano: nano + 1), ["enrol", "credit_limit"]),
    "higher import": (enrolling(import_limit_wh=lambda wh: wh + 1), ["enrol", "import_limit_wh"]),
    "everybody may sell": (enrolling(export_limit_wh=lambda _: 12_000), ["enrol", "export_limit_wh"]),
    "another market's chain": (own_chain_id, ["transaction 1 of the set-up", "chain id"]),
    "other tariffs": (dearer, ["enrol", "feed_in"]),
}


@kinds(FOUNDATIONS)
def test_another_foundation_is_refused(kind: str, forged: Path) -> None:
    forge, words = FOUNDATIONS[kind]
    refused(bundle_of_run(forged, scenario("tiny", *UNPROVED), forge=forge), *words)


# Other readings -------------------------------------------------------------------------------------------


def reading(**changes: Any) -> Callable[[Patch], None]:
    """Readings of the forger's own, under the name of the embedded ones."""

    def forge(patch: Patch) -> None:
        patch.setattr(
            "sim.data.population.source_readings", lambda *given: replace(source_readings(*given), **changes)
        )
        patch.setattr(sim.bundle.community, "check_claims", lambda _: None)

    return forge


INVENTED = tuple(f"home-{number}" for number in range(21, 36))
READINGS = {
    "homes that the data do not have": (reading(homes=INVENTED), ["homes are not those"]),
    "half hours of hourly data": (reading(slot_s=1_800, start=datetime(2017, 1, 1)), ["slot_s = 1800"]),
}


@kinds(READINGS)
def test_what_the_embedded_data_cannot_be_is_refused(kind: str, forged: Path) -> None:
    """Their homes, resolution and period stand in this checkout's code, where the data do not."""
    forge, words = READINGS[kind]
    settings = scenario("tiny", *UNPROVED, "population.connection_limit_kw=24")
    refused(bundle_of_run(forged, settings, forge=forge), *words)
