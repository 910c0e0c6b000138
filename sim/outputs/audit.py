"""Conservation, checked at the end of every run: energy and money to the last unit."""

from sim.errors import AuditError
from sim.market.bills import bills
from sim.outputs.outcome import Outcome


def audit(outcome: Outcome) -> None:
    """Raise AuditError unless bought is sold, the ledger sums to zero, and balances are minus the bills."""
    prepared = outcome.prepared
    unequal = [slot for slot, wh in enumerate(outcome.trades.fill_wh.sum(axis=0).tolist()) if wh]
    if unequal:
        raise AuditError(f"slot {unequal[0]}: bought and sold energy differ")
    if sum(outcome.balances):
        raise AuditError(f"the ledger sums to {sum(outcome.balances)} nano-$ in place of 0")
    owed = bills(prepared.net_wh, outcome.trades, prepared.outside).sum(axis=1).tolist()
    for home, bill, balance in zip(prepared.population.homes, owed, outcome.balances[1:], strict=True):
        if balance != -bill:
            raise AuditError(f"{home.name}: the ledger says {balance} nano-$, the bill {-bill} nano-$")
