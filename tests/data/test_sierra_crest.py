from datetime import datetime

import numpy as np
import pytest

from sim.data import sierra_crest
from sim.errors import InputError

DAYS = 365


@pytest.fixture(scope="module")
def readings():
    return sierra_crest.load()


def test_homes_and_period(readings):
    assert len(readings.homes) == 15
    assert {"home-01", "home-17"} <= set(readings.homes)
    assert not {"home-12", "home-15"} & set(readings.homes)
    assert readings.load_wh.shape == readings.pv_wh.shape == (15, 8760)
    assert (readings.start, readings.end) == (datetime(2016, 7, 31, 23), datetime(2017, 7, 31, 23))
    assert readings.load_wh.dtype == readings.pv_wh.dtype == np.int64
    assert min(readings.load_wh.min(), readings.pv_wh.min()) == 0


def test_known_totals(readings):
    net_wh = readings.net_wh
    bought_wh, sold_wh = np.maximum(net_wh, 0), np.maximum(-net_wh, 0)
    assert readings.load_wh.sum() / DAYS / 15 == pytest.approx(27_757, abs=1)
    assert readings.pv_wh.sum() / DAYS / 15 == pytest.approx(17_577, abs=1)
    assert bought_wh.sum() / DAYS == pytest.approx(277_828, abs=1)
    assert sold_wh.sum() / DAYS == pytest.approx(125_121, abs=1)
    assert np.minimum(bought_wh.sum(axis=0), sold_wh.sum(axis=0)).sum() / DAYS == pytest.approx(23_366, abs=1)
    assert (net_wh.max(), net_wh.min()) == (8_846, -4_418)


def test_a_changed_byte_is_noticed(tmp_path):
    copy, content = tmp_path / "readings.npy", bytearray(sierra_crest.FILE.read_bytes())
    copy.write_bytes(content)
    assert sierra_crest.load(copy).homes == sierra_crest.load().homes
    content[-1] ^= 1
    copy.write_bytes(content)
    with pytest.raises(InputError, match=rf"readings\.npy: sha-256 is .* should be {sierra_crest.SHA256}"):
        sierra_crest.load(copy)


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match=r"readings\.npy: cannot read the embedded readings \(No such file"):
        sierra_crest.load(tmp_path / "readings.npy")


def test_licence_and_provenance_travel_with_the_data():
    folder = sierra_crest.FILE.parent
    assert (folder / "LICENSE").read_text().startswith("MIT License\n\nCopyright (c) 2020 Jose Ramon")
    assert "citylearn==2.0.0" in (folder / "PROVENANCE.md").read_text()
