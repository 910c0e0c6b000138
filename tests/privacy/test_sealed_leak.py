"""What is learned under sealed orders: all by who is told all, nothing by who is told nothing, and from no
home's own readings but through what is public.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.forecast.dense import IntegerDense
from sim.forecast.forecasters import Forecasters
from sim.market.mechanisms.net_price import NetPrice
from sim.privacy.belief import Belief
from sim.privacy.exact_sums import bits_left, model_sums, two_sums
from sim.privacy.sealed import Held, Maps, Sealed, Terms, deviation_costs, sealed_of, sums_by
from sim.privacy.sealed_attack import DEVIATION, TOTALS, TRADE, Attack, Knowledge, sums_by_price
from sim.privacy.sealed_leak import AVERAGE, errors_of, sealed_leak_of, share_of
from sim.privacy.study import Prior, Study, cost_unit
from sim.simulation.preparation import prepare
from tests.privacy.models import UNPROVED, mlp
from tests.runs import QUIET, scenario

HOMES, DAYS, S, SCALE = 6, 4, 4, 10
RETAIL, FEED_IN = 220_000, 60_000
ALL = (TOTALS, TRADE, DEVIATION)


def made_up(
    period: int = 2, weights: tuple[np.ndarray, ...] | None = None, seed: int = 1, scale: int = SCALE
) -> tuple[Sealed, Held, Study]:
    """Six homes of four slots a day, three with a generator, and a study of ten homes like them.

    weights: of every model, shape (S, S); homes take turns
    """
    random = np.random.default_rng(seed)
    weights = weights or (random.integers(-(1 << scale), 1 << scale, (S, S)),)
    slots, of_home = DAYS * S, np.arange(HOMES) % len(weights)
    rows = np.zeros((len(weights), slots, S + slots))
    for day in range(DAYS):
        rows[:, day * S : (day + 1) * S, day * S : (day + 1) * S] = np.stack(weights)
    has_pv = np.arange(HOMES) % 2 == 0
    reading_wh = random.integers(0, 900, (HOMES, S + slots)) - 1_500 * has_pv[:, None]
    outputs = np.einsum("hsr,hr->hs", rows[of_home], reading_wh).astype(np.int64)
    totals, slot = outputs.sum(axis=0), np.arange(slots)
    retail, feed_in = np.full(slots, RETAIL), np.full(slots, FEED_IN)
    prices = NetPrice().prices(totals, retail, feed_in)
    trade_period = slot // (period * S)
    sealed = Sealed(
        maps=Maps(rows, np.zeros(rows.shape[:2]), np.zeros(rows.shape[:2]), of_home),
        totals=totals,
        prices=prices,
        retail=retail,
        feed_in=feed_in,
        trade_period=trade_period,
        deviation_period=trade_period,
        trade_sums=sums_by(trade_period, prices * outputs),
        deviation_sums=sums_by(
            trade_period, deviation_costs(reading_wh[:, S:], outputs, retail, feed_in, scale)
        ),
        has_pv=has_pv,
        scale=scale,
        horizon=S,
        per_day=S,
    )
    covered = np.arange(S + slots) < slots
    held = Held(reading_wh, outputs, covered, tuple(f"home {home}" for home in range(HOMES)))
    others_wh = random.integers(0, 900, (10, 13, S))
    others_wh[:5] -= 1_500
    said = np.einsum("mst,hdt->mhds", np.stack(weights), others_wh[:, :-1])
    costs = deviation_costs(others_wh[None, :, 1:], said, RETAIL, FEED_IN, scale).sum(axis=3)
    readings_wh = np.broadcast_to(others_wh[:, 1:], said.shape)
    days = np.concatenate([readings_wh, costs[..., None] / cost_unit(sealed)], axis=3)
    study = Study(days, np.arange(10) < 5, tuple(f"other {home}" for home in range(10)))
    return sealed, held, study


def with_colluders(held: Held, colluders: np.ndarray) -> Knowledge:
    return Knowledge(colluders, np.where(colluders[:, None], held.outputs, 0))


def estimate(sealed: Sealed, study: Study, knowledge: Knowledge, used: tuple[str, ...], victim: int = 0):
    labels = sealed.has_pv.tolist()
    return Attack(sealed).estimates(victim, Prior(study, 0.5), knowledge, labels, (used,))[0]


# What sums are ----------------------------------------------------------------------------------------------


def test_what_is_public_adds_up() -> None:
    """Trade sums to the community's trade, bills at perfect foresight to nothing but trade."""
    sealed, held, _ = made_up()
    traded = sums_by(sealed.trade_period, (sealed.prices * sealed.totals)[None])[0]
    assert (sealed.trade_sums.sum(axis=0) == traded).all()
    assert deviation_costs(np.array([3]), np.array([3 << SCALE]), RETAIL, FEED_IN, SCALE) == 0
    assert (
        deviation_costs(np.array([3]), np.array([1 << SCALE]), RETAIL, FEED_IN, SCALE) == 2 * RETAIL << SCALE
    )
    assert deviation_costs(np.array([3]), np.array([4 << SCALE]), RETAIL, FEED_IN, SCALE) == -FEED_IN << SCALE
    apart = sums_by_price(sealed, held.outputs).reshape(HOMES, -1, len(prices := np.unique(sealed.prices)))
    assert (apart @ prices == sealed.trade_sums).all()


@given(st.integers(-400, 400), st.integers(-400, 400), st.sampled_from([(220_001, 60_000), (7, 3)]))
@settings(max_examples=25, derandomize=True, deadline=None)
def test_two_prices_without_a_divisor_give_both_sums_of_whole_wh(a, b, prices) -> None:
    """And never a wrong pair: small prices leave several."""
    found = two_sums(prices[0] * a + prices[1] * b, prices, (400, 400))
    assert found == (a, b) if prices[0] > 800 else found in ((a, b), None)


def test_at_usual_prices_and_fine_scale_sums_stay_together() -> None:
    most = 24 * 12_000 << SCALE
    assert two_sums(RETAIL * 5_000_000 - FEED_IN * 3_000_000, (RETAIL, FEED_IN), (most, most)) is None
    assert two_sums(7, (4, 2), (9, 9)) is None  # no whole numbers give it


# What an attacker knows -------------------------------------------------------------------------------------


def test_nothing_told_is_the_mean_day_and_nothing_learned() -> None:
    sealed, _, study = made_up()
    outsider, prior = Knowledge.outsider(sealed), Prior(study, 0.5)
    blank = [None] * HOMES
    found = Attack(sealed).estimates(0, prior, outsider, blank, ((),))[0]
    assert found == pytest.approx(np.tile(prior.average_wh(0), DAYS + 1))
    assert share_of({AVERAGE: np.array([9.0, 1.0]), "it": np.array([9.0, 1.0])}, ["it"]) == 0


def test_all_but_one_colluding_home_leave_nothing_unknown_and_all_but_two_their_sum() -> None:
    sealed, held, study = made_up()
    colluders = np.arange(HOMES) > 0
    found = estimate(sealed, study, with_colluders(held, colluders), (TOTALS,))
    assert found[held.covered] == pytest.approx(held.reading_wh[0, held.covered], abs=0.1)
    colluders[1] = False
    knowledge = with_colluders(held, colluders)
    one, other = (estimate(sealed, study, knowledge, ALL, victim) for victim in (0, 1))
    both = held.reading_wh[:2].sum(axis=0)
    assert (one + other)[held.covered] == pytest.approx(both[held.covered], abs=0.1)
    assert np.abs(one - held.reading_wh[0])[held.covered].max() > 50


def test_sums_of_single_slots_are_all_there_is_to_know() -> None:
    """One settlement a slot tells the outputs, and of a full-rank model the readings."""
    sealed, held, study = made_up()
    slot = np.arange(DAYS * S)
    told = replace(sealed, trade_period=slot, trade_sums=sealed.prices * held.outputs)
    found = estimate(told, study, Knowledge.outsider(told), (TRADE,))
    assert found[held.covered] == pytest.approx(held.reading_wh[0, held.covered], abs=0.1)
    longer = estimate(sealed, study, Knowledge.outsider(sealed), (TRADE,))
    assert np.abs(longer - held.reading_wh[0])[held.covered].max() > 50


def test_estimates_fit_what_was_told() -> None:
    sealed, _, study = made_up()
    found = estimate(sealed, study, Knowledge.outsider(sealed), ALL)
    outputs = sealed.maps.rows[0] @ found
    for period in range(2):
        inside = sealed.trade_period == period
        assert (sealed.prices * outputs)[inside].sum() == pytest.approx(
            sealed.trade_sums[0, period], rel=1e-6
        )


def test_readings_count_only_through_what_is_public() -> None:
    """Other readings with the same outputs and sums, and a past of another kind: the same estimate."""
    sealed, held, study = made_up()
    victim = Study(study.days[:, :1] * 9, study.has_pv[:1], ("home 0",))
    with_past = Study(
        np.concatenate([study.days, victim.days], axis=1),
        np.append(study.has_pv, victim.has_pv),
        (*study.donors, *victim.donors),
    )
    first, second = (errors_of(sealed, held, each, [0]) for each in (study, with_past))
    assert all(first[name] == second[name] for name in first)
    moved = replace(held, reading_wh=held.reading_wh + 100)
    other = errors_of(sealed, moved, study, [0])
    shift = np.sqrt(first[AVERAGE]) - np.sqrt(other[AVERAGE])
    assert abs(shift) > 0  # the yardstick is the truth; the estimate is not:
    before, after = (
        estimate(sealed, study, with_colluders(each, np.zeros(HOMES, dtype=bool)), ALL)
        for each in (held, moved)
    )
    assert (before == after).all()
    assert (
        estimate(replace(sealed, totals=sealed.totals + 9**6), study, Knowledge.outsider(sealed), ALL)
        != after
    ).any()


# Lattices on totals -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scale", "falls"), [(30, True), (6, False)])
def test_two_homes_with_a_model_each_are_told_apart_at_a_fine_scale(scale, falls) -> None:
    """Where all others collude, the sum of two homes' outputs is public; of whole numbers it may say both."""
    random = np.random.default_rng(5)
    weights = tuple(random.integers(-(1 << scale), 1 << scale, (S, S)) for _ in range(2))
    sealed, held, study = made_up(weights=weights, scale=scale)
    colluders = np.arange(HOMES) > 1
    knowledge = with_colluders(held, colluders)
    sums = model_sums(sealed, Attack(sealed), Prior(study, 0.5), colluders, knowledge.outputs)
    assert sums is not None
    if not falls:
        assert np.isnan(sums).all()
        return
    assert (sums[:, held.covered] == held.reading_wh[:2, held.covered]).all()
    found = estimate(sealed, study, replace(knowledge, model_sums=sums), (TOTALS,))
    assert found[held.covered] == pytest.approx(held.reading_wh[0, held.covered], abs=0.1)


def test_one_model_has_no_lattice_and_a_sum_of_money_too_few_bits() -> None:
    sealed, held, study = made_up()
    nobody = np.zeros(HOMES, dtype=np.bool_)
    assert model_sums(sealed, Attack(sealed), Prior(study, 0.5), nobody, held.outputs) is None
    window = Belief(np.zeros(24), 600.0**2 * np.eye(24))
    money = np.random.default_rng(1).integers(-(1 << 27), 1 << 27, (1, 24))
    assert bits_left(money, window.covariance) > 200
    assert bits_left(money[:, :2], window.covariance[:2, :2]) < -10  # two slots are all but unique


# Runs -------------------------------------------------------------------------------------------------------


LINEAR = (*UNPROVED, "forecast.inputs=[]")


def yesterday(homes: int, horizon: int = 24) -> Forecasters:
    """One model of full rank for all homes, which says what was."""
    weight = np.eye(horizon, 24, dtype=np.int64) << SCALE
    model = IntegerDense("linear", SCALE, (weight,), (np.zeros(horizon, dtype=np.int64),))
    return Forecasters.trained_once((0,) * homes, (model,))


@pytest.mark.slow
def test_a_run_leaks_more_with_shorter_bills_and_less_than_open_orders() -> None:
    prepared = prepare(scenario("street", *LINEAR), QUIET, yesterday(15))
    whole, daily = (sealed_leak_of(prepared, Terms(days)) for days in (None, 1))
    assert whole is not None
    assert daily is not None
    assert 0 < whole.label <= whole.totals <= whole.share <= whole.by_price < 1
    assert daily.totals == whole.totals
    assert whole.unlabelled <= whole.share
    assert whole.share < daily.share < 1


def test_readings_of_a_run_give_its_outputs_through_the_maps() -> None:
    weight = np.random.default_rng(1).integers(-500, 500, (24, 48))
    model = IntegerDense("linear", SCALE, (weight,), (np.arange(24),))
    hours = scenario("tiny", *UNPROVED, 'forecast.inputs=["fortnight-mean"]')
    prepared = prepare(hours, QUIET, Forecasters.trained_once((0,) * 4, (model,)))
    sealed, held = sealed_of(prepared, Terms(1))
    said = np.einsum("hsr,hr->hs", sealed.maps.rows[sealed.maps.of_home], held.reading_wh)
    missed = said + sealed.maps.constants[sealed.maps.of_home] - held.outputs
    assert 0 < np.square(missed).mean() < 2 * sealed.maps.noise.mean()  # means of a fortnight are rounded
    assert (sealed.totals == held.outputs.sum(axis=0)).all()


@pytest.mark.parametrize(
    ("models", "setting", "said"),
    [
        (Forecasters.trained_once((0,) * 4, (mlp((8,)),)), "seed=7", "one affine map"),
        (yesterday(4), 'market.homes={ "home-03" = { retail = 0.3 } }', "common"),
    ],
)
def test_what_cannot_be_sealed_is_refused(models, setting, said) -> None:
    prepared = prepare(scenario("tiny", *LINEAR, setting), QUIET, models)
    with pytest.raises(InputError, match=said):
        sealed_of(prepared, Terms(1))


def test_a_history_too_short_for_a_study_is_none() -> None:
    early = scenario("street", *LINEAR, "time.start=2016-08-06", "time.horizon=1")
    assert sealed_leak_of(prepare(early, QUIET, yesterday(15, horizon=1)), Terms(1)) is None
