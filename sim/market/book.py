"""The orders of one slot."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Ints

BUY, SELL = 1, -1
INT64_MAX = 2**63 - 1


@dataclass(frozen=True)
class OrderBook:
    """All orders of one slot, one row per home.

    slot:        number of the slot, at least 0
    quantity_wh: shape (homes,), int64: positive buys, negative sells, 0 is no order
    limit_price: shape (homes,), int64, nano-$ per Wh, at least 0; of no meaning without an order

    Raises ValueError where this does not hold, and where orders are too large to be rationed in int64.
    """

    slot: int
    quantity_wh: Ints
    limit_price: Ints

    def __post_init__(self) -> None:
        for array in ("quantity_wh", "limit_price"):  # as the book stands, whatever a mechanism does
            frozen = getattr(self, array).view()
            frozen.flags.writeable = False
            object.__setattr__(self, array, frozen)
        if self.slot < 0:
            raise ValueError(f"slot {self.slot} should be at least 0")
        if self.quantity_wh.ndim != 1 or self.quantity_wh.shape != self.limit_price.shape:
            shapes = f"{self.quantity_wh.shape} and {self.limit_price.shape}"
            raise ValueError(f"quantities and limits have shapes {shapes}; both should be (homes,)")
        if self.quantity_wh.dtype != np.int64 or self.limit_price.dtype != np.int64:
            types = f"{self.quantity_wh.dtype} and {self.limit_price.dtype}"
            raise ValueError(f"quantities and limits are {types}; both should be int64")
        if np.any(self.limit_price < 0):
            raise ValueError(f"limit price {self.limit_price.min()} should be at least 0")
        ends_wh = (int(end(initial=0)) for end in (self.quantity_wh.min, self.quantity_wh.max))
        largest_wh = max(map(abs, ends_wh))
        if len(self.quantity_wh) * largest_wh**2 <= INT64_MAX:  # so is what follows
            return
        most = sum(map(abs, self.quantity_wh.tolist())) * largest_wh  # bounds what rationing multiplies
        if most > INT64_MAX:
            raise ValueError(f"all orders x the largest is {most} Wh^2, which should be at most {INT64_MAX}")

    def signed(self, fill_wh: Ints) -> Ints:
        """Fills of at least 0 with the side of their orders, positive bought and negative sold: (homes,)."""
        fills: Ints = np.sign(self.quantity_wh) * fill_wh
        return fills
