"""Experiments with schedules of units: what trades, in which order, and what is gained."""

import numpy as np
import pytest

from agents.strategies import strategies
from sim.market.mechanisms.continuous import Continuous
from sim.market.mechanisms.repeated import Repeated
from sim.replicate.traders import EQUILIBRIUM, zip_price
from sim.replicate.trading_floor import TradingFloor, efficiency
from sim.seeds import Streams

FLOOR = TradingFloor.of([(102, 97, 92), (90, 60)], [(34, 46, 58), (50,)], 1, 200)


def test_units_trade_best_first_within_their_worth_and_once_a_day() -> None:
    made = FLOOR.days(strategies.make("zic"), Continuous(quotes=40), 6, Streams(7))
    assert not made.fill_wh.sum(axis=0).any()
    assert not made.payment.sum(axis=0).any()
    assert set(np.unique(made.fill_wh)) == {-1, 0, 1}
    price = np.abs(made.payment)
    assert (made.fill_wh * (FLOOR.worth[:, None] - price) >= 0).all()
    for first, last in ((0, 3), (3, 5), (5, 8)):
        assert (np.diff(np.abs(made.fill_wh[first:last]), axis=0) <= 0).all()


def test_efficiency_is_of_what_the_schedules_allow() -> None:
    """102 + 97 + 92 + 90 less 34 + 46 + 58 + 50: all four pairs gain, 193 in all; truth nearly finds them."""
    truth = FLOOR.days(strategies.make("truthful"), Repeated(calls=6), 1, Streams(7))
    gained = int((truth.fill_wh[:, 0] * FLOOR.worth).sum())
    assert efficiency(FLOOR, truth) == pytest.approx(gained / 193)
    assert gained >= 163  # a late unit of 60 may trade for an early one of 90, and no other pair is lost


def test_what_is_learned_is_kept_overnight() -> None:
    """ZIP traders come to the equilibrium of a market in which they do not begin there."""
    first, later = (
        abs(zip_price("flat supply", Continuous(quotes=10), slice(day, day + 1), range(2)) - EQUILIBRIUM)
        for day in (0, 9)
    )
    assert later < first / 3
