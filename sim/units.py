"""Units. Energy is integer Wh, prices are integer nano-$ per Wh, so price x energy is exact money in nano-$.

"$" stands for whatever currency the scenario means. Floats and decimals exist only where a person reads or
writes; nothing on the money, energy or chain path is a float.
"""

from decimal import Decimal

NANO = 10**9
PPM = 10**6
WH_PER_KWH = 1_000
NANO_PER_WH_PER_DOLLAR_PER_KWH = NANO // WH_PER_KWH
YEARS = range(2, 9_998)
"""In which readings and runs may be, so that what lies a year before or behind them is still a date."""


def price_from_dollars_per_kwh(dollars_per_kwh: Decimal) -> int:
    """Exact price in nano-$ per Wh of a decimal price in $/kWh.

    Raises ValueError where the price has more than six decimals and so no exact integer.
    """
    scaled = dollars_per_kwh * NANO_PER_WH_PER_DOLLAR_PER_KWH
    if scaled != scaled.to_integral_value():
        raise ValueError(f"${dollars_per_kwh}/kWh has more than six decimals")
    return int(scaled)


def dollars_per_kwh(nano_per_wh: int | float) -> float:
    """Price in $/kWh, for display only."""
    return nano_per_wh / NANO_PER_WH_PER_DOLLAR_PER_KWH


def dollars(nano: int | float) -> float:
    """Money in $, for display only."""
    return nano / NANO


def kwh(wh: int) -> float:
    """Energy in kWh, for display only."""
    return wh / WH_PER_KWH


def share(part: float, whole: int) -> float | None:
    """One sum over another; None where there is nothing to have a share of, or less."""
    return part / whole if whole > 0 else None
