"""Units."""

from decimal import Decimal

import pytest

from sim.units import dollars, dollars_per_kwh, kwh, price_from_dollars_per_kwh, share


def test_prices_are_exact() -> None:
    assert price_from_dollars_per_kwh(Decimal("0.22")) == 220_000
    assert price_from_dollars_per_kwh(Decimal("0.000001")) == 1
    with pytest.raises(ValueError, match="more than six decimals"):
        price_from_dollars_per_kwh(Decimal("0.0000001"))


def test_what_people_see() -> None:
    assert dollars_per_kwh(220_000) == 0.22
    assert dollars(220_000 * 1_000) == 0.22  # one kWh at this price
    assert kwh(1_500) == 1.5


def test_a_share_needs_something_to_share():
    assert share(3, 12) == 0.25
    assert share(-3, 12) == -0.25
    assert share(3, 0) is None
    assert share(-3, -12) is None
