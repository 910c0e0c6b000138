import os
import shutil
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.proofs import srs as srs_module
from sim.proofs.srs import load_srs


def test_shipped_files_are_the_pinned_ones_and_small():
    srs = load_srs()
    assert srs.logrows == (9, 10, 11, 12)
    assert sum(path.stat().st_size for _, path in srs.files) < 2_000_000


def test_a_changed_shipped_file_is_noticed(tmp_path, monkeypatch):
    for _, path in load_srs().files:
        shutil.copy(path, tmp_path)
    changed = bytearray((tmp_path / "kzg11.srs").read_bytes())
    changed[1000] ^= 1
    (tmp_path / "kzg11.srs").write_bytes(changed)
    monkeypatch.setattr(srs_module, "_FOLDER", tmp_path)
    with pytest.raises(InputError, match=r"kzg11\.srs: differs from the SRS"):
        load_srs()


def test_a_ceremony_file_serves_its_own_size(tmp_path):
    path = tmp_path / "kzg10.srs"
    shutil.copy(load_srs().path(10), path)
    named = load_srs(str(path))
    assert named.logrows == (10,)
    assert named.digests == (load_srs().digests[1],)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.srs: cannot read the SRS \(No such file"):
        load_srs(str(tmp_path / "none.srs"))


@pytest.mark.parametrize("damage", [lambda _: b"", lambda d: d[:-1], lambda d: d[:4] + b"\0" * (len(d) - 4)])
def test_what_is_no_srs_is_refused(tmp_path, damage):
    path = tmp_path / "bad.srs"
    path.write_bytes(damage(load_srs().path(9).read_bytes()))
    with pytest.raises(InputError, match=r"bad\.srs: not an SRS"):
        load_srs(str(path))


def test_a_file_too_small_for_any_circuit_is_refused(tmp_path):
    small = tmp_path / "kzg4.srs"
    whole = load_srs().path(9).read_bytes()
    small.write_bytes((4).to_bytes(4, "little") + whole[4 : 4 + 128 * (2**4 + 2)])
    with pytest.raises(InputError, match=r"an SRS of 2\^4 points; circuits here need .* 2\^9 to 2\^14"):
        load_srs(str(small))


def test_what_is_endless_or_too_large_is_not_read(tmp_path):
    """The file may be one that a stranger's scenario names."""
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "large").open("wb") as large:
        large.truncate(4 + 128 * (2**15 + 2))
    for path, reason in (
        (tmp_path / "pipe", "it is no regular file"),
        (Path("/dev/zero"), "it is no regular file"),
        (tmp_path / "large", "it has 4,194,564 bytes, and should have at most 2,097,412"),
    ):
        with pytest.raises(
            InputError, match=rf"{path}: cannot read the SRS \({reason}\); circuits here need"
        ):
            load_srs(str(path))
