"""The figures of a run, drawn from its tables and summary alone, so that they can be redrawn from a run directory."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sim.outputs.run_directory import FIGURES


def write_figures(folder: Path, tables: Mapping[str, pd.DataFrame], summary: Mapping[str, Any]) -> None:
    """Write every figure as PNG into the run directory's folder of figures; the same tables give the same bytes."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # on first use it reports that it builds a font cache
    from sim.outputs.figures.gallery import gallery  # matplotlib takes a second to load; a simulation should not

    (folder / FIGURES).mkdir(parents=True, exist_ok=True)
    for name, png in gallery(tables, summary):
        (folder / FIGURES / f"{name}.png").write_bytes(png)
