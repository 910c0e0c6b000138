"""The embedded data: a year of 15 real homes at Sierra Crest, Fontana, California.

Origin, licence, rounding, left-out homes and what is known of the clock: sierra_crest/PROVENANCE.md.
"""

import hashlib
import io
from datetime import datetime
from pathlib import Path

import numpy as np

from sim.data.readings import Readings
from sim.errors import InputError

BUILDINGS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 16, 17)
"""The source's numbers of the homes; 12 and 15 are left out, because their "load" is PV."""
HOMES = tuple(f"home-{building:02d}" for building in BUILDINGS)
START = datetime(2016, 7, 31, 23)
"""When slot 0 begins: hour-ending labels, UTC-8 without daylight saving."""
SLOT_S = 3_600
SLOTS = 8_760
FILE = Path(__file__).with_name("sierra_crest") / "readings.npy"
"""int16, shape (2, homes, slots): load, then PV, in Wh."""
SHA256 = "620c5475988ae5692ede47f064d01e5125cd541d184b8cd7fb0c0d59554ba05a"


def load(file: Path = FILE) -> Readings:
    """The embedded readings, 15 homes x 8760 hours.

    Raises InputError where the file is missing or not byte for byte the one this checkout was made with.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InputError(f"{file}: cannot read the embedded readings ({error.strerror})") from None
    digest = hashlib.sha256(content).hexdigest()
    if digest != SHA256:
        raise InputError(
            f"{file}: sha-256 is {digest}, should be {SHA256}; scripts/rebuild_sierra_crest.py writes it anew"
        )
    load_wh, pv_wh = np.load(io.BytesIO(content), allow_pickle=False).astype(np.int64)
    return Readings(homes=HOMES, start=START, slot_s=SLOT_S, load_wh=load_wh, pv_wh=pv_wh)
