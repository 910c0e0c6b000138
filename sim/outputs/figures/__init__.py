"""The figures of a run, drawn from its tables and summary alone: a run directory has all to redraw them."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sim.outputs.own_files import FIGURES


def write_figures(folder: Path, tables: Mapping[str, pd.DataFrame], summary: Mapping[str, Any]) -> None:
    """Write every figure as PNG below a run directory; the same tables and summary give the same bytes."""
    # On first use matplotlib says that it builds a font cache; that is no news for a user.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    from sim.outputs.figures.gallery import gallery  # matplotlib takes a second to load

    (folder / FIGURES).mkdir(parents=True, exist_ok=True)
    for name, png in gallery(tables, summary):
        (folder / FIGURES / f"{name}.png").write_bytes(png)
