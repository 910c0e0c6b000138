"""Counts, notes and money as people read them, the same wherever they do."""

from sim.units import dollars, dollars_per_kwh


def counted(count: int, noun: str) -> str:
    """A number and its noun: "1 home", "2 homes"."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def noted(sentence: str) -> str:
    """A sentence that is worth knowing before a run: "note: no home generates anything"."""
    return f"note: {sentence}"


def money(nano: int | float, digits: int = 2, signed: bool = False) -> str:
    """nano-$ as "$7.17" or "-$0.40", a gain as "+$0.40" if ``signed``; what rounds to nothing has no sign."""
    value = round(dollars(nano), digits)
    sign = "-" if value < 0 else "+" if signed and value > 0 else ""
    return f"{sign}${abs(value):,.{digits}f}"


def price(nano_per_wh: int | float) -> str:
    """nano-$ per Wh as "$0.134/kWh"."""
    value = round(dollars_per_kwh(nano_per_wh), 3)
    return f"{'-' if value < 0 else ''}${abs(value):,.3f}/kWh"
