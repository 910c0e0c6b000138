"""The trained models of a run as an artifact: who uses which when, in integers, named by digest."""

import hashlib
import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sim.arrays import Ints
from sim.forecast.families import families
from sim.forecast.merkle import merkle_root
from sim.forecast.model import IntegerModel


@dataclass(frozen=True)
class TrainedModels:
    """What one training gave.

    from_gate: the first gate that uses it
    models:    by cluster
    rounds:    by cluster, sha-256 in hex of the model's parameters after each round; none of given models
    """

    from_gate: int
    models: tuple[IntegerModel, ...]
    rounds: tuple[tuple[str, ...], ...] = ()

    def root(self, cluster: int) -> bytes:
        """Over the digests of a cluster's rounds; zero without any."""
        return merkle_root([bytes.fromhex(digest) for digest in self.rounds[cluster]] if self.rounds else [])


@dataclass(frozen=True)
class Forecasters:
    """One forecaster per cluster, which gets a new model at every training, and each home's cluster."""

    cluster_of_home: tuple[int, ...]
    trainings: tuple[TrainedModels, ...]

    @classmethod
    def trained_once(cls, cluster_of_home: Sequence[int], models: Sequence[IntegerModel]) -> "Forecasters":
        """With these models at every gate."""
        return cls(tuple(cluster_of_home), (TrainedModels(0, tuple(models)),))

    @property
    def clusters(self) -> int:
        """How many there are."""
        return len(self.trainings[0].models)

    @cached_property
    def models(self) -> tuple[IntegerModel, ...]:
        """All models, by training and then by cluster."""
        return tuple(model for training in self.trainings for model in training.models)

    @cached_property
    def _from_gates(self) -> list[int]:
        return [training.from_gate for training in self.trainings]

    def training_at(self, gate: int) -> int:
        """Place of the training whose models a gate uses."""
        return bisect_right(self._from_gates, gate) - 1

    def gates_of(self, training: int) -> slice:
        """The gates that use a training's models."""
        following = self._from_gates[training + 1 : training + 2]
        return slice(self._from_gates[training], following[0] if following else None)

    def number(self, home: int, gate: int) -> int:
        """Place among ``models`` of the one that a home (from 0) uses at a gate."""
        return self.training_at(gate) * self.clusters + self.cluster_of_home[home]

    def numbers(self, gates: int) -> Ints:
        """The same of all homes at so many gates: shape (homes, gates)."""
        trainings = np.array([self.training_at(gate) for gate in range(gates)], dtype=np.int64)
        return np.array(self.cluster_of_home)[:, None] + trainings * self.clusters

    def model_of(self, home: int, gate: int) -> IntegerModel:
        """The model that a home (from 0) uses at a gate."""
        return self.models[self.number(home, gate)]

    @cached_property
    def digest(self) -> str:
        """sha-256, in hex, of what the market follows from: all but the digests of rounds."""
        return hashlib.sha256(self._json(with_rounds=False).encode()).hexdigest()

    def to_json(self) -> str:
        """Canonical JSON: equal forecasters give equal bytes."""
        return self._json(with_rounds=True)

    def _json(self, *, with_rounds: bool) -> str:
        trainings = ",".join(_training_json(training, with_rounds) for training in self.trainings)
        return f'{{"cluster_of_home":{_compact(self.cluster_of_home)},"trainings":[{trainings}]}}'

    @classmethod
    def from_json(cls, text: str) -> "Forecasters":
        """Read what ``to_json`` gave; from anything else, or an unknown family, it raises what comes."""
        fields = json.loads(text)
        return cls(tuple(fields["cluster_of_home"]), tuple(map(_training_of, fields["trainings"])))


def training_gates(retraining_days: int | None, gates: int, horizon: int, slots_per_day: int) -> list[int]:
    """The first gates of a run's trainings: of each period of so many days the first that it begins with."""
    if retraining_days is None:
        return [0]
    begins = range(0, gates * horizon, retraining_days * slots_per_day)
    return [gate for gate in dict.fromkeys(-(-slot // horizon) for slot in begins) if gate < gates]


def _training_json(training: TrainedModels, with_rounds: bool) -> str:
    models = ",".join(model.to_json() for model in training.models)
    rounds = f',"rounds":{_compact(training.rounds)}' if with_rounds else ""
    return f'{{"from_gate":{training.from_gate},"models":[{models}]{rounds}}}'


def _training_of(fields: Any) -> TrainedModels:
    models = tuple(families.make(model["family"]).read(model) for model in fields["models"])
    return TrainedModels(fields["from_gate"], models, tuple(tuple(digests) for digests in fields["rounds"]))


def _compact(content: object) -> str:
    return json.dumps(content, separators=(",", ":"))
