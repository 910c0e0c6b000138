"""What a bundle says of a run: tables, figures and claims, made from executed transactions alone.

The same columns, under the same names, as in the run's directory, less what readings or clocks are in; where
orders are sealed, also less what quantities are in.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd

from sim.bundle.community import Community
from sim.bundle.contents import (
    FILES,
    FORMAT,
    NOT_CHECKED,
    RULE,
    Sources,
    canonical_json,
    sha256,
)
from sim.bundle.events import outcome_of_events
from sim.bundle.execution import REFUSED
from sim.bundle.markets.base import Executed
from sim.chain.blocks import WEI_PER_ACCOUNT
from sim.chain.contracts import SHA256, STUB, VERIFIER
from sim.measures.table import all_measures, values_of
from sim.outputs.chain_record import mined, to_json
from sim.outputs.outcome import Outcome
from sim.outputs.run_directory import CHAIN, MANIFEST, MODELS, SCENARIO, SUMMARY
from sim.outputs.tables import MADE, agents_on_chain
from sim.proofs.srs import Srs
from sim.tables.runs import RUN_TABLES, bundled


def files_of(
    sources: Sources, community: Community, executed: Executed, srs: Srs, not_checked: Mapping[str, Any]
) -> dict[str, bytes]:
    """Every file of the bundle, and all that can be: a bundle with another byte is not this run's."""
    outcome, posted = outcome_of_events(community, executed)
    receipts = [sent.receipt for sent in outcome.sent]
    files = {
        SCENARIO: sources.scenario.to_toml().encode(),
        MODELS: sources.models.to_json().encode(),
        CHAIN: to_json(mined(outcome.blocks, receipts)).encode(),
        SUMMARY: canonical_json(public_summary(outcome)),
    }
    for name, table in public_tables(outcome, posted).items():
        files[f"tables/{name}.csv"] = table.to_csv(index=False, lineterminator="\n").encode()
    claims = _claims(sources, community, outcome, srs)
    hashes = {name: sha256(content) for name, content in files.items()}
    return {**files, MANIFEST: canonical_json({**claims, FILES: hashes, NOT_CHECKED: dict(not_checked)})}


# Tables ----------------------------------------------------------------------------------------------------


def public_tables(outcome: Outcome, posted: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """All tables by name; ``posted``: those that no run has."""
    sealed = outcome.prepared.scenario.market.sealed
    tables = {}
    for name in bundled(sealed):
        table = RUN_TABLES[name]
        if name == "agents":
            rows = pd.DataFrame(agents_on_chain(outcome))
        else:
            rows = posted[name] if name in posted else MADE[name](outcome)
        tables[name] = table.of_bundle(table.with_community(rows), sealed)
    return tables


# Figures and claims ----------------------------------------------------------------------------------------


def public_summary(outcome: Outcome) -> dict[str, Any]:
    """The measures that the chain knows, and its transactions; money in nano-$, energy in Wh."""
    sealed = outcome.prepared.scenario.market.sealed
    known = [each for each in all_measures() if each.bundled and not (sealed and each.of_orders)]
    return {
        **values_of(outcome, known),
        "transactions": len(outcome.sent),
        "transactions_refused": sum(sent.stage == REFUSED for sent in outcome.sent),
    }


def _claims(sources: Sources, community: Community, outcome: Outcome, srs: Srs) -> dict[str, Any]:
    scenario = sources.scenario
    proved, kind = scenario.proofs.policy == "all", community.kind
    contracts = (*kind.contracts_of(outcome.prepared), VERIFIER if proved else STUB)
    used = {circuit.logrows for circuit in outcome.circuits}
    used |= {community.sealed.columns.logrows} if community.sealed else set()
    return {
        "format": FORMAT,
        "scenario": scenario.name,
        "seed": scenario.seed,
        "proof_policy": scenario.proofs.policy,
        "homes": list(sources.homes),
        "has_pv": list(sources.has_pv),
        "slot_s": sources.slot_s,
        "data_sha256": sources.data_sha256,
        RULE: kind.rule_of(outcome.prepared),
        "market_digest": outcome.market_digest,
        "models_digest": sources.models.digest,
        "genesis": genesis(community),
        "contracts": {name: SHA256[name] for name in contracts},
        "circuits": [
            {
                "digest": circuit.digest,
                "settings": asdict(circuit.settings),
                "proof_bytes": circuit.proof_bytes,
            }
            for circuit in outcome.circuits
        ],
        "srs_sha256": {
            str(logrows): digest
            for logrows, digest in zip(srs.logrows, srs.digests, strict=True)
            if logrows in used
        },
    }


def genesis(community: Community) -> dict[str, Any]:
    """Block 0 of the community's chain: whom it funds, and when."""
    block = community.chain.tester.get_block_by_number(0)
    return {
        "accounts": {account.name: f"0x{account.address.hex()}" for account in community.accounts},
        "wei_per_account": str(WEI_PER_ACCOUNT),
        "chain_id": community.chain.chain_id,
        "timestamp": block["timestamp"],
        "gas_limit": block["gas_limit"],
        "hash": block["hash"],
        "state_root": block["state_root"],
    }
