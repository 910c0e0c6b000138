"""What a day ahead costs by the length of its slots: gates of 24, 48 and 96 of them."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.bench.part import Part
from sim.bench.whole_runs import JOBS, run_street
from sim.data import sierra_crest
from sim.data.readings import Readings
from sim.runtime.progress import Progress


def split(readings: Readings, parts: int) -> Readings:
    """The same energy in slots of which ``parts`` make one: even shares, the Wh left over in the first ones."""
    return replace(
        readings,
        slot_s=readings.slot_s // parts,
        load_wh=_shares(readings.load_wh, parts),
        pv_wh=_shares(readings.pv_wh, parts),
    )


def _shares(energy_wh: NDArray[np.int64], parts: int) -> NDArray[np.int64]:
    whole, left = np.divmod(energy_wh[..., None], parts)
    return (whole + (np.arange(parts) < left)).reshape(len(energy_wh), -1)


def write_homes(readings: Readings, path: Path) -> None:
    """Readings as a CSV file of homes."""
    columns: dict[str, Any] = {
        "time": [readings.time_of(slot).isoformat(timespec="minutes") for slot in range(readings.slots)]
    }
    for place, home in enumerate(readings.homes):
        columns[f"{home}_load_wh"] = readings.load_wh[place]
        columns[f"{home}_pv_wh"] = readings.pv_wh[place]
    pd.DataFrame(columns).to_csv(path, index=False)
