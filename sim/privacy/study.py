"""What a study of other homes says of days like those of a run: the prior of the attack on sealed orders.

A day of a home is a vector: its readings, and what its deviations cost that day. So sums of money over days
are sums of coordinates, and how they go with readings is learned from the study. The study looks at days
before the run's first window, at homes that have nothing to do with the victim: readings of homes with
generators, and loads alone of the same and of others as readings of homes without one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sim.arrays import Bools, Floats, Ints
from sim.data.population import Population, gate_inputs
from sim.privacy.averages import (
    FEWEST_DAYS,
    LEAST_SHARE,
    MOST_DAYS,
    MOST_SLOTS,
    Averages,
    averages_of,
    root,
)
from sim.privacy.sealed import Sealed, deviation_costs
from sim.simulation.preparation import Prepared

FEWEST_HOMES, MOST_HOMES = 2, 32
"""Fewest donors of a kind, to see how they differ, and most homes that are looked at."""
OF_EITHER, OF_DAYS = 0.3, 0.1
"""How homes of a kind differ is known of few. So part of it is taken from how homes of either kind do, and a
little, of how days do, is added. Chosen on the street in June, seed 7: without either the attack has 0.50 of
the variance, with these or with 0.6 and 0.1 it has 0.52.
"""


@dataclass(frozen=True)
class Study:
    """Days of homes before the run.

    days:    shape (models, homes, days, S + 1): readings in Wh, and the cost of deviations had they had that
             model, in ``cost_unit``
    has_pv:  shape (homes,), whether readings or loads alone were looked at
    donors:  per home, whose readings they are
    """

    days: Floats
    has_pv: Bools
    donors: tuple[str, ...]

    def without(self, donor: str) -> "Study":
        """The study had that home not taken part."""
        kept = np.array([each != donor for each in self.donors])
        donors = tuple(each for each in self.donors if each != donor)
        return Study(self.days[:, kept], self.has_pv[kept], donors)

    def of(self, has_pv: bool | None) -> Bools:
        """Which of the homes are of a kind; all, where too few are: shape (homes,)."""
        found: Bools = self.has_pv == has_pv
        few = len(np.unique(self.numbers[found])) < FEWEST_HOMES
        return np.ones_like(found) if few else found

    @property
    def is_enough(self) -> bool:
        """Whether homes can be told from what they have in common."""
        return len(set(self.donors)) >= FEWEST_HOMES

    @cached_property
    def numbers(self) -> Ints:
        """The donors as numbers: shape (homes,)."""
        return np.unique(np.array(self.donors), return_inverse=True)[1]


def cost_unit(sealed: Sealed) -> float:
    """Nano-$ at 2^-scale of a day whose deviations cost a Wh at retail in every slot."""
    return float(sealed.retail.max() * sealed.per_day) * 2.0**sealed.scale


def study_of(prepared: Prepared, sealed: Sealed, population: Population | None = None) -> Study | None:
    """A study of the run's homes, or of those of another population; None where the history is too short."""
    population = population or prepared.population
    readings, first = population.readings, population.first_slot
    looked_at = slice(None, None, -(-len(population.homes) // MOST_HOMES))
    homes, load_wh = population.homes[looked_at], readings.load_wh[looked_at]
    inputs, horizon, per_day = gate_inputs(prepared.scenario, readings), sealed.horizon, sealed.per_day
    before = -(-inputs.window_begins // per_day)
    known = (first - inputs.needs - horizon) // per_day
    days = max(0, min(MOST_DAYS, MOST_SLOTS // per_day, known - before))
    if days < FEWEST_DAYS:
        return None
    begin, end = (-each * per_day for each in (before + days, before))
    generate = np.array([home.has_pv for home in homes])
    wh = np.concatenate([(load_wh - readings.pv_wh[looked_at])[generate], load_wh])
    gates = range(begin // horizon, -(-end // horizon))
    numbers = inputs.at_gates(wh, first + gates.start * horizon, len(gates))
    skipped, in_day = begin - gates.start * horizon, np.arange(days * per_day) % per_day
    own_wh = wh[:, first + begin : first + end]
    by_day = own_wh.reshape(len(wh), days, per_day)
    retail, feed_in = (each[:per_day][in_day] for each in (sealed.retail, sealed.feed_in))
    found = []
    for home in np.unique(sealed.maps.of_home, return_index=True)[1].tolist():
        model = prepared.forecasters.model_of(home, 0)
        outputs = model.outputs(numbers).reshape(len(wh), -1)[:, skipped : skipped + days * per_day]
        costs = deviation_costs(own_wh, outputs, retail, feed_in, sealed.scale)
        daily = costs.reshape(len(wh), days, per_day).sum(axis=2) / cost_unit(sealed)
        found.append(np.concatenate([by_day, daily[:, :, None]], axis=2))
    donors = [home.donor for home in homes]
    return Study(
        days=np.stack(found),
        has_pv=np.arange(len(wh)) < generate.sum(),
        donors=(*(donor for donor, has in zip(donors, generate, strict=True) if has), *donors),
    )


@dataclass(frozen=True)
class Kind:
    """Homes that a study does not tell apart: with a generator, without, or either; and their model."""

    has_pv: bool | None
    model: int


class Prior:
    """What a study says of a day of each kind of home, and of what homes have in common on a day.

    A home's day is the mean day of its kind, what the home differs by every day, what all homes differ by on
    that day (the weather), and the rest, which follows the day before.

    share: of homes with a generator, among those of which it is not known
    """

    def __init__(self, study: Study, share: float) -> None:
        self._share = share
        self._kinds = [Kind(has_pv, model) for has_pv in (True, False) for model in range(len(study.days))]
        rows = [study.of(kind.has_pv) for kind in self._kinds]
        days = [study.days[kind.model, row] for kind, row in zip(self._kinds, rows, strict=True)]
        averages = [averages_of(each, np.zeros_like(each)) for each in days]
        size = days[0].shape[2]
        own = [each - each.mean(axis=1, keepdims=True) for each in days]
        common = _common(own, [study.numbers[row] for row in rows]).reshape(len(days), size, len(days), size)
        self.common = common.transpose(0, 2, 1, 3)
        self._averages = {
            kind: replace(each, days=_positive(each.days - self.common[place, place], LEAST_SHARE))
            for place, (kind, each) in enumerate(zip(self._kinds, averages, strict=True))
        }
        self._homes = dict(zip(self._kinds, map(len, days), strict=True))

    def of(self, kind: Kind) -> Averages:
        """Of homes of a kind; where it is not known which, the moments of their mixture."""
        if kind.has_pv is not None:
            own, either = self._averages[kind], self.of(Kind(None, kind.model))
            between = (1 - OF_EITHER) * own.homes + OF_EITHER * either.homes + OF_DAYS * own.days
            return replace(own, homes=between)
        parts = [(weight, self._averages[each]) for weight, each in self._parts(kind)]
        mean: Floats = np.sum([weight * each.mean_wh for weight, each in parts], axis=0)
        days: Floats = np.sum([weight * each.days for weight, each in parts], axis=0)
        of_homes: Floats = np.sum(
            [weight * (each.homes + np.outer(d := each.mean_wh - mean, d)) for weight, each in parts], axis=0
        )
        roots = [root(each.days) for _, each in parts]
        follow = np.sum(
            [weight * r @ each.next_day @ r for (weight, each), r in zip(parts, roots, strict=True)], axis=0
        )
        whitened = np.linalg.inv(root(days))
        next_day = whitened @ follow @ whitened
        return replace(parts[0][1], mean_wh=mean, days=days, homes=of_homes, next_day=next_day)

    def together(self, one: Kind, other: Kind) -> Floats:
        """Covariance of what a home of one kind and a home of another have in common on a day."""
        found: Floats = sum(
            weight * with_weight * self.common[self._kinds.index(each), self._kinds.index(with_each)]
            for weight, each in self._parts(one)
            for with_weight, with_each in self._parts(other)
        )
        return found

    def doubt(self, one: Kind, other: Kind) -> Floats:
        """Likewise of the error of their mean days, which were taken from few homes."""
        found = np.zeros(self.common.shape[2:])
        others = {each: weight for weight, each in self._parts(other)}
        for weight, each in self._parts(one):
            if each in others:
                found += weight * others[each] * self._averages[each].homes / self._homes[each]
        return found

    def average_wh(self, model: int) -> Floats:
        """The day that somebody guesses who knows nothing of a home: shape (S,)."""
        return self.of(Kind(None, model)).mean_wh[:-1]

    def _parts(self, kind: Kind) -> list[tuple[float, Kind]]:
        if kind.has_pv is not None:
            return [(1.0, kind)]
        return [(self._share, Kind(True, kind.model)), (1 - self._share, Kind(False, kind.model))]


def _common(own: Sequence[Floats], donors: Sequence[Ints]) -> Floats:
    """Covariance of different homes on the same day, all kinds' vectors in one: the mean over all pairs.

    own: per kind, shape (homes, days, S), less each home's mean; donors: per kind, shape (homes,)
    """
    count = 1 + max(int(each.max()) for each in donors)
    sums = [
        np.stack([days[who == donor].sum(axis=0) for donor in range(count)])
        for days, who in zip(own, donors, strict=True)
    ]
    sizes = [np.bincount(who, minlength=count) for who in donors]
    days = own[0].shape[1]
    blocks = [
        [
            (
                np.einsum("ds,dt->st", one.sum(axis=0), other.sum(axis=0))
                - np.einsum("hds,hdt->st", one, other)
            )
            / ((days - 1) * (n.sum() * m.sum() - n @ m))
            for other, m in zip(sums, sizes, strict=True)
        ]
        for one, n in zip(sums, sizes, strict=True)
    ]
    return _positive(np.block(blocks))


def _positive(matrix: Floats, least_share: float = 0.0) -> Floats:
    """The nearest covariance, whose least variance is a share of the mean one."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    least = least_share * float(np.trace(matrix)) / len(matrix)
    found: Floats = (vectors * np.maximum(values, least)) @ vectors.T
    return found
