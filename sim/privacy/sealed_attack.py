"""The attack on one home under sealed orders: the likeliest readings, given all sums there are.

Unknown are the days of the victim, and of the other homes the sums of days over each kind: as a prior does
not tell homes of a kind apart, their own sums of money say nothing of the victim but by their sum. Totals
are equations in all of these, trade sums are equations in readings, and deviation sums are sums of
coordinates of days. Colluders take their outputs off the totals; that their readings say what the weather was
is left aside.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.sparse import csr_array

from sim.arrays import Bools, Floats, Ints
from sim.privacy.belief import Belief
from sim.privacy.sealed import Sealed, sums_by
from sim.privacy.study import Kind, Prior, cost_unit

TOTALS, TRADE, DEVIATION, BY_PRICE = "totals", "trade sums", "deviation sums", "trade sums by price"
"""What may be used of what is public; trade sums price by price only where somebody gives them."""


@dataclass(frozen=True)
class Knowledge:
    """What an attacker has beside what is public.

    colluders:  shape (homes,), whether a home shares what it holds with the attacker
    outputs:    shape (homes, slots), 0 where a home does not
    by_price:   sums of outputs over the slots of each price, shape (homes, trade periods x prices), where
                they are granted; None where they are not
    model_sums: sums of readings over the homes of every model that do not collude, where integers give them,
                shape (models, readings), NaN elsewhere; None where there are none
    """

    colluders: Bools
    outputs: Ints
    by_price: Ints | None = None
    model_sums: Floats | None = None

    @classmethod
    def outsider(cls, sealed: Sealed) -> "Knowledge":
        """Somebody with whom no home shares anything."""
        nothing = np.zeros((sealed.homes, sealed.slots), dtype=np.int64)
        return cls(np.zeros(sealed.homes, dtype=np.bool_), nothing)


Labels = Sequence[bool | None]
"""Of every home, whether it has a generator; None where that is not known."""
Equations = tuple[Floats, Floats, Floats]
"""Rows in days, values, and the variance of errors."""


@dataclass(frozen=True)
class _Bloc:
    """Homes of one kind that are looked at as a sum."""

    kind: Kind
    homes: Ints


class Attack:
    """Lines from days to what is public, made once for a run."""

    def __init__(self, sealed: Sealed) -> None:
        self.sealed = sealed
        self._size = sealed.per_day + 1
        self._earlier = -(-sealed.before // sealed.per_day)
        self._days = self._earlier - (-sealed.slots // sealed.per_day)
        slot = np.arange(-sealed.before, sealed.slots)
        day, place = slot // sealed.per_day, slot % sealed.per_day
        self._reading = (day + self._earlier) * self._size + place
        self._cost = np.arange(self._earlier, self._days) * self._size + sealed.per_day
        self._unit = 2.0**sealed.scale

    def estimates(
        self, victim: int, prior: Prior, knowledge: Knowledge, has_pv: Labels, uses: Sequence[Collection[str]]
    ) -> list[Floats]:
        """The victim's readings, shape (readings,), by every choice of what is used of what is public.

        has_pv: what is taken to be known of who has a generator, None where nothing is
        """
        blocs = list(self._blocs(victim, knowledge.colluders, has_pv))
        belief, equations = self._belief(blocs, prior), list(self._equations(blocs, knowledge))
        rows, values, noise = (
            np.concatenate(each) for each in zip(*(told for _, told in equations), strict=True)
        )
        names = np.repeat([name for name, _ in equations], [len(told[1]) for _, told in equations])
        told, own = belief.told(csr_array(rows), values, np.diag(noise)), slice(0, self._days * self._size)
        start = belief.mean[own]
        return [(start + told.shift(own, np.isin(names, list(used))))[self._reading] for used in uses]

    def belief_of_model_sums(self, prior: Prior, colluders: Bools) -> Belief:
        """About readings summed over the homes of each model that do not collude, one model after the other.

        Whoever looks for integers knows who has a generator.
        """
        kinds = self.sealed.has_pv.tolist()
        blocs = list(self._blocs(None, colluders, kinds))
        belief, width = self._belief(blocs, prior), len(self._reading)
        rows = np.zeros((len(self.sealed.maps.rows) * width, len(belief.mean)))
        for place, bloc in enumerate(blocs):
            at = bloc.kind.model * width + np.arange(width)
            rows[at, place * self._days * self._size + self._reading] = 1
        sums = csr_array(rows)
        return Belief(sums @ belief.mean, (sums @ (sums @ belief.covariance).T).T)

    def _blocs(self, victim: int | None, colluders: Bools, has_pv: Labels) -> Iterator[_Bloc]:
        """The victim, if there is one, then the others that do not collude, by kind."""
        kinds = [Kind(*each) for each in zip(has_pv, self.sealed.maps.of_home.tolist(), strict=True)]
        if victim is not None:
            yield _Bloc(kinds[victim], np.array([victim]))
        others = [home for home in range(self.sealed.homes) if home != victim]
        chosen = [home for home in others if not colluders[home]]
        for kind in dict.fromkeys(kinds[home] for home in chosen):
            yield _Bloc(kind, np.array([home for home in chosen if kinds[home] == kind]))

    def _belief(self, blocs: list[_Bloc], prior: Prior) -> Belief:
        """About the sums of days over each bloc, one after the other."""
        slots, shape = np.arange(self._days * self._size), (self._days, self._size)
        day, nothing = np.arange(self._days), np.full(len(slots), np.nan)
        alone = {kind: prior.of(kind).belief(slots, nothing) for kind in {each.kind for each in blocs}}
        mean = np.concatenate([len(each.homes) * alone[each.kind].mean for each in blocs])
        covariance = np.empty((len(blocs), *shape, len(blocs), *shape))
        for (i, one), (j, other) in product(enumerate(blocs), repeat=2):
            pairs, block = len(one.homes) * len(other.homes), covariance[i, :, :, j]
            block[:] = pairs * prior.doubt(one.kind, other.kind)[:, None, :]
            block[day, :, day] += pairs * prior.together(one.kind, other.kind)
            if i == j:
                block += len(one.homes) * alone[one.kind].covariance.reshape(*shape, *shape)
        return Belief(mean, covariance.reshape(len(mean), len(mean)))

    def _equations(self, blocs: list[_Bloc], knowledge: Knowledge) -> Iterator[tuple[str, Equations]]:
        """By the name of what they are; what integers give has the name of totals."""
        sealed, size = self.sealed, self._days * self._size
        rows, noise = np.zeros((sealed.slots, len(blocs) * size)), np.zeros(sealed.slots)
        values = (sealed.totals - knowledge.outputs[knowledge.colluders].sum(axis=0)).astype(np.float64)
        for place, bloc in enumerate(blocs):
            model = bloc.kind.model
            rows[:, place * size + self._reading] = sealed.maps.rows[model]
            values -= len(bloc.homes) * sealed.maps.constants[model]
            noise += len(bloc.homes) * sealed.maps.noise[model]
        yield TOTALS, (rows / self._unit, values / self._unit, noise / self._unit**2)
        if knowledge.model_sums is not None:
            for model, sums in enumerate(knowledge.model_sums):
                ours = [place for place, bloc in enumerate(blocs) if bloc.kind.model == model]
                yield TOTALS, self._read(sums, ours, len(blocs))
        for place, bloc in enumerate(blocs):
            model, homes = bloc.kind.model, bloc.homes
            parts = {TRADE: self._trade(model, homes), DEVIATION: self._deviation(homes)}
            if knowledge.by_price is not None:
                parts[BY_PRICE] = self._trade(model, homes, knowledge.by_price)
            for name, (of_home, sums_of_homes, error) in parts.items():
                rows = np.zeros((len(of_home), len(blocs) * size))
                rows[:, place * size : (place + 1) * size] = of_home
                yield name, (rows, sums_of_homes.sum(axis=1), len(homes) * error)

    def _read(self, sums_wh: Floats, places: Sequence[int], blocs: int) -> Equations:
        """Readings summed over some of the blocs, where they are not NaN."""
        there, size = np.flatnonzero(~np.isnan(sums_wh)), self._days * self._size
        rows = np.zeros((len(there), blocs * size))
        for place in places:
            rows[np.arange(len(there)), place * size + self._reading[there]] = 1
        return rows, sums_wh[there], np.zeros(len(there))

    def _trade(self, model: int, homes: Ints, by_price: Ints | None = None) -> Equations:
        """Trade sums less constants, in Wh at retail, or by price in Wh; values: shape (sums, homes)."""
        sealed = self.sealed
        periods = np.arange(sealed.trade_period[-1] + 1)
        weight = (sealed.trade_period == periods[:, None]).astype(np.float64)
        if by_price is None:
            unit = float(sealed.retail.max())
            weight, sums = weight * (sealed.prices / unit), sealed.trade_sums[homes] / unit
        else:
            of_price = sealed.prices == np.unique(sealed.prices)[:, None]
            weight = (weight[:, None, :] * of_price).reshape(-1, sealed.slots)
            sums = by_price[homes].astype(np.float64)
        rows = np.zeros((len(weight), self._days * self._size))
        rows[:, self._reading] = weight @ sealed.maps.rows[model]
        values = sums.T - (weight @ sealed.maps.constants[model])[:, None]
        noise = np.square(weight) @ sealed.maps.noise[model]
        return rows / self._unit, values / self._unit, noise / self._unit**2

    def _deviation(self, homes: Ints) -> Equations:
        """Deviation sums as sums of costs of days; values: shape (sums, homes)."""
        day = self.sealed.deviation_period[:: self.sealed.per_day]
        rows = np.zeros((day[-1] + 1, self._days * self._size))
        rows[day, self._cost] = 1
        return rows, self.sealed.deviation_sums[homes].T / cost_unit(self.sealed), np.zeros(len(rows))


def sums_by_price(sealed: Sealed, outputs: Ints) -> Ints:
    """Sums of outputs over the slots of each price, period by period: shape (homes, periods x prices)."""
    of_price = (sealed.prices == np.unique(sealed.prices)[:, None]).astype(np.int64)
    sums = sums_by(sealed.trade_period, (outputs[:, None, :] * of_price).reshape(-1, sealed.slots))
    apart = sums.reshape(len(outputs), len(of_price), -1).transpose(0, 2, 1)
    return apart.reshape(len(outputs), -1)
