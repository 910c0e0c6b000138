"""The leak meter: 1 where everything is given away, 0 where nothing is, and in between what attacks find."""

from dataclasses import replace

import numpy as np
import pytest

from sim.forecast.model_set import ModelSet
from sim.outputs.summary import summary_of
from sim.privacy import window_lattices
from sim.privacy.attack import attack
from sim.privacy.candidates import identified_share
from sim.privacy.histories import Histories
from sim.privacy.leak import MOST_HOMES, Leak, evenly, leak_of
from sim.privacy.target import target_of
from sim.privacy.window_lattices import WindowLattices
from tests.privacy.models import HOMES, SLOTS, constant, linear, mlp, no_trades, street
from tests.runs import run, scenario

ALL = np.arange(HOMES)


def leak(prepared) -> Leak:
    found = leak_of(prepared, no_trades(prepared))
    assert found is not None
    return found


def attacked(prepared, home: int) -> tuple[np.ndarray, np.ndarray]:
    """What the attack on bids has of a home's readings in windows, and these."""
    target = target_of(prepared, no_trades(prepared).fill_wh, home).without_totals()
    prior = Histories(prepared, ALL).without(home, target.model).belief(target.slots, target.forecast_wh)
    found = attack(target, prior, WindowLattices(target.bids))
    return found[target.covered], target.truth_wh[target.covered]


def test_a_full_rank_linear_model_gives_every_reading_away() -> None:
    prepared = street(linear())
    for home in range(HOMES):
        found, truth = attacked(prepared, home)
        assert len(truth) == 2 * SLOTS
        assert (found == truth).all()
    assert leak(prepared).bids == leak(prepared).share == 1


@pytest.mark.slow
def test_trained_models_leak_by_their_width() -> None:
    """One neuron least, the default clearly less than the linear model."""
    found = [
        leak(street(None, f"forecast.family={family}", f"forecast.hidden={hidden}"))
        for family, hidden in (("mlp", 1), ("mlp", 8), ("linear", 8))
    ]
    bids, share = [each.bids for each in found], [each.share for each in found]
    assert bids == sorted(bids)
    assert share == sorted(share)
    assert share[0] < 0.6 < share[1] < 0.9 < share[2] == 1
    assert len({each.totals for each in found}) == 1
    assert all(each.share < each.hidden for each in found[:2])


@pytest.mark.slow
def test_hidden_values_as_many_as_readings_would_give_these_away() -> None:
    """Half of the neurons are silent, so outputs alone do not; a proof's lookups might."""
    found = leak(street(None, "forecast.hidden=24"))
    assert found.share < 0.99 < found.hidden == 1


@pytest.mark.parametrize("wh", [0, 400, -5_000])
def test_constants_give_nothing_away_but_the_meter_s_totals_do(wh) -> None:
    found = leak(street(constant(wh)))
    assert found.bids == 0
    assert 0 < found.totals == found.share < 0.5


def test_without_totals_constants_leave_the_average_day() -> None:
    prepared = street(constant(0))
    target = target_of(prepared, no_trades(prepared).fill_wh, 0).without_totals()
    histories = Histories(prepared, ALL).without(0, target.model)
    found = attack(target, histories.belief(target.slots, target.forecast_wh), WindowLattices(target.bids))
    assert found == pytest.approx(histories.average_wh(target.slots))


def test_totals_of_one_slot_are_the_reading() -> None:
    intraday = street(linear(horizon=1), "time.horizon=1")
    target = target_of(intraday, no_trades(intraday).fill_wh, 2).without_bids()
    prior = Histories(intraday, ALL).without(2).belief(target.slots, target.forecast_wh)
    found = attack(target, prior, WindowLattices(()))
    assert (found[SLOTS + 1 :] == target.truth_wh[SLOTS + 1 :]).all()
    assert leak(intraday).totals > 0.8


def test_totals_follow_from_fills_and_what_the_meter_posts() -> None:
    prepared = street(constant(0), 'market.retail={ "00:00" = 0.18, "16:00" = 0.34 }')
    fill_wh = np.random.default_rng(1).integers(-900, 900, prepared.reading_wh.shape)
    target = target_of(prepared, fill_wh, 5)
    rows, sums = target.totals
    assert rows.shape[0] == 4  # two gates, two periods
    assert (rows @ target.truth_wh == sums).all()
    assert (rows.sum(axis=0)[SLOTS + 1 :] == 1).all()


def test_gates_together_say_more_than_one() -> None:
    """Half as many outputs, but every reading is in two windows."""
    one = street(linear(horizon=12), "time.horizon=12")
    found, truth = attacked(one, 0)
    alone = replace(one, outputs=one.outputs[:, :1], windows_wh=one.windows_wh[:, :1])
    single, its = attacked(alone, 0)
    once = np.square(single - its).sum()
    assert np.square(found - truth)[:SLOTS].sum() < once / 2


def test_a_lattice_finds_what_least_squares_cannot(monkeypatch) -> None:
    """Sixteen equations for 24 readings: a third of the numbers is missing, and all readings are found."""
    prepared = street(mlp((16,), most=1_000, bias=10**9))
    found, truth = attacked(prepared, 0)
    assert (found == truth).all()
    monkeypatch.setattr(window_lattices, "MOST_STEPS", 0)
    found, truth = attacked(prepared, 0)
    assert np.abs(found - truth).max() > 50


def test_twin_neurons_do_the_attack_no_harm() -> None:
    """They are one equation, and not two; eight pairs leave too many solutions, and end in no error."""
    model = mlp((16,), most=1_000, bias=10**9)
    first, last = model.weights
    for twins in (first, model.biases[0]):
        twins[8:] = twins[:8]
    found = leak(street(replace(model, weights=(first, last))))
    assert 0 < found.bids < 1
    thrice = linear()
    thrice.weights[0][20:] = thrice.weights[0][19]
    assert 0.9 < leak(street(thrice)).bids < 1


def test_a_narrow_model_leaves_the_lattice_too_many_solutions() -> None:
    prepared = street(mlp((6,), most=1_000, bias=10**9))
    target = target_of(prepared, no_trades(prepared).fill_wh, 0)
    prior = Histories(prepared, ALL).without(0, target.model).belief(target.slots, target.forecast_wh)
    lattices = WindowLattices(target.bids)
    window = target.windows[0]
    assert lattices.solve(target.bids[0], prior.of(window), prior.mean[window]) is None
    assert lattices.steps == 0


def test_the_leak_depends_on_the_run_alone() -> None:
    prepared = street(mlp((8,)))
    before = prepared.outputs.copy(), prepared.reading_wh.copy()
    assert leak(prepared) == leak(prepared)
    assert (prepared.outputs == before[0]).all()
    assert (prepared.reading_wh == before[1]).all()


def test_fills_tell_nothing_new_beside_totals() -> None:
    prepared = street(constant(0))
    fill_wh = np.random.default_rng(1).integers(-900, 900, prepared.reading_wh.shape)
    traded = replace(no_trades(prepared), fill_wh=fill_wh)
    assert leak_of(prepared, traded) == leak(prepared)


def test_no_history_no_averages() -> None:
    early = street(linear(horizon=1), "time.start=2016-08-07", "time.horizon=1")
    assert leak(early).share > 0
    too_early = street(linear(horizon=1), "time.start=2016-08-06", "time.horizon=1")
    assert leak_of(too_early, no_trades(too_early)) is None
    assert identified_share(too_early, evenly(too_early, MOST_HOMES)) == 1


def test_a_large_run_is_measured_on_homes_at_even_distances() -> None:
    many = street(constant(0), "population.resampling=true", "population.agents=15")
    assert evenly(many, 5).tolist() == [0, 3, 6, 9, 12]
    assert evenly(many, 16).tolist() == list(range(15))


def test_who_holds_the_data_knows_the_window_of_a_bid() -> None:
    assert identified_share(street(linear()), ALL) == 1
    assert identified_share(street(mlp((4,))), ALL) > 0.9
    assert identified_share(street(constant(0)), ALL) == 0
    assert identified_share(street(linear(), "population.resampling=true"), ALL) == 1


def test_the_summary_holds_the_leak() -> None:
    outcome = run(scenario("tiny", "proofs.policy=none", "chain.backend=none"))
    summary = summary_of(outcome)
    assert summary["leak_share"] == summary["leak_share_bids"] == summary["identified_share"] == 1
    assert 0 < summary["leak_share_totals"] < 1
    quiet = run(
        scenario("tiny", "proofs.policy=none", "chain.backend=none"), ModelSet((0,) * 4, (constant(0),))
    )
    assert summary_of(quiet)["leak_share_bids"] == summary_of(quiet)["identified_share"] == 0
