"""What every run claims, checked at its end: conservation to the last unit, and a real verifier."""

from sim.errors import AuditError
from sim.market.sealed import SealedBooks
from sim.outputs.outcome import Outcome
from sim.venues.base import SealedRecord
from sim.venues.sealed import by_period


def audit(outcome: Outcome) -> None:
    """Raise AuditError where energy or money is not conserved, or a stub stood where a verifier was claimed.

    Bought equals sold, the ledger sums to zero, and every home's balance is minus its bill.
    """
    prepared = outcome.prepared
    if outcome.verified_on_chain != (prepared.scenario.proofs.policy == "all"):
        raise AuditError(f'policy "{prepared.scenario.proofs.policy}" ran with the wrong verifier contract')
    if sum(outcome.balances):
        raise AuditError(f"the ledger sums to {sum(outcome.balances)} nano-$ in place of 0")
    if not prepared.mechanism.utility_trades:
        unequal = [slot for slot, wh in enumerate(outcome.trades.fill_wh.sum(axis=0).tolist()) if wh]
        if unequal:
            raise AuditError(f"slot {unequal[0] + 1}: bought and sold energy differ")
    if outcome.sealed and outcome.sealed_books:
        _audit_sealed(outcome.sealed, outcome.sealed_books)
    owed = outcome.market_bills.sum(axis=1).tolist()
    for home, bill, balance in zip(prepared.population.homes, owed, outcome.balances[1:], strict=True):
        if balance != -bill:
            raise AuditError(f"{home.name}: the ledger says {balance} nano-$, the bill {-bill} nano-$")


def _audit_sealed(public: SealedRecord, books: SealedBooks) -> None:
    """What was opened and posted is what the plain computation comes to, to the last unit."""
    pairs = {
        "totals": (public.totals.tolist(), books.totals.tolist()),
        "prices": (public.price.tolist(), books.price.tolist()),
        "sums of trades": (public.trade_sums, by_period(books.trade_sums)),
        "sums of deviations": (public.deviation_sums, by_period(books.deviation_sums)),
    }
    for what, (found, computed) in pairs.items():
        if found != computed:
            raise AuditError(f"sealed orders: {what} differ from the plain computation")
    traded = (books.totals.astype(object) * books.price.astype(object)).sum()
    if sum(map(sum, public.trade_sums)) != traded:
        raise AuditError("sealed orders: what homes pay for trades is not what the totals come to")
