"""A community with a forecaster that takes given bids through one gate of the market contract.

Both flows end here: the same contracts, the same stages, whatever proves the bids and whichever EVM runs.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sim.arrays import Ints
from sim.chain.accounts import OPERATORS, account
from sim.chain.base import Account, Chain
from sim.chain.market_client import (
    Enrolment,
    Market,
    MarketTerms,
    ModelRegistration,
    deploy_market,
    gate_times,
    genesis_timestamp,
    register_models,
    send,
)
from sim.chain.submission import Submission, orders_of_words
from sim.errors import ChainError
from sim.forecast.dense import RealDense
from sim.market.book import OrderBook
from sim.market.mechanisms import mechanisms
from sim.market.mechanisms.mechanism import AVERAGE_PRICE
from sim.proofs.field import COMMITMENT_BYTES
from sim.seeds import Streams

ChainOpener = Callable[[Sequence[Account], int, int], Chain]

LOOKBACK, HIDDEN = 24, 8
LIMIT_WH = 12_000
BLOCK_GAS_LIMIT = 30_000_000
_FIRST_DELIVERY = 1_470_009_600  # 2016-08-01 00:00
_SLOT_S = 3_600
_RETAIL, _FEED_IN, _LIMIT_PRICE, _CREDIT = 220_000, 60_000, 140_000, 10**15


def forecaster(horizon: int) -> RealDense:
    """The forecaster that both flows prove: 24 -> 8 -> horizon, the mean of yesterday.

    Half of the hidden neurons take the window's mean, half its negative; outputs put them together. What a
    proof costs depends on the shape and the range of the values, not on the weights: these are simple because
    the bench has no use for training.
    """
    signs = np.where(np.arange(HIDDEN) % 2, -1.0, 1.0)
    means = np.repeat(signs[:, None] / LOOKBACK, LOOKBACK, axis=1)
    together = np.repeat(signs[None, :] / (HIDDEN // 2), horizon, axis=0)
    return RealDense("mlp", (means, together), (np.zeros(HIDDEN), np.zeros(horizon)))


def window_wh(home: int) -> Ints:
    """A window of shape (24,) of integer Wh: homes of even number buy, the others sell."""
    size_wh = 600 + 40 * home + 25 * np.arange(LOOKBACK, dtype=np.int64)
    return -size_wh if home % 2 else size_wh


@dataclass(frozen=True)
class Bid:
    """A home's bid: its proof, whose first 64 bytes are committed to, and public outputs (field elements)."""

    proof: bytes
    instances: tuple[int, ...]


@dataclass(frozen=True)
class MarketCost:
    """CPU seconds of one gate.

    verify_cpu_s: commitments posted, bids signed, submitted and verified
    clear_cpu_s:  every slot cleared off chain and on, and the gate settled
    orders:       how many orders the contract took
    traded_wh:    energy bought
    """

    verify_cpu_s: float
    clear_cpu_s: float
    orders: int
    traded_wh: int


def hold_gate(open_chain: ChainOpener, registration: ModelRegistration, bids: Sequence[Bid]) -> MarketCost:
    """Take one bid per home through commitment, submission, clearing and settlement, nobody refused.

    Contracts, keys and enrolments come before the clock starts. Raises ChainError where the chain refuses
    anything, nothing is ordered, or the ledger does not sum to zero.
    """
    utility, meter, auctioneer, *homes = (
        account(Streams(7), name) for name in (*OPERATORS, *(f"home {i}" for i in range(len(bids))))
    )
    horizon = len(bids[0].instances)
    terms = MarketTerms(_FIRST_DELIVERY, _SLOT_S, horizon, 1, LOOKBACK, 1, 0, (0,) * 24, AVERAGE_PRICE)
    genesis = genesis_timestamp(terms)
    chain = open_chain([utility, meter, auctioneer, *homes], genesis, BLOCK_GAS_LIMIT)
    market, _ = deploy_market(chain, genesis, terms, utility, meter, auctioneer, with_verifier=True)
    register_models(market, genesis, utility, [registration], horizon)
    grants = (registration.forecaster, LIMIT_WH, LIMIT_WH, _CREDIT, (_RETAIL,), (_FEED_IN,))
    enrolments = [Enrolment(home.address, *grants) for home in homes]
    send(chain, genesis, [market.enrol(utility, enrolment) for enrolment in enrolments])

    started = time.process_time()
    quantity_wh = _submit(market, terms, meter, homes, bids)
    submitted = time.process_time()
    traded_wh = _clear_and_settle(market, terms, auctioneer, meter, quantity_wh)
    ended = time.process_time()
    orders = int(np.count_nonzero(quantity_wh))
    left_over = sum(market.balances(len(homes)), start=0)
    if not orders or left_over:
        raise ChainError(f"{orders} orders, and a ledger that sums to {left_over}")
    return MarketCost(submitted - started, ended - submitted, orders, traded_wh)


def _submit(
    market: Market, terms: MarketTerms, meter: Account, homes: Sequence[Account], bids: Sequence[Bid]
) -> Ints:
    """Commit and submit; accepted quantities, shape (homes, horizon), as the contract logged them."""
    times = gate_times(terms, 0)
    points = [bid.proof[:COMMITMENT_BYTES] for bid in bids]
    send(market.chain, times.window_end, [market.commit(meter, 0, range(1, len(homes) + 1), points)])
    limits = (_LIMIT_PRICE,) * terms.horizon
    submissions = [
        market.submit(home, Submission(0, bid.proof, bid.instances, limits))
        for home, bid in zip(homes, bids, strict=True)
    ]
    receipts = send(market.chain, times.opens, submissions)
    events = [market.artifact.event(receipt.logs[0])[1] for receipt in receipts]
    return np.array([orders_of_words(event["orders"], terms.horizon)[0] for event in events])


def _clear_and_settle(
    market: Market, terms: MarketTerms, auctioneer: Account, meter: Account, quantity_wh: Ints
) -> int:
    """Clear every slot and settle without deviations; energy bought in Wh."""
    times, calls, traded_wh = gate_times(terms, 0), [], 0
    limits = np.full(len(quantity_wh), _LIMIT_PRICE, dtype=np.int64)
    mechanism = mechanisms.make("uniform")
    for slot in range(terms.horizon):
        clearing = mechanism.clear(OrderBook(slot, quantity_wh[:, slot], limits))
        traded_wh += int(clearing.fill_wh[quantity_wh[:, slot] > 0].sum())
        calls.append(market.clear(auctioneer, clearing))
    send(market.chain, times.closes, calls)
    nothing = np.zeros(len(quantity_wh), dtype=np.int64)
    send(market.chain, times.settles, [market.settle(meter, 0, 0, nothing, nothing)])
    return traded_wh
