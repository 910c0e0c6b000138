"""Cases of what verification stops and of what nothing stops, each over seeds and, in turn, over homes.

A case has a label and what it does, run by run and attacker by attacker: their spread is what tables show.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from scripts.trust.honest_run import HonestRun, orders_of
from scripts.trust.operators import (
    Totals,
    doctored,
    most_total_wh,
    settled,
    true_totals,
    unwelcome,
)
from scripts.trust.traders import absent, last_look, phantom, truthful, washed
from sim.arrays import Ints
from sim.market.clearing import Trades
from sim.market.orders import Orders
from sim.outputs.counterfactual import Counterfactual, Effect, counterfactual, effect, voided
from sim.units import dollars_per_kwh

Pair = tuple[int, int]
Cases = Mapping[str, Iterable[Effect]]
PHANTOM_WH = 2_000
UNDERSTATED_PERCENT = 10


def phantom_cases(runs: Sequence[HonestRun]) -> Mapping[str, Iterator[Counterfactual]]:
    """Phantom sellers at two prices, and submissions counted twice, each home in turn and alone.

    Who cannot generate cannot sell, whether anything is proved or not, and so is no phantom seller.
    """

    def unhindered(wish: Callable[[HonestRun, int], Orders], retail: int) -> Iterator[Counterfactual]:
        for one, row in each_home(runs, retail):
            if wish is not twice and not one.prepared.population.homes[row].has_pv:
                continue
            net_wh, outside = one.prepared.reading_wh, one.prepared.outside
            wished = wish(one, row)
            yield counterfactual(one.prepared.mechanism, net_wh, outside, one.orders, wished, [row])

    def undercutting(one: HonestRun, row: int) -> Orders:
        return phantom(one.orders, row, PHANTOM_WH, one.prepared.outside.feed_in[row])

    def at_cost(one: HonestRun, row: int) -> Orders:
        return phantom(one.orders, row, PHANTOM_WH, one.prepared.outside.retail[row])

    def twice(one: HonestRun, _: int) -> Orders:
        return Orders(2 * one.orders.quantity_wh, one.orders.limit_price)

    wishes = {"asks feed-in": undercutting, "asks its own retail": at_cost, "submits twice": twice}
    return {
        f"{label}, its retail {dollars_per_kwh(retail)}": unhindered(wish, retail)
        for (label, wish), retail in product(wishes.items(), retails_of(runs))
    }


def meter_cases(runs: Sequence[HonestRun]) -> Cases:
    """False totals of one home, and no commitment for it."""

    def posted(change: Callable[[HonestRun, Totals, int], Totals]) -> Iterator[Effect]:
        for one, row in each_home(runs):
            totals = change(one, true_totals(one.prepared, one.trades), row)
            yield effect(one.money, settled(one.prepared, one.trades, totals), [row])

    return {
        f"posts {UNDERSTATED_PERCENT} % less short for one home": posted(
            lambda _, totals, row: totals.shortened(row, UNDERSTATED_PERCENT)
        ),
        "posts nothing short for one home": posted(lambda _, totals, row: totals.shortened(row, 100)),
        "posts the most the contract takes for one home": posted(
            lambda one, totals, row: totals.boundless(row, most_total_wh(one.prepared, row))
        ),
        "commits to nothing for one home, which cannot order": (
            one.effect_of(one.cleared(absent(one.orders, row)), [row]) for one, row in each_home(runs)
        ),
    }


def window_cases(runs: Sequence[HonestRun]) -> Cases:
    """Windows that are not what the home's meter read, and of which the home knows nothing."""

    def committed(change: Callable[[HonestRun, int], Ints]) -> Iterator[Effect]:
        for one, row in each_home(runs):
            limit_wh = one.prepared.population.connection_limit_wh
            windows_wh = np.clip(change(one, row), -limit_wh, limit_wh)  # what the circuit takes
            orders = orders_of(doctored(one.prepared, row, windows_wh))
            yield one.effect_of(one.cleared(orders), [row])

    return {
        "halved": committed(lambda one, row: one.prepared.inputs[row] // 2),
        "doubled": committed(lambda one, row: one.prepared.inputs[row] * 2),
        "the day to come": committed(day_to_come),
        "all its connection can export": committed(full_export),
    }


def collusion_cases(runs: Sequence[HonestRun]) -> Cases:
    """A meter that makes a home a phantom seller, and a home that asks what that energy costs it."""

    def colluding(retail: int) -> Iterator[Effect]:
        for one, row in each_home(runs, retail):
            orders = orders_of(doctored(one.prepared, row, full_export(one, row)))
            asked = Orders(orders.quantity_wh, one.prepared.outside.retail)
            yield one.effect_of(one.cleared(orders.replaced([row], asked)), [row])

    return {f"its retail {dollars_per_kwh(retail)}": colluding(retail) for retail in retails_of(runs)}


def day_to_come(one: HonestRun, row: int) -> Ints:
    """Windows that hold what their gates deliver; what stands beside the readings is as it was."""
    prepared = one.prepared
    to_come = prepared.reading_wh[row].reshape(prepared.gates, -1)
    return np.hstack([to_come, prepared.inputs[row, :, prepared.scenario.forecast.lookback :]])


def full_export(one: HonestRun, row: int) -> Ints:
    """A window in which a home feeds in all that its connection carries."""
    return np.full_like(one.prepared.inputs[row], -one.prepared.population.connection_limit_wh)


def limit_cases(runs: Sequence[HonestRun]) -> Cases:
    """What limits alone can do."""

    def last(baseline: Callable[[HonestRun, int], Orders]) -> Iterator[Effect]:
        for one, row in each_home(runs):
            before = baseline(one, row)
            after = one.cleared(last_look(one.prepared.mechanism, before, row, one.prepared.outside))
            yield effect(one.money_of(one.cleared(before)), one.money_of(after), [row])

    return {
        "last look, over its own random limits": last(lambda one, _: one.orders),
        "last look, over its own outside option": last(
            lambda one, row: truthful(one.orders, (row,), one.prepared.outside)
        ),
        "its own outside option, over random limits": (
            one.effect_of(one.cleared(truthful(one.orders, (row,), one.prepared.outside)), [row])
            for one, row in each_home(runs)
        ),
    }


@dataclass(frozen=True)
class Wash:
    """What a pair's wash trades do.

    effect:           who gains and who loses
    own_wh:           what the pair buys of its own energy
    price_shift_nano: by how much the mean price, weighted by volume, moves, nano-$ per Wh
    """

    effect: Effect
    own_wh: int
    price_shift_nano: float


def wash_cases(runs: Sequence[HonestRun]) -> Mapping[str, Iterator[Wash]]:
    """All pairs of a home with PV and one without, against the same pair's two honest ways to price."""

    def washes(baseline: Callable[[HonestRun, Pair], Orders]) -> Iterator[Wash]:
        return (wash(one, pair, baseline(one, pair)) for one in runs for pair in mixed_pairs(one))

    return {
        "over their random limits": washes(lambda one, _: one.orders),
        "over their outside options": washes(
            lambda one, pair: truthful(one.orders, pair, one.prepared.outside)
        ),
    }


def wash(one: HonestRun, pair: Pair, honest: Orders) -> Wash:
    """A pair's wash trades against its honest orders."""
    before, after = one.cleared(honest), one.cleared(washed(honest, pair, one.prepared.outside))
    first_wh, second_wh = after.fill_wh[list(pair)]
    both_wh = np.where(first_wh * second_wh < 0, np.minimum(np.abs(first_wh), np.abs(second_wh)), 0)
    return Wash(
        effect=effect(one.money_of(before), one.money_of(after), pair),
        own_wh=int(both_wh.sum()),
        price_shift_nano=mean_price(after) - mean_price(before),
    )


def mean_price(trades: Trades) -> float:
    """Weighted by volume, nano-$ per Wh; nan without trade."""
    return float(trades.price @ trades.traded_wh) / float(trades.traded_wh.sum() or np.nan)


def mixed_pairs(one: HonestRun) -> Iterator[Pair]:
    """A home with PV, and one without."""
    has_pv = [home.has_pv for home in one.prepared.population.homes]
    return product((row for row in one.homes if has_pv[row]), (row for row in one.homes if not has_pv[row]))


def silence_cases(runs: Sequence[HonestRun]) -> Cases:
    """An auctioneer that does not clear, and a meter that does not settle."""

    def silent(void: Callable[[Ints], NDArray[np.bool_]]) -> Iterator[Effect]:
        for one in runs:
            yield one.effect_of(voided(one.trades, void(one.trades.traded_wh)), [])

    def unsettled(one: HonestRun) -> Effect:
        nothing = true_totals(one.prepared, one.trades).none()
        return effect(one.money, settled(one.prepared, one.trades, nothing), [])

    return {
        "auctioneer: all slots void": silent(lambda traded_wh: traded_wh >= 0),
        "auctioneer: every second slot void": silent(lambda traded_wh: np.arange(len(traded_wh)) % 2 == 0),
        "auctioneer: the half of the slots that trades most void": silent(
            lambda traded_wh: traded_wh > np.median(traded_wh)
        ),
        "auctioneer: leaves out what costs a friend (foresight)": (
            one.effect_of(
                voided(one.trades, unwelcome(one.prepared.reading_wh, one.trades, one.prepared.outside, row)),
                [row],
            )
            for one, row in each_home(runs)
        ),
        "meter: never settles": (unsettled(one) for one in runs),
    }


def each_home(runs: Sequence[HonestRun], retail: int | None = None) -> Iterator[tuple[HonestRun, int]]:
    """Every home of every seed, or those with this retail price in the first slot."""
    return (
        (one, row)
        for one in runs
        for row in one.homes
        if retail in (None, int(one.prepared.outside.retail[row, 0]))
    )


def retails_of(runs: Sequence[HonestRun]) -> list[int]:
    """All retail prices in the first slot, nano-$ per Wh."""
    return sorted({int(one.prepared.outside.retail[row, 0]) for one, row in each_home(runs)})
