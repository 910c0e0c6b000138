"""The figures of a study, drawn from its tables of cells and points alone."""

import logging
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

LEFT_OUT = "left_out.txt"


def write_study_figures(
    folder: Path, cells: pd.DataFrame, points: pd.DataFrame, axes: Sequence[str], name: str
) -> list[str]:
    """Write the figures of the study called ``name`` as PNG; the same tables give the same bytes.

    What cannot be drawn, because the study has too many points or too little is known, is listed with the
    reason in ``left_out.txt``, and returned.
    """
    # On first use matplotlib says that it builds a font cache; that is no news for a user.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    from sim.study.figures.gallery import gallery, left_out  # matplotlib takes a second to load
    from sim.study.figures.study_figure import StudyTables

    study = StudyTables(name, tuple(axes), cells, points)
    for figure, png in gallery(study):
        (folder / f"{figure}.png").write_bytes(png)
    reasons = left_out(study)
    if reasons:
        (folder / LEFT_OUT).write_text("\n".join(reasons) + "\n", encoding="utf-8")
    return reasons
