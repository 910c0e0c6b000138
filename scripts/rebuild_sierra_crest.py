"""Rebuild sim/data/sierra_crest/readings.npy, byte for byte, from the CityLearn 2.0.0 wheel.

    python scripts/rebuild_sierra_crest.py [--wheel PATH] [--out PATH]

Without --wheel, pip downloads the wheel into a temporary folder.
"""

import argparse
import csv
import hashlib
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.data.sierra_crest import BUILDINGS, FILE, SHA256, SLOTS
from sim.units import WH_PER_KWH

REQUIREMENT = "citylearn==2.0.0"
WHEEL_SHA256 = "aef65c07922c7a609ca457fcb7d2abdcb156947e740bd55a408b37277023f47a"
FOLDER = "citylearn/data/citylearn_challenge_2022_phase_all"
LOAD_COLUMN = "Equipment Electric Power [kWh]"
PV_COLUMN = "Solar Generation [W/kW]"


def main() -> None:
    """Write the file and say whether it is the one that the loader expects."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--wheel", type=Path, help="the wheel, where it is at hand already")
    parser.add_argument("--out", type=Path, default=FILE, help=f"file to write (default {FILE})")
    arguments = parser.parse_args()
    if arguments.wheel:
        content = encoded(arguments.wheel)
    else:
        with tempfile.TemporaryDirectory() as folder:
            content = encoded(downloaded(Path(folder)))
    arguments.out.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    print(f"{arguments.out}: {len(content)} bytes, sha-256 {digest}")
    if digest != SHA256:
        sys.exit(f"sim/data/sierra_crest.py expects sha-256 {SHA256}")


def downloaded(folder: Path) -> Path:
    """The wheel, fetched by the running interpreter's pip."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    subprocess.run([*command, "--dest", str(folder), REQUIREMENT], check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def encoded(wheel: Path) -> bytes:
    """The content of readings.npy: int16, shape (2, homes, slots)."""
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != WHEEL_SHA256:
        sys.exit(f"{wheel} is not the wheel of {REQUIREMENT}: its sha-256 should be {WHEEL_SHA256}")
    with zipfile.ZipFile(wheel) as archive:
        schema = json.loads(archive.read(f"{FOLDER}/schema.json"), parse_float=Decimal)
        homes = [home_wh(archive, schema, f"Building_{building}") for building in BUILDINGS]
    buffer = io.BytesIO()
    np.save(buffer, np.stack(homes, axis=1).astype("<i2"), allow_pickle=False)
    return buffer.getvalue()


def home_wh(archive: zipfile.ZipFile, schema: dict[str, dict], building: str) -> NDArray[np.int64]:
    """Load and PV of one home, Wh, shape (2, slots)."""
    with archive.open(f"{FOLDER}/{building}.csv") as file:
        rows = list(csv.DictReader(io.TextIOWrapper(file, encoding="utf-8")))
    nominal_power_kw = schema["buildings"][building]["pv"]["attributes"]["nominal_power"]
    load = [whole_wh(Decimal(row[LOAD_COLUMN]) * WH_PER_KWH) for row in rows]
    pv = [whole_wh(Decimal(row[PV_COLUMN]) * nominal_power_kw) for row in rows]
    readings = np.array([load, pv])
    if readings.shape != (2, SLOTS) or readings.min() < 0 or readings.max() > np.iinfo(np.int16).max:
        sys.exit(f"{building}: {readings.shape[1]} rows from {readings.min()} to {readings.max()} Wh")
    return readings


def whole_wh(energy_wh: Decimal) -> int:
    """Rounded half away from zero, in decimal: no binary float is involved."""
    return int(energy_wh.to_integral_value(ROUND_HALF_UP))


if __name__ == "__main__":
    main()
