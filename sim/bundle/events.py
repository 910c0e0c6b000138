"""A run's outcome read off what the contract logged, and off nothing else.

Balances are booked again from fills, prices and posted deviations, and have to be the contract's.
"""

import numpy as np

from sim.arrays import Ints
from sim.bundle.community import Community
from sim.bundle.execution import Accepted, Executed
from sim.chain.market_client import trades_of_events
from sim.chain.submission import orders_of_words
from sim.errors import BundleError
from sim.market.bills import deviation_payments, trade_payments
from sim.market.clearing import Trades
from sim.market.mechanisms import mechanisms
from sim.market.orders import Orders
from sim.market.trades import clear_slots
from sim.outputs.outcome import Outcome, Timing
from sim.proofs.field import COMMITMENT_BYTES
from sim.proofs.prover import Proof

Deviations = dict[tuple[int, int], tuple[Ints, Ints]]
"""By gate and tariff period: Wh short of and beyond the fills, each of shape (homes,)."""


def outcome_of_events(community: Community, executed: Executed) -> tuple[Outcome, Deviations]:
    """The outcome, as far as the chain knows it, and the deviations that the meter posted.

    What readings are in is zero in it. Raises BundleError where the contract's ledger is not what
    its events say, or a slot was cleared otherwise than by the scenario's mechanism.
    """
    prepared = community.prepared
    shape = prepared.reading_wh.shape
    quantity_wh, limit_price = (np.zeros(shape, dtype=np.int64) for _ in range(2))
    deviations: Deviations = {}
    events = [community.market.artifact.event(accepted.receipt.logs[0]) for accepted in executed.calls]
    for name, event in events:
        if name == "OrdersSubmitted":
            row, slots = event["home"] - 1, prepared.slots_of(event["gate"])
            orders = orders_of_words(event["orders"], prepared.scenario.time.horizon)
            quantity_wh[row, slots], limit_price[row, slots] = orders
        elif name == "GateSettled":
            totals = (np.array(event[side], dtype=np.int64) for side in ("short_wh", "beyond_wh"))
            short_wh, beyond_wh = totals
            deviations[event["gate"], event["period"]] = short_wh, beyond_wh
    trades = trades_of_events(events, quantity_wh, 0)
    cleared = sorted(each.call.arguments["slot"] for each in executed.calls if each.stage == "clear")
    _check_mechanism(community, cleared, Orders(quantity_wh, limit_price), trades)
    outcome = Outcome(
        prepared=prepared,
        strategies=community.strategies,
        scheduled_wh=quantity_wh,
        quantity_wh=quantity_wh,
        limit_price=limit_price,
        realised_wh=prepared.reading_wh,
        attacks=None,
        trades=trades,
        balances=_balances(community, trades, deviations),
        sent=executed.sent,
        blocks=tuple(community.chain.blocks),
        verifier=community.market.verifier,
        verifier_code_hash=community.chain.code_hash(community.market.verifier),
        market_code_hash=community.chain.code_hash(community.market.address),
        circuits=community.circuits,
        proofs=_proofs(community, executed),
        timing=Timing(0.0, 0.0, 0.0),
    )
    return outcome, deviations


def _check_mechanism(community: Community, slots: list[int], orders: Orders, trades: Trades) -> None:
    """Cleared slots are what the mechanism makes of their orders, of which a contract may check less."""
    mechanism = community.prepared.mechanism
    if mechanisms.stands_in(mechanism.name):
        return
    made = clear_slots(mechanism, np.array(slots), orders.quantity_wh[:, slots], orders.limit_price[:, slots])
    other = (made.fill_wh != trades.fill_wh[:, slots]) | (made.payment != trades.payment[:, slots])
    if other.any():
        slot = slots[int(np.argmax(other.any(axis=0)))] + 1
        raise BundleError(f"slot {slot:,} is not cleared as {mechanism.name} clears its orders")


def _balances(community: Community, trades: Trades, deviations: Deviations) -> tuple[int, ...]:
    prepared = community.prepared
    homes: Ints = -trade_payments(trades, prepared.outside).sum(axis=1)
    for (_, period), (short_wh, beyond_wh) in deviations.items():
        tariffs = prepared.tariffs.retail[:, period], prepared.tariffs.feed_in[:, period]
        homes -= deviation_payments(short_wh, beyond_wh, *tariffs)
    booked = (-int(homes.sum()), *map(int, homes))
    ledger = tuple(community.market.balances(len(homes)))
    if booked != ledger:
        raise BundleError(f"the ledger holds {ledger} nano-$, where the events make {booked} nano-$")
    return booked


def _proofs(community: Community, executed: Executed) -> dict[tuple[int, int], Proof]:
    """The proofs of accepted submissions by (home from 0, gate); none where a stub accepted them."""
    if not community.circuits:
        return {}
    submissions = [each for each in executed.calls if each.call.function == "submit"]
    return {(community.row_of(each.receipt), each.gate): _proof(each) for each in submissions}


def _proof(submission: Accepted) -> Proof:
    """As calldata hold it; salts and proving time are nobody's business."""
    proof, instances = submission.call.arguments["proof"], submission.call.arguments["instances"]
    return Proof(proof[:COMMITMENT_BYTES], proof, tuple(instances), salts=(), prove_cpu_s=0.0)
