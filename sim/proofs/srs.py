"""The structured reference string (SRS) under all keys, commitments and proofs.

The files shipped here were made once by ``ezkl.gen_srs``, one per circuit size, and are pinned by sha-256 so
that keys and commitments are comparable between runs. Whoever makes an SRS alone could have kept the secret
behind it, and with that secret could forge a proof of anything: good for simulation, worthless against its
maker. Where proofs have to convince, name the file of a public ceremony, in which one honest participant is
enough.

A circuit of 2^k rows needs a file of exactly 2^k points: EZKL does cut a larger one down, but again on every
call and at several times the cost of the proof itself, and ``kzg_commit`` does not cut it down at all.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from sim.errors import InputError
from sim.runtime.files import read_file
from sim.schema.forecasting import SHIPPED_SRS

SHIPPED_SHA256 = {
    9: "9d1ba4f2222b63748c53b2d0ca0324b936a99743c9a8e19a69c067a7a0547008",
    10: "262b95f807451ab355a5701e5cafe656d77e2d3459faa2e229a17ae29a0520a2",
    11: "1411daaa424bf4b8c67fda6b03bc0ec991897d4a5ac62deff17039cfbb93bee8",
    12: "1f6f20dcf96a462d7d864ce4591543c784a329b05bd1be97958f25d171620407",
}
_FOLDER = Path(__file__).parent / "srs"
_CEREMONY_LOGROWS = range(9, 15)
_SIZES = f"2^{_CEREMONY_LOGROWS[0]} to 2^{_CEREMONY_LOGROWS[-1]} points (2^10 suits most)"
_POINT_BYTES = 64
_MAX_BYTES = 4 + 2 * _POINT_BYTES * (2 ** _CEREMONY_LOGROWS[-1] + 2)
_BASE_FIELD = 21888242871839275222246405745257275088696311157297823662689037894645226208583
_GENERATOR = b"".join((n * 2**256 % _BASE_FIELD).to_bytes(32, "little") for n in (1, 2))  # Montgomery form


@dataclass(frozen=True)
class Srs:
    """SRS files by the binary logarithm of their size.

    files:   (logrows, path) in rising order
    digests: sha-256 of each file, in the same order
    """

    files: tuple[tuple[int, Path], ...]
    digests: tuple[str, ...]

    @property
    def logrows(self) -> tuple[int, ...]:
        """The circuit sizes that can be proved."""
        return tuple(logrows for logrows, _ in self.files)

    def path(self, logrows: int) -> Path:
        """The file for circuits of 2^logrows rows."""
        return dict(self.files)[logrows]

    def content(self, logrows: int) -> bytes:
        """What the file holds. Raises InputError where it is not what was loaded."""
        data = _read(self.path(logrows))
        if hashlib.sha256(data).hexdigest() != self.digests[self.logrows.index(logrows)]:
            raise InputError(f"{self.path(logrows)}: has changed since it was first read")
        return data


def load_srs(source: str = SHIPPED_SRS) -> Srs:
    """The shipped SRS, or the ceremony file at the path ``source``.

    Raises InputError where a file is missing, is no SRS, has a size no circuit here uses, or is not the one
    that was shipped.
    """
    if source != SHIPPED_SRS:
        data = _read(Path(source))
        return Srs(((_logrows_of(data, source), Path(source)),), (hashlib.sha256(data).hexdigest(),))
    files = tuple((logrows, _FOLDER / f"kzg{logrows}.srs") for logrows in SHIPPED_SHA256)
    for logrows, path in files:
        if hashlib.sha256(_read(path)).hexdigest() != SHIPPED_SHA256[logrows]:
            raise InputError(f"{path}: differs from the SRS this version ships; restore the file")
    return Srs(files, tuple(SHIPPED_SHA256.values()))


def _read(path: Path) -> bytes:
    remedy = f"; circuits here need the ceremony's file of {_SIZES}, which --set proofs.srs=FILE names"
    return read_file(path, _MAX_BYTES, "the SRS", follow_links=True, remedy=remedy)


def _logrows_of(data: bytes, source: str) -> int:
    """A file holds k (4 bytes), 2 x 2^k points of G1 (the first is the generator) and two points of G2."""
    logrows = int.from_bytes(data[:4], "little")
    is_srs = logrows < 32 and len(data) == 4 + 2 * _POINT_BYTES * (2**logrows + 2)
    if not is_srs or data[4 : 4 + _POINT_BYTES] != _GENERATOR:
        raise InputError(f"{source}: not an SRS as EZKL writes it, like kzg10.srs of a public ceremony")
    if logrows not in _CEREMONY_LOGROWS:
        raise InputError(
            f"{source}: an SRS of 2^{logrows} points; circuits here need the ceremony's file of {_SIZES}"
        )
    return logrows
