"""The digest that names a market's outcome: sha-256 of one canonical JSON text, hashed as it is written.

    {"balances":{NAME:NANO,...},"fills":[[SLOT,NAME,WH],...],"orders":[[SLOT,NAME,WH,PRICE],...],"prices":[...]}

Orders and fills are those that are not zero, by slot and then by home; keys are sorted, nothing is indented.
Prices are 0 without trade. Where a slot has several, its price is null and two lists more stand between
"orders" and "prices", of such slots alone: "paid":[[SLOT,NAME,NANO],...], and after "prices"
"surplus":[[SLOT,NANO],...]. So markets with one price in every slot have the text above.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from itertools import repeat

import numpy as np

from sim.arrays import Ints
from sim.market.clearing import Trades
from sim.venues.base import SealedRecord


def market_digest(
    homes: Sequence[str], quantity_wh: Ints, limit_price: Ints, trades: Trades, balances: Sequence[int]
) -> str:
    """Digest in hex of orders, fills, prices, and the balances of the utility and then the homes.

    Arrays have shape (homes, slots); the text of a large market is never held whole.
    """
    by_name = dict(zip(["utility", *homes], balances, strict=True))
    digest = hashlib.sha256()
    digest.update(f'{{"balances":{_json(by_name)},"fills":['.encode())
    for rows in _rows(homes, trades.fill_wh):
        digest.update(rows.encode())
    digest.update(b'],"orders":[')
    for rows in _rows(homes, quantity_wh, limit_price):
        digest.update(rows.encode())
    several = ~trades.has_one_price
    if several.any():
        digest.update(b'],"paid":[')
        for rows in _rows(homes, np.where(several, trades.payment, 0)):
            digest.update(rows.encode())
    prices = [None if many else price for many, price in zip(several, trades.price.tolist(), strict=True)]
    digest.update(f'],"prices":{_json(prices)}'.encode())
    if several.any():
        surplus = [[slot, int(trades.surplus[slot])] for slot in np.flatnonzero(several).tolist()]
        digest.update(f',"surplus":{_json(surplus)}'.encode())
    digest.update(b"}")
    return digest.hexdigest()


def sealed_digest(homes: Sequence[str], sealed: SealedRecord, balances: Sequence[int]) -> str:
    """Digest in hex of what is public of sealed orders, and the balances of the utility and then the homes.

        {"balances":{NAME:NANO,...},"cleared":[0 or 1,...],"deviations":[[...],...],
         "orders":[[GATE,NAME],...],"prices":[...],"totals":[...],"trades":[[...],...]}

    Sums of trades and deviations stand by period and then by home.
    """
    ordered = [[gate, homes[home]] for gate, home in np.argwhere(sealed.accepted.T).tolist()]
    text = {
        "balances": dict(zip(["utility", *homes], balances, strict=True)),
        "cleared": sealed.cleared.astype(int).tolist(),
        "deviations": sealed.deviation_sums,
        "orders": ordered,
        "prices": sealed.price.tolist(),
        "totals": sealed.totals.tolist(),
        "trades": sealed.trade_sums,
    }
    return hashlib.sha256(_json(text).encode()).hexdigest()


def _rows(homes: Sequence[str], energy_wh: Ints, *others: Ints) -> Iterator[str]:
    """One list's rows, a slot at a time, with the commas between them."""
    comma = ""
    for slot, slot_wh in enumerate(energy_wh.T):
        present = np.flatnonzero(slot_wh)
        if len(present):
            names = [homes[home] for home in present.tolist()]
            columns = [values[present, slot].tolist() for values in (energy_wh, *others)]
            yield comma + _json(list(zip(repeat(slot), names, *columns, strict=False)))[1:-1]
            comma = ","


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
