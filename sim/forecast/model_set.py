"""The trained models of a run as an artifact: who uses which, in integers, named by digest."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from sim.errors import InputError
from sim.forecast.quantised import QuantisedModel


@dataclass(frozen=True)
class ModelSet:
    """One quantised model per cluster, and each home's cluster."""

    cluster_of_home: tuple[int, ...]
    models: tuple[QuantisedModel, ...]

    @property
    def digest(self) -> str:
        """sha-256 of the canonical JSON form, in hex."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """Canonical JSON: equal sets give equal bytes."""
        clusters = json.dumps(self.cluster_of_home, separators=(",", ":"))
        models = ",".join(model.to_json() for model in self.models)
        return f'{{"cluster_of_home":{clusters},"models":[{models}]}}'

    @classmethod
    def from_json(cls, text: str) -> "ModelSet":
        """Read what ``to_json`` gave; from anything else it raises what comes."""
        fields = json.loads(text)
        models = tuple(QuantisedModel.from_json(json.dumps(model)) for model in fields["models"])
        return cls(tuple(fields["cluster_of_home"]), models)

    @classmethod
    def read(cls, path: Path) -> "ModelSet":
        """Read what ``to_json`` wrote. Raises InputError where the file is missing or something else."""
        try:
            text = path.read_text(encoding="utf-8")
            read = cls.from_json(text)
        except OSError as error:
            raise InputError(f"{path}: cannot read the models ({error.strerror})") from None
        except (ValueError, KeyError, TypeError, OverflowError):
            raise InputError(f"{path}: not a file of models as a run writes it") from None
        if read.to_json() != text:  # so that equal digests mean equal files
            raise InputError(f"{path}: not a file of models in the one form that a run writes")
        return read
