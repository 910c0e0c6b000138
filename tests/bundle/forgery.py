"""A forger's workshop: bundles in which everything is consistent, and something is not as a run makes it.

A forger has this checkout. So it changes what it likes, in the simulator or in a chain, executes, and packs
with the packer itself; hashes, receipts, state roots and tables are all those of what was really executed.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sim.bundle import pack
from sim.bundle.archive import read_archive, write_archive
from sim.bundle.calls import opened
from sim.bundle.community import Community, founded
from sim.bundle.contents import FILES, NOT_CHECKED, Sources, canonical_json, read_bundle, sha256
from sim.bundle.execution import REFUSED
from sim.bundle.markets.base import Accepted, Executed
from sim.bundle.public import files_of
from sim.bundle.verify import verify
from sim.chain.base import Receipt, Transaction
from sim.errors import InputError
from sim.forecast.forecasters import Forecasters
from sim.outputs import chain_record
from sim.outputs.outcome import Outcome
from sim.outputs.run_directory import MANIFEST, RunContents, manifest_of, write_run
from sim.proofs.srs import Srs, load_srs
from sim.runtime.store import open_store
from sim.schema.forecasting import SHIPPED_SRS
from sim.schema.scenario import Scenario
from sim.seeds import Streams
from sim.simulation.run import simulate
from sim.venues.base import Sent
from tests.runs import QUIET, persistence_models

Files = dict[str, bytes]
Patch = pytest.MonkeyPatch

# One circuit, and the faster EVM; packing executes all of it again on py-evm.
ONE_MODEL = (
    "forecast.family=linear",
    "forecast.training=federated",
    "proofs.store=off",
    "chain.backend=revm",
)
UNPROVED = (*ONE_MODEL, "proofs.policy=none")
ELSEWHERE = Streams(99)


@dataclass(frozen=True)
class Sealed:
    """A block of a chain before it is executed: when, and what."""

    timestamp: int
    transactions: tuple[Transaction, ...]


Chain = list[Sealed]
"""The blocks after the set-up."""


def verdict(bundle: Path, expected: str | None = None) -> tuple[bool, str]:
    """What a stranger is told."""
    given = verify(bundle, expected, None, 1, QUIET)
    return given.holds, given.report()


def refused(bundle: Path, *words: str) -> None:
    """Exit code 1, and a sentence that names what is wrong."""
    holds, report = verdict(bundle)
    last = report.splitlines()[-1]
    assert not holds, report
    assert last.startswith("NOT VERIFIED: ")
    assert [word for word in words if word not in last] == [], last


def no_bundle(bundle: Path, *words: str) -> None:
    """Exit code 2, and one sentence that names the file and what is wrong."""
    with pytest.raises(InputError) as refusal:
        verdict(bundle)
    sentence = str(refusal.value)
    assert str(bundle) in sentence
    assert "\n" not in sentence
    assert [word for word in words if word not in sentence] == [], sentence


def kinds(table: Iterable[str], *quick: str) -> Any:
    """A parameter for each kind; where some are named, make test-long tries the others."""
    marks = {kind: () if not quick or kind in quick else pytest.mark.long for kind in table}
    return pytest.mark.parametrize("kind", [pytest.param(kind, marks=mark) for kind, mark in marks.items()])


# Runs -----------------------------------------------------------------------------------------------------


def bundle_of_run(
    path: Path,
    scenario: Scenario,
    *,
    forge: Callable[[Patch], object] = lambda patch: patch,
    models: Forecasters | None = None,
    srs: Srs | None = None,
) -> Path:
    """Run and pack a scenario in a simulator that ``forge`` has patched."""
    folder = path.with_suffix(".run")
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        forge(patch)
        srs, store = srs or load_srs(), open_store(scenario.proofs.store)
        outcome = simulate(
            scenario, srs, 1, QUIET, models or persistence_models(scenario.population.agents or 15), store
        )
        write_run(folder, _contents(outcome, srs))
        pack.pack(folder, path, 1, QUIET)
    return path


def _contents(outcome: Outcome, srs: Srs) -> RunContents:
    """What the packer reads of a run directory."""
    mined = chain_record.mined(outcome.blocks, [sent.receipt for sent in outcome.sent])
    return RunContents(
        summary={},
        tables={},
        scenario_toml=outcome.prepared.scenario.to_toml(),
        models_json=outcome.prepared.forecasters.to_json(),
        manifest=manifest_of(outcome, srs),
        chain_json=chain_record.to_json(mined),
    )


# Files ----------------------------------------------------------------------------------------------------


def rewritten(bundle: Path, path: Path, change: Callable[[Files, dict[str, Any]], object]) -> Path:
    """The bundle with files and manifest changed, and the manifest's hashes made right again."""
    files = read_archive(bundle)
    manifest = json.loads(files.pop(MANIFEST))
    change(files, manifest)
    manifest[FILES] = {name: sha256(content) for name, content in files.items()}
    write_archive(path, {**files, MANIFEST: canonical_json(manifest)})
    return path


def replaced(name: str, old: str, new: str) -> Callable[[Files, dict[str, Any]], None]:
    """Text of one file replaced, all over the file; it has to be there."""

    def change(files: Files, _: dict[str, Any]) -> None:
        text = files[name].decode()
        assert old in text
        files[name] = text.replace(old, new).encode()

    return change


def claiming(**claims: Any) -> Callable[[Files, dict[str, Any]], None]:
    """Other claims in the manifest."""
    return lambda _, manifest: manifest.update(claims)


# Chains ---------------------------------------------------------------------------------------------------


def bundle_of_chain(
    bundle: Path,
    path: Path,
    change: Callable[[Community, Chain], Chain],
) -> Path:
    """The bundle of another chain: the run's blocks after its set-up, changed, mined and executed."""
    honest = read_bundle(bundle)
    with founded(honest.sources, load_srs(), SHIPPED_SRS, 1, None, QUIET) as community:
        sent, calls = list(community.sent), []
        for sealed in change(community, _chain(community, honest.sources)):
            receipts = community.chain.mine(sealed.timestamp, sealed.transactions)
            for transaction, receipt in zip(sealed.transactions, receipts, strict=True):
                accepted = _accepted(community, transaction, receipt)
                stage = (accepted.stage, accepted.gate) if accepted else (REFUSED, -1)
                sent.append(Sent(*stage, transaction.sender.name, receipt))
                calls += [accepted] if accepted else []
        executed = Executed(tuple(sent), tuple(calls))
        not_checked = honest.manifest[NOT_CHECKED]
        write_archive(path, files_of(honest.sources, community, executed, load_srs(), not_checked))
    return path


def _chain(community: Community, sources: Sources) -> Chain:
    accounts = {account.address: account for account in community.accounts}
    return [
        Sealed(
            mined.block.timestamp,
            tuple(
                Transaction(accounts[each.sender], each.to, each.data, each.gas_limit)
                for each in map(opened, mined.block.transactions)
            ),
        )
        for mined in sources.record[len(community.set_up) :]
    ]


def _accepted(community: Community, transaction: Transaction, receipt: Receipt) -> Accepted | None:
    """What tables tell of a transaction; of one that no run sends they tell nothing."""
    is_call = receipt.ok and transaction.to == community.market.address
    call = community.call_of(transaction.data) if is_call else None
    stage = community.kind.stage_of(community.market, call) if call else None
    if call is None or stage is None:
        return None
    return Accepted(call, stage, community.kind.gate_of(community.prepared, call), receipt)
