"""A price within an interval, k of the way up."""

from dataclasses import dataclass

from sim.arrays import Ints
from sim.market.mechanisms.mechanism import Mechanism
from sim.registry import parameter
from sim.units import PPM


@dataclass(frozen=True)
class WithinInterval(Mechanism):
    """Knows where in an interval a price lies: at lower + floor(k (upper - lower))."""

    k: float = parameter(0.5, "where in the interval the price lies, to six decimals", least=0, most=1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if abs(self.k * PPM - self.k_ppm) > 1e-6:
            raise ValueError(f"k = {self.k!r} should have at most six decimals")

    @property
    def k_ppm(self) -> int:
        """k in parts per million, as the contract has it."""
        return round(self.k * PPM)

    def between(self, lower: int, upper: int) -> int:
        """The price, nano-$ per Wh."""
        return lower + (upper - lower) * self.k_ppm // PPM

    def all_between(self, lower: Ints, upper: Ints) -> Ints:
        """The same of many slots; shapes (slots,)."""
        return lower + (upper - lower) * self.k_ppm // PPM
