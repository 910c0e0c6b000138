"""What a mechanism makes of orders: who trades how much, and what each pays or gets."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.arrays import Ints
from sim.market.book import INT64_MAX, OrderBook

MOST_MONEY = 2**60  # nano-$; a saving has up to five such terms, and their sum must stay inside int64


def check_money(most: int) -> None:
    """Raise OverflowError where so many nano-$ could come near the end of int64."""
    if most > MOST_MONEY:
        raise OverflowError(f"bills could reach {most} nano-$; they are exact up to {MOST_MONEY} nano-$")


def money(price: Ints, energy_wh: Ints) -> Ints:
    """Price x energy in nano-$, exact; so is every sum of these products.

    Raises OverflowError where the whole could come near the end of int64.
    """
    check_money(int(np.abs(price).max(initial=0)) * int(np.abs(energy_wh).sum()))
    return price * energy_wh


@dataclass(frozen=True)
class Clearing:
    """What becomes of one slot's orders.

    slot:    number of the slot
    fill_wh: shape (homes,), at least 0; the side is the order's
    payment: shape (homes,), nano-$: positive what a buyer pays, negative what a seller gets; fees aside

    Raises ValueError where these are no arrays of int64.
    """

    slot: int
    fill_wh: Ints
    payment: Ints

    def __post_init__(self) -> None:
        types = [getattr(each, "dtype", type(each).__name__) for each in (self.fill_wh, self.payment)]
        if types != [np.int64, np.int64]:
            raise ValueError(
                f"fills and payments of slot {self.slot + 1} are {types[0]} and {types[1]}; "
                "both should be int64"
            )

    @classmethod
    def at_one_price(cls, book: OrderBook, fill_wh: Ints, price: int) -> "Clearing":
        """Everybody trades at ``price``, nano-$ per Wh. Raises OverflowError where a payment leaves int64."""
        if price * int(fill_wh.max(initial=0)) > INT64_MAX:
            raise OverflowError(
                f"{fill_wh.max()} Wh at {price} nano-$ per Wh are more than {INT64_MAX} nano-$"
            )
        return cls(book.slot, fill_wh, price * book.signed(fill_wh))

    @property
    def price(self) -> int | None:
        """The price of every Wh, nano-$; None without trade, and where there are several."""
        filled = self.fill_wh > 0
        if not filled.any():
            return None
        first = int(np.argmax(filled))
        price = int(abs(self.payment[first])) // int(self.fill_wh[first])
        return price if np.array_equal(np.abs(self.payment), price * self.fill_wh) else None

    @property
    def surplus(self) -> int:
        """What buyers pay beyond what sellers get, nano-$: it goes to the utility."""
        return int(self.payment.sum())

    @property
    def traded_wh(self) -> int:
        """Energy that changes hands: bought, which equals sold."""
        return int(self.fill_wh.sum()) // 2

    @property
    def trades(self) -> int:
        """How many orders are filled, at least in part; each is one trade against the pool."""
        return int(np.count_nonzero(self.fill_wh))


@dataclass(frozen=True)
class Trades:
    """The clearings of many slots.

    fill_wh: shape (homes, slots), signed: positive bought, negative sold; sums to 0 over homes
    payment: shape (homes, slots), nano-$: positive paid, negative got; fees aside; sums to the surplus
    """

    fill_wh: Ints
    payment: Ints

    def plus(self, other: "Trades") -> "Trades":
        """Both together."""
        return Trades(self.fill_wh + other.fill_wh, self.payment + other.payment)

    def less(self, other: "Trades") -> "Trades":
        """What of these is not in the other."""
        return Trades(self.fill_wh - other.fill_wh, self.payment - other.payment)

    @classmethod
    def at_one_price(cls, fill_wh: Ints, price: Ints) -> "Trades":
        """Every slot has one price, shape (slots,), nano-$ per Wh. Raises OverflowError as ``money``."""
        return cls(fill_wh, money(price, fill_wh))

    @property
    def traded_wh(self) -> Ints:
        """Shape (slots,): energy that changes hands between homes."""
        traded_wh: Ints = np.minimum(*self._sides_wh)
        return traded_wh

    @property
    def _sides_wh(self) -> tuple[Ints, Ints]:
        """Bought and sold in all; they differ where the utility trades too."""
        return np.maximum(self.fill_wh, 0).sum(axis=0), np.maximum(-self.fill_wh, 0).sum(axis=0)

    @property
    def surplus(self) -> Ints:
        """Shape (slots,), nano-$: what buyers pay beyond what sellers get, which goes to the utility.

        Below 0 where the utility buys what is left over.
        """
        surplus: Ints = self.payment.sum(axis=0)
        return surplus

    @property
    def paid(self) -> Ints:
        """Shape (slots,), nano-$: what buyers pay for what homes sell, fees aside."""
        bought_wh, sold_wh = self._sides_wh
        paid: Ints = np.where(bought_wh == sold_wh, self._sides[0], self.price * self.traded_wh)
        return paid

    @property
    def _sides(self) -> tuple[Ints, Ints]:
        """What buyers pay and sellers get in all, nano-$."""
        return np.maximum(self.payment, 0).sum(axis=0), np.maximum(-self.payment, 0).sum(axis=0)

    @cached_property
    def price(self) -> Ints:
        """Shape (slots,), nano-$ per Wh: what buyers pay, their mean rounded down; 0 without trade.

        What sellers get where nobody buys but the utility.
        """
        (bought_wh, sold_wh), (paid, got) = self._sides_wh, self._sides
        buys = bought_wh > 0
        return np.where(buys, paid, got) // np.maximum(np.where(buys, bought_wh, sold_wh), 1)

    @cached_property
    def has_one_price(self) -> np.ndarray:
        """Shape (slots,): whether every Wh of the slot has the same price; so where nothing trades."""
        one: np.ndarray = (self.payment == self.price * self.fill_wh).all(axis=0)
        return one
