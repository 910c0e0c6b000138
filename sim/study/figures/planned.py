"""Which figures a study's axes call for, and which of them would hold too much; known before it is run."""

from collections.abc import Mapping, Sequence
from math import prod

from sim.study.figures.names import field_name
from sim.study.grid import Dimension, Values, dimensions_of

MOST_SERIES = 4
MOST_POINTS = 48
FAMILY, HIDDEN, GAS_PRICE = "forecast.family", "forecast.hidden", "chain.gas_price"
ORDERS = "market.orders"
LEFT_OUT = "not drawn, "
NO_INTERVALS = "no intervals are drawn for such means"


def planned(points: Sequence[Values], axes: Sequence[str]) -> dict[str, str]:
    """What is said of each figure: how it is drawn, which may be nothing, or LEFT_OUT and the reason.

    What becomes known only by running, as whether there are savings to be seen, may leave out more.
    """
    dimensions = dimensions_of(points, axes)
    wide = wide_ones(dimensions)
    plan = {name_by(dimension): averaged(dimension, dimensions) for dimension in wide or dimensions[:1]}
    if not any(GAS_PRICE in dimension.axes for dimension in wide):  # there the break-even tells it
        plan["welfare_and_cost"] = _too_many(len(points))
    if any({FAMILY, HIDDEN} & set(dimension.axes) for dimension in wide):
        plan["privacy_and_accuracy"] = _too_many(len(points))
    if any(ORDERS in dimension.axes for dimension in wide):
        plan["privacy_welfare_cost"] = ""
    if len(wide) > 1:
        plan["heat_map"] = averaged_in_map(dimensions)
    for dimension in wide:
        if GAS_PRICE in dimension.axes:
            plan["break_even"] = _no_break_even(dimension, dimensions)
    return plan


def wide_ones(dimensions: Sequence[Dimension]) -> list[Dimension]:
    """Those with more than one step."""
    return [dimension for dimension in dimensions if len(dimension.steps) > 1]


def name_by(dimension: Dimension) -> str:
    """The name of the figure of outcomes along a dimension."""
    return f"outcomes_by_{dimension.axes[0].replace('.', '_')}"


def others_of(dimension: Dimension, dimensions: Sequence[Dimension]) -> tuple[int, str]:
    """How many points the other dimensions have, and their axes in words."""
    others = [other for other in dimensions if other != dimension]
    count = 1
    for other in others:
        count *= len(other.steps)
    return count, ", ".join(field_name(axis) for other in wide_ones(others) for axis in other.axes)


def averaged(dimension: Dimension, dimensions: Sequence[Dimension]) -> str:
    """What a figure averages over, where the other dimensions have more points than it has room for."""
    count, names = others_of(dimension, dimensions)
    return f"means over the {count} points of the other axes ({names})" if count > MOST_SERIES else ""


def averaged_in_map(dimensions: Sequence[Dimension]) -> str:
    """What a map of the last two axes averages over; nothing where there are no others."""
    others = wide_ones(dimensions)[:-2]
    count = prod(len(other.steps) for other in others)
    names = ", ".join(field_name(axis) for other in others for axis in other.axes)
    return f"means over the {count} points of the other axes ({names})" if others else ""


def _too_many(points: int) -> str:
    room = f"{LEFT_OUT}the study has {points} points and a figure has room for {MOST_POINTS}"
    return room if points > MOST_POINTS else ""


def _no_break_even(dimension: Dimension, dimensions: Sequence[Dimension]) -> str:
    if len(dimension.axes) > 1:
        return f"{LEFT_OUT}the gas price advances together with other axes"
    count, names = others_of(dimension, dimensions)
    room = f"{LEFT_OUT}the other axes ({names}) have {count} points and a figure has room for {MOST_SERIES}"
    return room if count > MOST_SERIES else ""


def described(plan: Mapping[str, str]) -> list[str]:
    """Lines for the terminal: the figures that are drawn, and how; then those that are not, and why."""
    width = max(map(len, plan))
    drawn = {name: remark for name, remark in plan.items() if not remark.startswith(LEFT_OUT)}
    lines = [f"  {name:<{width}}  {remark}".rstrip() for name, remark in drawn.items()]
    out = [f"  {name:<{width}}  {remark}" for name, remark in plan.items() if name not in drawn]
    return ["figures:", *lines, *out]
