"""The figures of a run's summary that say how private its homes are."""

from sim.market.clearing import Trades
from sim.privacy.candidates import identified_share
from sim.privacy.leak import MOST_HOMES, evenly, leak_of
from sim.simulation.preparation import Prepared


def privacy_measures(prepared: Prepared, trades: Trades) -> dict[str, float | None]:
    """``leak_share`` and its parts, as if every bid were on chain; empty where there are no averages.

    ``identified_share`` is of an attacker who holds the homes' data.
    """
    leak = leak_of(prepared, trades)
    return {
        "leak_share": leak.share if leak else None,
        "leak_share_hidden": leak.hidden if leak else None,
        "leak_share_bids": leak.bids if leak else None,
        "leak_share_totals": leak.totals if leak else None,
        "identified_share": identified_share(prepared, evenly(prepared, MOST_HOMES)),
    }
