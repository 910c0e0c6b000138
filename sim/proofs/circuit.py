"""A circuit: what was compiled to keys, and the commitments that its proofs open."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sim.errors import ProverError
from sim.forecast.model import IntegerModel
from sim.proofs.field import MODULUS, signed, to_hex
from sim.proofs.native import attempt, ezkl
from sim.proofs.settings import OPEN, EzklSettings, Form
from sim.proofs.srs import Srs


@dataclass(frozen=True)
class Compiled:
    """Facts and files of a circuit, whatever it computes; travels between processes.

    folder:      holds the compiled model, both keys and EZKL's settings
    digest:      "0x" and the keccak-256 of the key words in hex: the circuit's name on chain
    settings:    how it is laid out
    rows:        rows of one column, all blocks laid end to end
    key:         the verifying key's 32-byte words, as the verifier contract takes them
    proof_bytes: length of every proof
    vk_bytes, pk_bytes: sizes of the verifying and the proving key's files
    setup_s:     CPU seconds from model to checked keys
    """

    folder: Path
    digest: str
    settings: EzklSettings
    rows: int
    key: bytes = field(repr=False)
    proof_bytes: int
    vk_bytes: int
    pk_bytes: int
    setup_s: float = field(compare=False)

    @property
    def logrows(self) -> int:
        """Binary logarithm of the circuit's length."""
        return self.settings.logrows

    @property
    def key_words(self) -> tuple[bytes, ...]:
        """The verifying key, word by word."""
        return tuple(self.key[at : at + 32] for at in range(0, len(self.key), 32))

    @property
    def compiled_path(self) -> Path:
        """EZKL's compiled model."""
        return self.folder / "circuit.ezkl"

    @property
    def settings_path(self) -> Path:
        """EZKL's settings."""
        return self.folder / "settings.json"

    @property
    def vk_path(self) -> Path:
        """The verifying key."""
        return self.folder / "vk"

    @property
    def pk_path(self) -> Path:
        """The proving key."""
        return self.folder / "pk"


@dataclass(frozen=True)
class Circuit(Compiled):
    """The circuit of a forecast.

    model:    what it computes
    limit_wh: readings beyond ±limit_wh are refused
    form:     whether it shows its outputs
    """

    model: IntegerModel = field(compare=False, repr=False)
    limit_wh: int
    form: Form = OPEN

    @property
    def salts(self) -> int:
        """Salts that are committed to beside a window."""
        return self.form.salts(self.settings)


def commitment_of(circuit: Circuit, window_wh: Sequence[int], salts: Sequence[int], srs: Srs) -> bytes:
    """The KZG commitment (x, y big-endian, 64 bytes) of a window and its salts: how its proof begins."""
    committed = [to_hex(value) for value in (*window_wh, *salts)]
    with attempt("commit to a window"):
        points = ezkl.kzg_commit(
            committed, str(circuit.vk_path), str(circuit.settings_path), str(srs.path(circuit.logrows))
        )
    if len(points) != 1:
        raise ProverError(
            f"{len(committed)} committed values take {len(points)} points, where one can be checked"
        )
    return point_bytes(points[0].x, points[0].y)


def output_column(circuit: Circuit, window_wh: Sequence[int], salts: Sequence[int]) -> tuple[int, ...]:
    """What a sealed circuit commits to: outputs, then their salts at the outputs' scale; signed.

    salts: those of the window, of which the outputs' are the last. Empty for an open circuit.
    """
    if not circuit.form.sealed:
        return ()
    outputs = circuit.model.outputs(np.array(window_wh, dtype=np.int64)).tolist()
    last = salts[-circuit.form.output_salts :]
    return (*outputs, *(signed((salt << circuit.model.output_scale) % MODULUS) for salt in last))


def point_bytes(x_hex: str, y_hex: str) -> bytes:
    """A point of the curve as proofs hold it, from the little-endian hex of its coordinates."""
    return bytes.fromhex(x_hex)[::-1] + bytes.fromhex(y_hex)[::-1]
