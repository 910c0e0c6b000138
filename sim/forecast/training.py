"""Training before the first gate: homes are grouped, and each group trains one forecaster."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from sim.arrays import Ints
from sim.errors import InputError
from sim.forecast.families import ModelFamily
from sim.forecast.federation import Federation, Parameters
from sim.forecast.gate_inputs import GateInputs, Scaling, scaling_of
from sim.forecast.model import RealModel, Shape
from sim.forecast.regimes import Past
from sim.forecast.windows import check_history, gate_targets, history_of, history_slots
from sim.schema.forecasting import Forecast
from sim.seeds import Streams


@dataclass(frozen=True)
class Training:
    """What training gives: each home's group, and one model per group that takes and gives Wh.

    rounds: by group, sha-256 in hex of the parameters after each round
    """

    cluster_of_home: tuple[int, ...]
    models: tuple[RealModel, ...]
    rounds: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Samples:
    """What homes have to learn from.

    numbers:    shape (homes, past gates, inputs)
    targets_wh: shape (homes, past gates, horizon)
    history_wh: shape (homes, slots), readings up to a lead before the run's first window, back to where the
                history is to begin; it holds the targets, and the earliest windows begin before it
    """

    numbers: Ints
    targets_wh: Ints
    history_wh: Ints

    def of(self, members: NDArray[np.bool_]) -> "Samples":
        """Those of some homes."""
        return Samples(self.numbers[members], self.targets_wh[members], self.history_wh[members])


class Trainer(Protocol):
    """One model in training."""

    @property
    def parameters(self) -> Parameters:
        """What the clients have in common after a round."""

    def round(self) -> None:
        """One round."""


class Solver:
    """A model that is solved for in its only round; arguments as of ``Federation``."""

    def __init__(
        self, windows: torch.Tensor, targets: torch.Tensor, family: ModelFamily, shape: Shape
    ) -> None:
        self._clients, self._family, self._shape = (windows, targets), family, shape
        self.parameters: Parameters = []

    def round(self) -> None:
        """Sum up and solve."""
        self.parameters = self._family.solve(self._shape, zip(*self._clients, strict=True))


def train_models(
    net_wh: Ints,
    first_slot: int,
    inputs: GateInputs,
    forecast: Forecast,
    streams: Streams,
    advance: Callable[[], object] = lambda: None,
    cluster_of_home: tuple[int, ...] | None = None,
) -> Training:
    """Group the homes, unless they are grouped, and train a model per group.

    Of ``net_wh``, shape (homes, slots), the past is learned from.

    No reading from a lead before the first window of gate 0 on has any influence, and none from before what
    ``forecast.history_days`` lets in. ``advance`` is called after each round. Raises InputError where the
    history is too short or the homes are too few.
    """
    family, shape = forecast.model_family, forecast.shape(inputs.clock.horizon)
    most = history_slots(forecast.history_days, inputs.clock.slots_per_day)
    samples = past_samples(net_wh, first_slot, inputs, most)
    cluster_of_home = cluster_of_home or _group(
        samples.history_wh, forecast, inputs.clock.slots_per_day, streams
    )
    with _one_thread():
        groups = _trainers(samples, inputs, cluster_of_home, forecast, streams.integer("forecast", "initial"))
        del samples  # the groups hold what they need of them, in floating point
        rounds: list[list[str]] = [[] for _ in groups]
        for _ in range(forecast.training_rounds):
            for (trainer, _scaling), digests in zip(groups, rounds, strict=True):
                trainer.round()
                digests.append(_digest(trainer.parameters))
            advance()
    models = [family.fold(shape, trainer.parameters, scaling) for trainer, scaling in groups]
    return Training(cluster_of_home, tuple(models), tuple(map(tuple, rounds)))


def _digest(parameters: Parameters) -> str:
    """sha-256 of the numbers as little-endian float64, in the family's order."""
    arrays = (parameter.detach().numpy().astype("<f8") for parameter in parameters)
    return hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()


def past_samples(
    net_wh: Ints, first_slot: int, inputs: GateInputs, history_slots: int | None = None
) -> Samples:
    """All that is known a lead before the window of the run's first gate, or its last ``history_slots``."""
    gates, horizon = check_history(inputs, first_slot, history_slots), inputs.clock.horizon
    earliest = first_slot + gates.start * horizon
    return Samples(
        inputs.at_gates(net_wh, earliest, len(gates)),
        gate_targets(net_wh, earliest, len(gates), horizon),
        history_of(net_wh, inputs, first_slot, history_slots),
    )


def pooled_scale(history_wh: Ints) -> tuple[float, float]:
    """Mean and standard deviation in Wh of readings of shape (homes, slots); deviation 1 where all are equal.

    Takes of each home no more than its sum and its sum of squares.
    """
    readings, total, squares = history_wh.size, _exact_sum(history_wh), _exact_sum(np.square(history_wh))
    variance = (readings * squares - total**2) / readings**2
    return total / readings, variance**0.5 if variance else 1.0


def _exact_sum(values: Ints) -> int:
    """The sum as one of Python's integers; halves of 32 bits add up in int64 without overflow, row by row."""
    high: list[int] = (values >> 32).sum(axis=1).tolist()
    low: list[int] = (values & 0xFFFF_FFFF).sum(axis=1).tolist()
    return (sum(high) << 32) + sum(low)


def _group(history_wh: Ints, forecast: Forecast, slots_per_day: int, streams: Streams) -> tuple[int, ...]:
    """The group of each home, numbered by first appearance."""
    homes, regime = len(history_wh), forecast.regime
    seed = streams.integer("forecast", "clusters")
    labels = regime.groups(
        Past(history_wh, slots_per_day, forecast.clusters, forecast.clustering_method, seed)
    )
    first_seen = {label: number for number, label in enumerate(dict.fromkeys(labels))}
    if (len(labels), len(first_seen)) != (homes, wanted := forecast.models(homes)):
        raise InputError(
            f'forecast.training = "{regime.name}": makes {len(first_seen)} groups of {len(labels)} homes, '
            f"should make {wanted} of {homes}"
        )
    return tuple(first_seen[label] for label in labels)


def _trainers(
    samples: Samples, inputs: GateInputs, cluster_of_home: tuple[int, ...], forecast: Forecast, seed: int
) -> list[tuple[Trainer, Scaling]]:
    """Of each group its trainer, and how what it learns from is scaled."""
    clusters, made = np.array(cluster_of_home), []
    for cluster in range(max(cluster_of_home) + 1):
        group = samples.of(clusters == cluster)
        scaling = scaling_of(inputs, *pooled_scale(group.history_wh))
        made.append((_trainer(group, scaling, forecast, seed), scaling))
    return made


def _trainer(samples: Samples, scaling: Scaling, forecast: Forecast, seed: int) -> Trainer:
    scaled = (
        (samples.numbers - scaling.shift) / scaling.factor,
        (samples.targets_wh - scaling.mean_wh) / scaling.deviation_wh,
    )
    windows, targets = (forecast.regime.clients(torch.from_numpy(each)) for each in scaled)
    family, shape = forecast.model_family, forecast.shape(targets.shape[-1])
    if family.solves:
        return Solver(windows, targets, family, shape)
    return Federation(windows, targets, family.initial(shape, seed), partial(family.predict, shape), forecast)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sums come in one order, whatever the machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
