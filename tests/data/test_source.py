"""A source is read once for all runs that take it, and again when it has changed."""

import os
from fractions import Fraction
from math import floor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.data import source
from sim.data.readings import Readings
from sim.data.source import scaled, source_readings
from sim.schema.forecasting import EMBEDDED_SOURCE

ONE = Fraction(1)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that are really read."""
    paths, read_csv = [], source.read_csv

    def noted(path: Path) -> Readings:
        paths.append(path)
        return read_csv(path)

    monkeypatch.setattr(source, "read_csv", noted)
    return paths


def test_a_file_is_read_once_and_again_when_it_has_changed(
    csv_source: str, tmp_path: Path, read: list[Path]
) -> None:
    path = tmp_path / "homes.csv"
    path.write_text(Path(csv_source).read_text())
    plain = source_readings(str(path), ONE, ONE)
    assert source_readings(str(path), ONE, ONE) is plain
    assert source_readings(str(path), 2 * ONE, ONE).load_wh[0, 0] == 2 * plain.load_wh[0, 0]
    assert read == [path]
    os.utime(path, ns=(0, 0))
    path.write_text(path.read_text().replace("10000,", "10007,", 1))
    assert source_readings(str(path), ONE, ONE).load_wh[0, 0] == 10_007
    assert read == [path, path]


@pytest.mark.parametrize("load_scale", [ONE, 2 * ONE])
def test_nobody_can_change_what_others_will_be_given(load_scale: Fraction) -> None:
    readings = source_readings(EMBEDDED_SOURCE, load_scale, ONE)
    for array in (readings.load_wh, readings.pv_wh):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1


@given(st.lists(st.integers(0, 10**15), min_size=1), st.fractions(0, 100, max_denominator=10**6))
def test_scaling_is_exact_and_rounds_halves_up(energy_wh: list[int], factor: Fraction) -> None:
    exact = [floor(factor * wh + Fraction(1, 2)) for wh in energy_wh]
    assert scaled(np.array(energy_wh, dtype=np.int64), factor).tolist() == exact
