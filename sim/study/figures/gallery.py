"""Which figures a study has, which it cannot have, and why."""

from collections.abc import Callable, Iterator
from functools import partial

from matplotlib.figure import Figure

from sim.measures.measure import Measure
from sim.outputs.figures.gallery import png
from sim.outputs.figures.style import house_style
from sim.study.figures.break_even import break_even
from sim.study.figures.outcomes import BREAK_EVEN, COST, LEAK, SAVING
from sim.study.figures.panels import heat_map, outcomes_by_axis
from sim.study.figures.planned import LEFT_OUT, name_by, planned
from sim.study.figures.points import privacy_and_accuracy, privacy_welfare_cost, welfare_and_cost
from sim.study.figures.study_figure import StudyTables

Draw = Callable[[StudyTables], Figure]

KINDS: dict[str, tuple[Draw, tuple[Measure, ...], str]] = {
    "welfare_and_cost": (welfare_and_cost, (SAVING, COST), "there are no savings and costs to be seen"),
    "privacy_and_accuracy": (privacy_and_accuracy, (LEAK, COST), "there are no leaks and costs to be seen"),
    "privacy_welfare_cost": (
        privacy_welfare_cost,
        (LEAK, SAVING),
        "there are no leaks and savings to be seen",
    ),
    "heat_map": (heat_map, (), ""),
    "break_even": (break_even, (BREAK_EVEN,), "at no gas price does the saving pay for the proofs"),
}
"""How figures are drawn that are not outcomes by an axis; what has to be known, or else what is said."""


def gallery(study: StudyTables) -> Iterator[tuple[str, bytes]]:
    """Every figure of a study by name, as PNG."""
    for name, draw in plan_of(study).items():
        if not isinstance(draw, str):
            with house_style():
                yield name, png(draw(study))


def left_out(study: StudyTables) -> list[str]:
    """A sentence for every figure that the study cannot have."""
    return [f"{name}: {reason}" for name, reason in plan_of(study).items() if isinstance(reason, str)]


def plan_of(study: StudyTables) -> dict[str, Draw | str]:
    """What is drawn, or else the reason why it is not."""
    if not study.outcomes:
        return {"outcomes": "nothing is known of any point"}
    by_axis = {name_by(each): partial(outcomes_by_axis, dimension=each) for each in study.dimensions}
    plan: dict[str, Draw | str] = {}
    for name, remark in planned(study.values, study.axes).items():
        draw, needed, without = KINDS[name] if name in KINDS else (by_axis[name], (), "")
        known = all(outcome.known(study.points) for outcome in needed)
        plan[name] = f"{LEFT_OUT}{without}" if not known else remark if remark.startswith(LEFT_OUT) else draw
    return plan
