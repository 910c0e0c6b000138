"""What every run claims, checked at its end: conservation to the last unit, and a real verifier."""

from sim.errors import AuditError
from sim.market.bills import bills
from sim.outputs.outcome import Outcome


def audit(outcome: Outcome) -> None:
    """Raise AuditError where energy or money is not conserved, or a stub stood where a verifier was claimed.

    Bought equals sold, the ledger sums to zero, and every home's balance is minus its bill.
    """
    prepared = outcome.prepared
    if outcome.verified_on_chain != (prepared.scenario.proofs.policy == "all"):
        raise AuditError(f'policy "{prepared.scenario.proofs.policy}" ran with the wrong verifier contract')
    unequal = [slot for slot, wh in enumerate(outcome.trades.fill_wh.sum(axis=0).tolist()) if wh]
    if unequal:
        raise AuditError(f"slot {unequal[0] + 1}: bought and sold energy differ")
    if sum(outcome.balances):
        raise AuditError(f"the ledger sums to {sum(outcome.balances)} nano-$ in place of 0")
    owed = bills(outcome.realised_wh, outcome.trades, prepared.outside).sum(axis=1).tolist()
    for home, bill, balance in zip(prepared.population.homes, owed, outcome.balances[1:], strict=True):
        if balance != -bill:
            raise AuditError(f"{home.name}: the ledger says {balance} nano-$, the bill {-bill} nano-$")
