"""A run's outcome read off what the contract logged, and off nothing else.

Balances are booked again from what follows from the events, and have to be the contract's.
"""

from collections.abc import Mapping

import pandas as pd

from sim.bundle.community import Community
from sim.bundle.markets.base import Executed, Logged
from sim.errors import BundleError
from sim.outputs.outcome import Outcome, Timing
from sim.proofs.field import COMMITMENT_BYTES
from sim.proofs.prover import Proof


def outcome_of_events(community: Community, executed: Executed) -> tuple[Outcome, Mapping[str, pd.DataFrame]]:
    """The outcome, as far as the chain knows it, and tables of what else the meter posted.

    What readings are in is zero in it. Raises BundleError where the contract's ledger is not what
    its events say, or something was cleared otherwise than by the scenario's mechanism.
    """
    prepared = community.prepared
    logged = community.kind.logged(prepared, community.market, executed.calls)
    outcome = Outcome(
        prepared=prepared,
        strategies=community.strategies,
        scheduled_wh=logged.quantity_wh,
        quantity_wh=logged.quantity_wh,
        limit_price=logged.limit_price,
        realised_wh=prepared.reading_wh,
        attacks=None,
        trades=logged.trades,
        balances=_balances(community, logged),
        sent=executed.sent,
        blocks=tuple(community.chain.blocks),
        verifier=community.market.verifier,
        verifier_code_hash=community.chain.code_hash(community.market.verifier),
        market_code_hash=community.chain.code_hash(community.market.address),
        circuits=community.circuits,
        proofs=_proofs(community, executed),
        timing=Timing(0.0, 0.0, 0.0),
        sealed=logged.sealed,
    )
    return outcome, logged.tables


def _balances(community: Community, logged: Logged) -> tuple[int, ...]:
    booked = (sum(logged.bills), *(-bill for bill in logged.bills))
    ledger = tuple(community.market.balances(len(logged.bills)))
    if booked != ledger:
        raise BundleError(f"the ledger holds {ledger} nano-$, where the events make {booked} nano-$")
    return booked


def _proofs(community: Community, executed: Executed) -> dict[tuple[int, int], Proof]:
    """The proofs of accepted submissions by (home from 0, gate); none where a stub accepted them.

    As calldata hold them; salts and proving time are nobody's business.
    """
    if not community.circuits:
        return {}
    found = {}
    for each in executed.calls:
        if each.stage == "submit":
            proof, instances = community.kind.proof_of(each.call)
            key = community.row_of(each.receipt), each.gate
            found[key] = Proof(proof[:COMMITMENT_BYTES], proof, instances, salts=(), prove_cpu_s=0.0)
    return found
