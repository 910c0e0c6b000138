"""Values of scenario fields: how numbers, prices, money and tariffs are read from TOML and written back."""

import math
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from sim.market.tariffs import Tariff
from sim.units import NANO, NANO_PER_WH_PER_DOLLAR_PER_KWH, price_from_dollars_per_kwh

MAX_PRICE = 1_000  # $/kWh
MAX_MONEY = 10**9  # $


def exact(number: float) -> Fraction:
    """The decimal number that was written, not its nearest binary fraction."""
    return Fraction(Decimal(str(number)))


def _number(value: object) -> object:
    """TOML numbers arrive as int or Decimal; a field that is a real number takes both, and no text."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | float):
        raise ValueError("should be a number")
    if not _is_finite(value):
        raise ValueError("should be a finite number")
    return float(value)


def _is_finite(value: float | Decimal) -> bool:
    """Whether a float can hold it, which whole numbers may be too large for."""
    return abs(value) <= sys.float_info.max if isinstance(value, int) else math.isfinite(value)


def _start(value: object) -> object:
    """A date means its midnight; text is read as well, because TOML's own times need their seconds."""
    if type(value) is date:
        return datetime.combine(value, time())
    if isinstance(value, datetime):
        return value
    with suppress(ValueError, TypeError):
        return datetime.fromisoformat(value)  # type: ignore[arg-type]
    raise ValueError("should be a date, or a local time like 2017-06-12T16:30:00")


def _price(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | float):
        raise ValueError("should be a price in $/kWh, or a table of start times and prices")
    if not (_is_finite(value) and 0 <= value <= MAX_PRICE):
        raise ValueError(f"should be between $0/kWh and ${MAX_PRICE:,}/kWh")
    return price_from_dollars_per_kwh(Decimal(str(value)))


def _money(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | float):
        raise ValueError("should be an amount in $")
    if not (_is_finite(value) and 0 <= value <= MAX_MONEY):
        raise ValueError(f"should be between $0 and ${MAX_MONEY:,}")
    nano = Decimal(str(value)) * NANO
    if nano != nano.to_integral_value():
        raise ValueError("should have at most nine decimals")
    return int(nano)


def _minute_of_day(text: str) -> int:
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", text)
    if not match:
        raise ValueError(f'has start time "{text}", which should be like "16:30"')
    return int(match[1]) * 60 + int(match[2])


def _tariff(value: object) -> object:
    if isinstance(value, Tariff):
        return value
    if isinstance(value, Mapping):
        return Tariff(tuple(sorted((_minute_of_day(str(start)), _price(p)) for start, p in value.items())))
    return Tariff.flat(_price(value))


def _price_to_toml(nano: int) -> Decimal:
    return Decimal(nano) / NANO_PER_WH_PER_DOLLAR_PER_KWH


def _tariff_to_toml(tariff: Tariff) -> object:
    if len(tariff.steps) == 1:
        return _price_to_toml(tariff.steps[0][1])
    return {f"{minute // 60:02d}:{minute % 60:02d}": _price_to_toml(nano) for minute, nano in tariff.steps}


Real = Annotated[float, BeforeValidator(_number)]
Start = Annotated[datetime, BeforeValidator(_start)]
PriceField = Annotated[int, BeforeValidator(_price), PlainSerializer(_price_to_toml)]
MoneyField = Annotated[int, BeforeValidator(_money), PlainSerializer(lambda nano: Decimal(nano) / NANO)]
TariffField = Annotated[
    Tariff,
    BeforeValidator(_tariff),
    PlainSerializer(_tariff_to_toml),
    WithJsonSchema({"type": "number or table"}),
]
