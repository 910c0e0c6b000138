"""How much of the homes' readings an attacker learns who holds all public data of a run with sealed orders.

    leak share = 1 - sum (reading - attack)^2 / sum (reading - average day)^2

over all readings that windows hold, as in ``sim.privacy.leak``. The average day is that of other homes, those
with a generator counted by their share in the community. The best attack counts, for all homes at once.

What it leaves out: that a cost is not a linear function of readings, and that readings are not Gaussian. A
better attack may learn more.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from sim.arrays import Bools, Floats
from sim.privacy.exact_sums import model_sums
from sim.privacy.leak import DIGITS, MOST_HOMES, evenly
from sim.privacy.sealed import Held, Sealed, Terms, sealed_of
from sim.privacy.sealed_attack import (
    BY_PRICE,
    DEVIATION,
    TOTALS,
    TRADE,
    Attack,
    Knowledge,
    Labels,
    sums_by_price,
)
from sim.privacy.study import Prior, Study, study_of
from sim.simulation.preparation import Prepared

AVERAGE, LABEL = "average day", "generator"
WITH_TOTALS = "totals, generator"
KNOWLEDGE = ("generator", "no generator")
"""Whether it is known who has one; it may be left aside: more homes say what either kind is like."""
OF_SUMS = {
    "totals": (TOTALS,),
    "trade": (TOTALS, TRADE),
    "all": (TOTALS, TRADE, DEVIATION),
    "by price": (TOTALS, BY_PRICE, DEVIATION),
}
UNKNOWN = [f"{used}, {KNOWLEDGE[1]}" for used in ("totals", "trade", "all")]
KNOWN = [f"{used}, {known}" for used in ("totals", "trade", "all") for known in KNOWLEDGE]
BOUND = [*KNOWN, *(f"by price, {known}" for known in KNOWLEDGE)]
Errors = dict[str, Floats]
"""By attack, sums of squares of what it misses: shape (victims,)."""


@dataclass(frozen=True)
class SealedLeak:
    """Shares of the readings' variance, beyond public averages.

    share:      by all that is public, where it is known who has a generator
    unlabelled: where it is not
    label:      by who has a generator alone
    totals:     by that and the community's totals, but no sums of money
    by_price:   as share, were trade sums known price by price: a bound on attacks on sums of money
    """

    share: float
    unlabelled: float
    label: float
    totals: float
    by_price: float


def sealed_leak_of(prepared: Prepared, terms: Terms) -> SealedLeak | None:
    """Measure the leak of a run, had its orders been sealed; None where there is too little to learn from.

    Looks at MOST_HOMES homes. Draws nothing, and rounds: the same run has the same leak.
    Raises InputError where orders cannot be sealed.
    """
    sealed, held = sealed_of(prepared, terms)
    study = study_of(prepared, sealed)
    if study is None or not study.is_enough:
        return None
    found = errors_of(sealed, held, study, evenly(prepared, MOST_HOMES).tolist())
    return leak_from(found) if found else None


def errors_of(sealed: Sealed, held: Held, study: Study, victims: Iterable[int], colluding: int = 0) -> Errors:
    """What attacks miss of each victim's readings; a home of whom the study has too few others is left out.

    colluding: how many homes are with the attacker: those before the victim, in a circle
    """
    attack, errors = Attack(sealed), defaultdict[str, list[float]](list)
    with threadpool_limits(1, user_api="blas"):
        for victim in victims:
            others = study.without(held.donors[victim])
            if not others.is_enough:
                continue
            prior = Prior(others, float(np.delete(sealed.has_pv, victim).mean()))
            after = (np.arange(sealed.homes) - victim) % sealed.homes
            colluders = after >= sealed.homes - colluding
            for name, wh in _attacks(sealed, held, attack, prior, victim, colluders).items():
                missed = np.square(wh - held.reading_wh[victim])[held.covered].sum()
                errors[name].append(float(missed))
    return {name: np.array(each) for name, each in errors.items()}


def leak_from(errors: Errors) -> SealedLeak:
    """Shares from what attacks miss."""
    return SealedLeak(
        share=share_of(errors, KNOWN),
        unlabelled=share_of(errors, UNKNOWN),
        label=share_of(errors, (LABEL,)),
        totals=share_of(errors, (WITH_TOTALS,)),
        by_price=share_of(errors, BOUND),
    )


def share_of(errors: Errors, attacks: Iterable[str]) -> float:
    """What the best of some attacks explains of the errors of the average day."""
    average = errors[AVERAGE].sum()
    least = min(errors[each].sum() for each in attacks)
    return round(float(np.clip(1 - least / average, 0, 1)), DIGITS) if average else 0.0


def _attacks(
    sealed: Sealed, held: Held, attack: Attack, prior: Prior, victim: int, colluders: Bools
) -> dict[str, Floats]:
    """The readings as each attack has them."""
    outputs = np.where(colluders[:, None], held.outputs, 0)
    place = np.arange(-sealed.before, sealed.slots) % sealed.per_day
    found = {AVERAGE: prior.average_wh(int(sealed.maps.of_home[victim]))[place]}
    sums, by_price = (
        model_sums(sealed, attack, prior, colluders, outputs),
        sums_by_price(sealed, held.outputs),
    )
    knowledge = Knowledge(colluders, outputs, by_price, sums)
    labels: tuple[Labels, ...] = (
        sealed.has_pv.tolist(),
        [has if collude else None for has, collude in zip(sealed.has_pv.tolist(), colluders, strict=True)],
    )
    for known, has_pv in zip(KNOWLEDGE, labels, strict=True):
        nothing, *by_use = attack.estimates(victim, prior, knowledge, has_pv, ((), *OF_SUMS.values()))
        found |= {f"{used}, {known}": wh for used, wh in zip(OF_SUMS, by_use, strict=True)}
        found.setdefault(LABEL, nothing)
    return found
