"""A home that somebody decides for orders at the limits named; its strategy's bill is that of another run."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from sim.outputs.outcome import Outcome
from sim.page.panels.take_over_panel import gates_table, question
from sim.page.panels.time_bar import warning
from sim.page.taken_over import Answer, Asked, TakenOver, limits_from, why_not
from sim.page.timeline import Timeline
from sim.page.views.taken_over import bills_so_far
from sim.schema.scenario import Scenario
from tests.page.drawings import steps, title
from tests.page.scenes import taking_over
from tests.runs import persistence_models, scenario

ROW, GATES, HORIZON = 4, 4, 6
SETTINGS = (
    "population.agents=6",
    f"time.horizon={HORIZON}",
    "proofs.policy=none",
    "chain.backend=revm",
    "market.strategy={zic=0.5, truthful=0.5}",
)
BUY, SELL = 200_000, 70_000


def held(
    scene: Scenario, answers: Callable[[Asked], Answer] | None, row: int = ROW
) -> tuple[Outcome, Timeline, TakenOver]:
    """A market of homes that repeat yesterday, with one taken over if there are answers."""
    models = persistence_models(scene.population.agents or 15, scene.forecast.lookback, scene.time.horizon)
    return taking_over(scene, answers, row, models)


def from_gate(first: int, last: int = GATES) -> Callable[[Asked], Answer]:
    """Limits at all gates before ``last``, and the home handed back there."""
    return lambda asked: Answer(asked.gate, (BUY + asked.gate, SELL) if first <= asked.gate < last else None)


@pytest.fixture(scope="module")
def alone() -> tuple[Outcome, Timeline, TakenOver]:
    return held(scenario("tiny", *SETTINGS), None)


@pytest.fixture(scope="module")
def played() -> tuple[Outcome, Timeline, TakenOver]:
    """Two gates with limits of somebody's, two without."""
    return held(scenario("tiny", *SETTINGS), from_gate(0, 2))


def test_what_its_strategy_would_have_had_is_the_run_in_which_nobody_decides(alone, played) -> None:
    for state in (alone[2], played[2]):
        assert np.array_equal(state.own.fill_wh, alone[0].trades.fill_wh)
        assert np.array_equal(state.own.payment, alone[0].trades.payment)
    assert np.array_equal(played[2].bills(played[1])[1], alone[1].bill[ROW])
    assert not np.array_equal(played[2].bills(played[1])[0], alone[1].bill[ROW])


def test_the_limits_named_stand_on_the_chain_and_nothing_else_changes(alone, played) -> None:
    """Until the home is handed back."""
    before, after = alone[1], played[1]
    assert np.array_equal(after.quantity_wh, before.quantity_wh)
    quantity_wh, limits = after.quantity_wh[ROW], before.limit_price.copy()
    for gate in range(2):
        slots = slice(gate * HORIZON, (gate + 1) * HORIZON)
        limits[ROW, slots] = np.select((quantity_wh[slots] > 0, quantity_wh[slots] < 0), (BUY + gate, SELL))
    assert np.array_equal(after.limit_price, limits)
    assert not np.array_equal(after.limit_price, before.limit_price)
    assert (after.transactions["accepted"]).all()
    assert played[2].answers == (Answer(0, (BUY, SELL)), Answer(1, (BUY + 1, SELL)), Answer(2, None))
    assert played[2].asked is None


def test_a_home_that_is_handed_back_at_once_leaves_the_scenarios_run(alone) -> None:
    outcome, _, state = held(scenario("tiny", *SETTINGS), from_gate(0, 0))
    assert outcome.market_digest == alone[0].market_digest
    assert warning(state) == ""


def test_limits_that_its_strategy_would_have_named_gain_nothing() -> None:
    truthful = scenario("tiny", *SETTINGS, "market.strategy=truthful")
    _, timeline, state = held(truthful, lambda asked: Answer(asked.gate, (asked.value, asked.cost)))
    bill, own = state.bills(timeline)
    assert np.array_equal(bill, own)
    assert bill.any()


def test_the_limits_named_stand_in_every_round_and_others_that_learn_change_no_strategys_bill() -> None:
    learning = "market.strategy={zip = 0.5, gd = 0.25, roth-erev = 0.25}"
    several = scenario("tiny", *SETTINGS, "market.mechanism=repeated", "chain.backend=none", learning)
    outcome, alone, _ = held(several, None)
    asked: list[int] = []
    _, played, state = held(several, lambda each: asked.append(each.gate) or Answer(each.gate, (BUY, SELL)))
    assert np.array_equal(state.own.fill_wh, outcome.trades.fill_wh)
    assert np.array_equal(state.own.payment, outcome.trades.payment)
    assert not np.array_equal(np.delete(played.limit_price, ROW, 0), np.delete(alone.limit_price, ROW, 0))
    assert asked == list(range(GATES))
    ordered = played.quantity_wh[ROW] != 0
    assert set(played.limit_price[ROW, ordered].tolist()) == {BUY, SELL}
    assert not set(alone.limit_price[ROW, ordered].tolist()) & {BUY, SELL}


@pytest.mark.slow
@pytest.mark.long
def test_a_home_taken_over_has_its_own_proof_verified() -> None:
    few = ("population.agents=2", "population.pv_share=0.5", "forecast.clusters=1", "chain.backend=revm")
    outcome, timeline, _ = held(scenario("tiny", *few), lambda asked: Answer(asked.gate, (BUY, SELL)), 1)
    assert outcome.verified_on_chain
    assert timeline.proofs["on_chain"].tolist() == [True, True]
    limits = timeline.limit_price[1][timeline.quantity_wh[1] != 0]
    assert len(limits)
    assert set(limits.tolist()) <= {BUY, SELL}


# What is typed, and what is said --------------------------------------------------------------------------


WHEN = datetime(2017, 6, 12, 6), datetime(2017, 6, 12, 12)
BOTH = Asked(1, *WHEN, np.array([300, -1_200, 0]), 220_000, 60_000)


@pytest.mark.parametrize(
    ("buy", "sell", "limits"),
    [("0.1", " $0.2 ", (100_000, 200_000)), ("0", "0.44", (0, 440_000)), ("1e-6", ".1", (1, 100_000))],
)
def test_prices_are_read_as_limits(buy, sell, limits) -> None:
    assert limits_from(buy, sell, BOTH) == Answer(1, limits)


@pytest.mark.parametrize("words", ["", "x", "-0.1", "0.440001", "1e400", "nan", "inf", "0.0000001", "9" * 99])
def test_what_is_no_limit_is_a_sentence(words) -> None:
    for label, typed in (("buy at most", (words, "0.1")), ("sell at least", ("0.1", words))):
        said = limits_from(*typed, BOTH)
        assert isinstance(said, str)
        assert said.startswith(f'{label} = "{words[:20]}": should be a price from 0 to $0.440/kWh')
        assert "\n" not in said


def test_only_the_sides_that_a_home_orders_on_are_asked_for() -> None:
    buyer = replace(BOTH, ordered_wh=np.array([300, 0]))
    assert limits_from("0.1", "x", buyer) == Answer(1, (100_000, 0))
    state = TakenOver(0, "home-07", "zic", None)
    assert "buy <b>0.30 kWh</b>." in question(state, buyer)
    assert "buy <b>0.30 kWh</b> and to sell <b>1.20 kWh</b>." in question(state, BOTH)
    assert "Gate 2, Mon 06:00 to 12:00" in question(state, BOTH)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ((), ""),
        (("market.mechanism=mid-market",), "under mid-market homes name no limits"),
        (("adversaries.homes={late-bidder=0.25}",), "homes cheat here"),
    ],
)
def test_where_nothing_could_be_decided_or_compared_it_says_why(settings, words) -> None:
    said = why_not(scenario("tiny", *settings))
    assert said.startswith(words)
    assert bool(said) == bool(words)


def test_the_page_says_what_was_named_and_what_it_brought(played) -> None:
    _, timeline, state = played
    bill, own = (int(each.sum()) for each in state.bills(timeline))
    figure = bills_so_far(timeline, state)
    lines = [
        steps(figure.axes[0], label)[-1] for label in ("with the limits named here", "with its strategy, zic")
    ]
    assert lines == pytest.approx([bill / 1e9, own / 1e9])
    assert title(figure).startswith(f"{state.name} has ")
    shown = gates_table(timeline, state)
    assert shown.count("its own") == 4
    assert f"{(own - bill) / 1e9:+.3f}".replace("+", "+$").replace("-", "-$") in shown
    assert f"{state.name} ordered at limits named here at gates 1 to 2." in warning(state)
