"""A continuous double auction: orders arrive one by one and trade with what stands."""

import hashlib
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np

from sim.arrays import Ints
from sim.market.book import BUY, SELL
from sim.market.mechanisms.mechanism import mechanisms
from sim.market.mechanisms.rounds import InRounds
from sim.registry import parameter


@mechanisms.register
@dataclass(frozen=True)
class Continuous(InRounds):
    """Every home quotes once a round, in an order that nobody can choose: by sha-256 of slot, home and round.

    A quote takes the place of the home's standing one. It trades with the best standing quotes of the other
    side that accept it, best price first and of one price the earliest first, each at the standing quote's
    price; what is left of it stands, into later rounds too. So a home may be filled in a round at the limit
    that it named in the one before, before its new quote arrives.

    Where the bid arrives first they trade at the bid, and else at the ask:

    >>> import numpy as np
    >>> ["bid" if arrival(slot, 0, 0) < arrival(slot, 1, 0) else "ask" for slot in (0, 1)]
    ['bid', 'ask']
    >>> quantity_wh, limits = np.array([10, -10]), np.array([8, 4])
    >>> [Continuous().session(slot, quantity_wh).hold(limits)[1].tolist() for slot in (0, 1)]
    [[80, -80], [40, -40]]
    """

    name = "continuous"
    meaning = "a continuous double auction: quotes arrive one by one and trade with the best that stand"
    source = "Smith, Journal of Political Economy 70(2) (1962), 111-137; Gode and Sunder, JPE 101 (1993)"
    quotes: int = parameter(10, "quotes of a home a slot", least=1, most=2_000)

    @property
    def rounds(self) -> int:
        """See ``InRounds``."""
        return self.quotes

    def session(self, slot: int, quantity_wh: Ints) -> "_StandingQuotes":
        """See ``InRounds``."""
        return _StandingQuotes(slot, quantity_wh)


def arrival(slot: int, home: int, number: int) -> int:
    """When a home's quote of a round arrives, earliest first: sha-256 of the three, 32 bytes each."""
    words = b"".join(each.to_bytes(32, "big") for each in (slot, home, number))
    return int.from_bytes(hashlib.sha256(words).digest(), "big")


class _StandingQuotes:
    """See ``Session``.

    Of each side a heap of (merit, when, home), where "when" counts arrivals; a home's latest counts alone.
    """

    def __init__(self, slot: int, quantity_wh: Ints) -> None:
        self._slot, self._round, self._arrived = slot, 0, 0
        self._side = np.sign(quantity_wh).tolist()
        self._left_wh = np.abs(quantity_wh).tolist()
        self._latest: dict[int, int] = {}
        self._heaps: dict[int, list[tuple[int, int, int]]] = {BUY: [], SELL: []}

    def hold(self, limit_price: Ints) -> tuple[Ints, Ints]:
        limits, homes = limit_price.tolist(), range(len(self._left_wh))
        made = np.zeros((2, len(limits)), dtype=np.int64)
        arriving = [home for home in homes if self._left_wh[home]]
        for home in sorted(arriving, key=lambda each: arrival(self._slot, each, self._round)):
            self._quote(home, limits[home], made)
        self._round += 1
        return made[0], made[1]

    def _quote(self, home: int, limit: int, made: Ints) -> None:
        """One arrival; ``made``: signed fills and payments of the round, which it adds to."""
        side, others = self._side[home], self._heaps[-self._side[home]]
        self._arrived += 1
        self._latest[home] = self._arrived
        while self._left_wh[home] and others:
            merit, when, other = others[0]
            if self._latest[other] != when or not self._left_wh[other]:
                heappop(others)
                continue
            price = side * merit
            if side * price > side * limit:
                break
            traded_wh = min(self._left_wh[home], self._left_wh[other])
            for each in (home, other):
                self._left_wh[each] -= traded_wh
                made[:, each] += (self._side[each] * traded_wh, self._side[each] * traded_wh * price)
        if self._left_wh[home]:
            heappush(self._heaps[side], (-side * limit, self._arrived, home))
