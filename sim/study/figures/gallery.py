"""Which figures a study has, which it cannot have, and why."""

from collections.abc import Callable, Iterator
from functools import partial

from matplotlib.figure import Figure

from sim.outputs.figures.gallery import png
from sim.outputs.figures.style import house_style
from sim.study.figures.break_even import GAS_PRICE, break_even
from sim.study.figures.heat_map import heat_map
from sim.study.figures.outcomes import BREAK_EVEN, COST, LEAK, SAVING
from sim.study.figures.outcomes_by_axis import outcomes_by_axis
from sim.study.figures.privacy_and_accuracy import FAMILY, HIDDEN, privacy_and_accuracy
from sim.study.figures.scales import field_name
from sim.study.figures.study_figure import MOST_SERIES, StudyTables
from sim.study.figures.welfare_and_cost import MOST_POINTS, welfare_and_cost
from sim.study.grid import Dimension

Plan = dict[str, Callable[[StudyTables], Figure] | str]


def gallery(study: StudyTables) -> Iterator[tuple[str, bytes]]:
    """Every figure of a study by name, as PNG."""
    for name, draw in plan_of(study).items():
        if not isinstance(draw, str):
            with house_style():
                yield name, png(draw(study))


def left_out(study: StudyTables) -> list[str]:
    """A sentence for every figure that the study cannot have."""
    return [f"{name}: {reason}" for name, reason in plan_of(study).items() if isinstance(reason, str)]


def plan_of(study: StudyTables) -> Plan:
    """What is drawn, or else the reason why it is not."""
    if not study.outcomes:
        return {"outcomes": "nothing is known of any point"}
    wide = [dimension for dimension in study.dimensions if len(dimension.steps) > 1]
    plan: Plan = {
        f"outcomes_by_{dimension.axes[0].replace('.', '_')}": _unless(
            _too_many_series(study, dimension), partial(outcomes_by_axis, dimension=dimension)
        )
        for dimension in wide or study.dimensions[:1]
    }
    if all(GAS_PRICE not in dimension.axes for dimension in wide):  # there the break-even tells it
        plan["welfare_and_cost"] = _unless(_no_welfare_and_cost(study), welfare_and_cost)
    if any({FAMILY, HIDDEN} & set(dimension.axes) for dimension in wide):
        plan["privacy_and_accuracy"] = _unless(_no_privacy(study), privacy_and_accuracy)
    if len(wide) == 2:
        plan["heat_map"] = partial(heat_map, across=wide[1], down=wide[0])
    for dimension in wide:
        if GAS_PRICE in dimension.axes:
            reason = _no_break_even(study, dimension)
            plan["break_even"] = _unless(reason, partial(break_even, dimension=dimension))
    return plan


def _unless(reason: str, draw: Callable[..., Figure]) -> Callable[[StudyTables], Figure] | str:
    return reason or draw


def _too_many_series(study: StudyTables, dimension: Dimension) -> str:
    series = len(study.series(dimension))
    if series <= MOST_SERIES:
        return ""
    others = ", ".join(field_name(axis) for axis in study.axes if axis not in dimension.axes)
    return (
        f"not drawn, the other axes ({others}) have {series} points and a figure has room for {MOST_SERIES}"
    )


def _no_welfare_and_cost(study: StudyTables) -> str:
    if not (SAVING.known(study.points) and COST.known(study.points)):
        return "not drawn, there are no savings and costs to be seen"
    return _too_many_points(study)


def _no_privacy(study: StudyTables) -> str:
    if not (LEAK.known(study.points) and COST.known(study.points)):
        return "not drawn, there are no leaks and costs to be seen"
    return _too_many_points(study)


def _too_many_points(study: StudyTables) -> str:
    points = len(study.points)
    return (
        f"not drawn, the study has {points} points and a figure has room for {MOST_POINTS}"
        if points > MOST_POINTS
        else ""
    )


def _no_break_even(study: StudyTables, dimension: Dimension) -> str:
    if not BREAK_EVEN.known(study.points):
        return "not drawn, at no gas price does the saving pay for the proofs"
    if len(dimension.axes) > 1:
        return "not drawn, the gas price advances together with other axes"
    return _too_many_series(study, dimension)
