import hashlib
import json
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sim.market.clearing import Trades
from sim.outputs.market_digest import market_digest
from tests.runs import run, scenario

SHAPE = (3, 5)
NAMES = ["zoe", 'h"1', "älm"]
grids = arrays.arrays(np.int64, SHAPE, elements=st.integers(-(2**62), 2**62) | st.just(0))
balanced = arrays.arrays(np.int64, SHAPE, elements=st.integers(-99, 99)).map(
    lambda energy_wh: np.vstack([energy_wh[1:], -energy_wh[1:].sum(axis=0)])
)


def by_definition(homes, quantity_wh, limit_price, trades, balances):
    """The canonical text, made whole."""

    def rows(energy_wh, *others):
        return [
            [slot, homes[home], *(int(values[home, slot]) for values in (energy_wh, *others))]
            for slot in range(energy_wh.shape[1])
            for home in np.flatnonzero(energy_wh[:, slot]).tolist()
        ]

    one = [
        len({pay / wh for pay, wh in zip(*column, strict=True) if wh}) < 2
        for column in zip(trades.payment.T.tolist(), trades.fill_wh.T.tolist(), strict=True)
    ]
    content = {
        "orders": rows(quantity_wh, limit_price),
        "fills": rows(trades.fill_wh),
        "prices": [price if alone else None for price, alone in zip(trades.price.tolist(), one, strict=True)],
        "balances": dict(zip(["utility", *homes], balances, strict=True)),
    }
    if not all(one):
        content["paid"] = rows(np.where(one, 0, trades.payment))
        surplus = trades.payment.sum(axis=0).tolist()
        content["surplus"] = [[slot, surplus[slot]] for slot, alone in enumerate(one) if not alone]
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@settings(deadline=None)
@given(grids, grids, balanced, st.lists(st.integers(0, 2**40), min_size=5, max_size=5), st.booleans())
def test_the_digest_is_that_of_the_canonical_text(quantity_wh, limit_price, fill_wh, prices, several):
    quantity_wh[:, 0] = 0  # slots without orders, at the beginning and at the end
    fill_wh[:, -1] = 0
    trades = Trades.at_one_price(fill_wh, np.array(prices))
    if several:  # buyers pay a nano-$ more, whatever they buy: the surplus of some slots
        trades = replace(trades, payment=trades.payment + (fill_wh > 0) * (fill_wh[0] % 2))
    market = (NAMES, quantity_wh, limit_price, trades, (1, -4, 0, 3))
    assert market_digest(*market) == by_definition(*market)


def test_everything_about_the_outcome_counts():
    outcome = run(scenario("tiny", "proofs.policy=none", 'chain.backend="none"'))
    trades = outcome.trades
    other_fills, other_payments = trades.fill_wh.copy(), trades.payment.copy()
    other_fills[0, 0] += 1
    other_payments[np.nonzero(trades.fill_wh)] += 1
    others = [
        replace(outcome, quantity_wh=outcome.quantity_wh + 1),
        replace(outcome, limit_price=outcome.limit_price + 1),
        replace(outcome, trades=Trades(other_fills, trades.payment)),
        replace(outcome, trades=Trades(trades.fill_wh, other_payments)),
        replace(outcome, balances=(1, -1, *outcome.balances[2:])),
    ]
    digests = [each.market_digest for each in (outcome, *others)]
    assert (len(set(digests)), replace(outcome).market_digest) == (len(digests), digests[0])
