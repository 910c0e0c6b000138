"""The trained models of a run as an artifact: who uses which, in integers, named by digest."""

import hashlib
import json
from dataclasses import dataclass

from sim.forecast.families import families
from sim.forecast.model import IntegerModel


@dataclass(frozen=True)
class ModelSet:
    """One quantised model per cluster, and each home's cluster."""

    cluster_of_home: tuple[int, ...]
    models: tuple[IntegerModel, ...]

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
        """Read what ``to_json`` gave; from anything else, or an unknown family, it raises what comes."""
        fields = json.loads(text)
        models = tuple(families.make(model["family"]).read(model) for model in fields["models"])
        return cls(tuple(fields["cluster_of_home"]), models)
