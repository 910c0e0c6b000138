"""Which figures a study has, which it cannot have, and why."""

from collections.abc import Callable, Iterator
from functools import partial

from matplotlib.figure import Figure

from sim.measures.measure import Measure
from sim.outputs.figures.gallery import png
from sim.outputs.figures.style import house_style
from sim.study.figures.break_even import break_even
from sim.study.figures.heat_map import heat_map
from sim.study.figures.outcomes import BREAK_EVEN, COST, LEAK, SAVING
from sim.study.figures.outcomes_by_axis import outcomes_by_axis
from sim.study.figures.planned import GAS_PRICE, LEFT_OUT, name_by, planned, wide_ones
from sim.study.figures.privacy_and_accuracy import privacy_and_accuracy
from sim.study.figures.study_figure import StudyTables
from sim.study.figures.welfare_and_cost import welfare_and_cost

Draw = Callable[[StudyTables], Figure]
Plan = dict[str, Draw | str]

NEEDS: dict[str, tuple[tuple[Measure, ...], str]] = {
    "welfare_and_cost": ((SAVING, COST), "there are no savings and costs to be seen"),
    "privacy_and_accuracy": ((LEAK, COST), "there are no leaks and costs to be seen"),
    "break_even": ((BREAK_EVEN,), "at no gas price does the saving pay for the proofs"),
}
"""What has to be known for a figure, and what is said where it is not."""


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
    drawings = _drawings(study)
    plan: Plan = {}
    for name, remark in planned(study.values, study.axes).items():
        needed, without = NEEDS.get(name, ((), ""))
        if not all(outcome.known(study.points) for outcome in needed):
            plan[name] = f"{LEFT_OUT}{without}"
        else:
            plan[name] = remark if remark.startswith(LEFT_OUT) else drawings[name]
    return plan


def _drawings(study: StudyTables) -> dict[str, Draw]:
    """How to draw every figure that the study's axes call for."""
    wide = wide_ones(study.dimensions)
    drawings: dict[str, Draw] = {
        "welfare_and_cost": welfare_and_cost,
        "privacy_and_accuracy": privacy_and_accuracy,
    }
    for dimension in wide or study.dimensions[:1]:
        drawings[name_by(dimension)] = partial(outcomes_by_axis, dimension=dimension)
        if GAS_PRICE in dimension.axes:
            drawings["break_even"] = partial(break_even, dimension=dimension)
    if len(wide) == 2:
        drawings["heat_map"] = partial(heat_map, across=wide[1], down=wide[0])
    return drawings
