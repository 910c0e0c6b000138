"""Whether the times of an export are starts or ends of intervals."""

from collections.abc import Sequence

import numpy as np

from sim.data.readings import DAY_S
from sim.imports.answers import Answers, Label, Question
from sim.imports.export import Export, Stamps
from sim.imports.zones import seconds_of


def label_of(
    exports: Sequence[Export], stamps: Sequence[Stamps], step_s: int, answers: Answers
) -> tuple[Label, tuple[str, ...], tuple[Question, ...]]:
    """The label, why, and the question where nothing tells; it is "start" until that is answered.

    stamps: of all series but counters', whose readings are instants
    """
    if not stamps:
        return "start", (), ()
    if answers.label:
        return answers.label, (f"times are {answers.label}s of intervals, as you say",), ()
    known = {each.label for each in exports if each.label}
    if len(known) == 1:
        (label,) = known
        return label, (f"times are {label}s of intervals",), ()
    votes = {_vote(each, step_s) for each in stamps if len(each.local)}
    if votes == {"start"}:
        return "start", ("times are starts of intervals, as they run from 00:00 to before midnight",), ()
    if votes == {"end"}:
        return "end", ("times are ends of intervals, as days begin after 00:00 and end with it",), ()
    asks = "times may be starts or ends of intervals, as the readings do not begin and end with a day"
    return "start", (), (Question(asks, "--label start or --label end"),)


def _vote(stamps: Stamps, step_s: int) -> Label | None:
    """By the first and the last time, whether days run from midnight or to it."""
    local_s = seconds_of(stamps)
    first, last = (int(np.rint(each / step_s)) * step_s % DAY_S for each in (local_s.min(), local_s.max()))
    if (first, last) == (0, DAY_S - step_s):
        return "start"
    return "end" if (first, last) == (step_s, 0) else None
