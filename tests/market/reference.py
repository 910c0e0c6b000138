"""The auction a second time, in plain Python and without numpy, by single Wh."""

import hashlib
from fractions import Fraction
from math import floor

from sim.market.book import OrderBook

Order = tuple[int, int, int]  # home, Wh, limit


def sides(book: OrderBook) -> tuple[list[Order], list[Order]]:
    rows = list(
        zip(range(len(book.quantity_wh)), book.quantity_wh.tolist(), book.limit_price.tolist(), strict=True)
    )
    return [(h, q, p) for h, q, p in rows if q > 0], [(h, -q, p) for h, q, p in rows if q < 0]


def reference_clear(book: OrderBook) -> tuple[int | None, list[int]]:
    """Price and fills, matching single Wh best against best: only for small books."""
    buys, sells = sides(book)
    bids = sorted((p for _, q, p in buys for _ in range(q)), reverse=True)
    asks = sorted(p for _, q, p in sells for _ in range(q))
    matched = [(bid, ask) for bid, ask in zip(bids, asks, strict=False) if bid >= ask]
    fills = [0] * len(book.quantity_wh)
    if not matched:
        return None, fills
    bid, ask = matched[-1]
    for orders, limit, sign in ((buys, bid, 1), (sells, ask, -1)):
        for home, fill in expected_fills(book.slot, orders, limit, sign, len(matched)).items():
            fills[home] = fill
    return floor(Fraction(bid + ask, 2)), fills


def expected_fills(slot: int, orders: list[Order], limit: int, sign: int, volume: int) -> dict[int, int]:
    """All of the better orders, and the rest shared among those at the limit."""
    fills = {home: q for home, q, p in orders if sign * p > sign * limit}
    marginal = [(home, q) for home, q, p in orders if p == limit]
    left, wanted = volume - sum(fills.values()), sum(q for _, q in marginal)
    shares = {home: floor(Fraction(left * q, wanted)) for home, q in marginal}
    first = sorted(
        shares, key=lambda home: hashlib.sha256(bytes.fromhex(f"{slot:064x}{home:064x}")).hexdigest()
    )
    for home in first[: left - sum(shares.values())]:
        shares[home] += 1
    return fills | shares
