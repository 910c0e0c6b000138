"""Homes decide and learn: what strategies are held to, and the market that they would make as yesterday."""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pytest

from agents.strategies import Strategy, strategies
from agents.traders import Participants, strategies_of_homes
from sim.errors import InputError
from sim.market.clearing import Trades
from sim.market.orders import Orders
from sim.seeds import Streams
from sim.simulation.other_forecasts import trades_with
from sim.simulation.preparation import Prepared, prepare
from sim.simulation.world import World
from tests.plugins import plugged, registered  # noqa: F401
from tests.runs import QUIET, persistence_models, run, scenario

OFF_CHAIN = ("proofs.policy=none", "chain.backend=none")
ON_CHAIN = ("proofs.policy=none", "chain.backend=py-evm")


def prepared(*settings: str) -> Prepared:
    given = scenario("tiny", *OFF_CHAIN, *settings)
    return prepare(given, QUIET, persistence_models(given.population.agents, horizon=given.time.horizon))


def held(market: Prepared) -> World:
    world = World(market, (), None)
    world.run_model()
    return world


# What strategies are held to ------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Wrong(Strategy):
    meaning, source = "not at all", "nobody"

    def orders(self, view, state, draws):  # noqa: ARG002
        return self.wrong(view.forecast_wh)


def wrong(name_: str, wrong_: object, sets_quantities_: bool = False) -> type[Strategy]:
    @dataclass(frozen=True)
    class Wrong(_Wrong):
        name, sets_quantities = name_, sets_quantities_
        wrong = staticmethod(wrong_)

    return Wrong


@pytest.mark.parametrize(
    ("orders", "sentence"),
    [
        (lambda wh: Orders(wh, wh * 1.0), "limit_price should be an array of int64"),
        (lambda wh: Orders(wh.tolist(), wh), "quantity_wh should be an array of int64"),
        (lambda wh: Orders(wh, wh[:, 1:]), r"limit_price has shape \(4, 23\), should have \(4, 24\)"),
        (lambda wh: Orders(wh, 0 * wh - 1), "a limit of -1 nano-.* should be from 0 to below 2\\^40"),
        (lambda wh: Orders(wh, 0 * wh + 2**40), "a limit of 1099511627776 nano-"),
        (lambda wh: Orders(2 * wh, 0 * wh), "other quantities than the forecast, so it should say sets_q"),
    ],
    ids=["floats", "lists", "shape", "negative", "beyond the contract", "quantities"],
)
def test_wrong_orders_end_in_a_sentence(orders: object, sentence: str) -> None:
    with registered(lambda: strategies.register(wrong("wrong", orders))):
        homes = Participants(market := prepared(), ("wrong",) * 4, market.forecast_wh)
        with pytest.raises(InputError, match=f'strategy "wrong": .*{sentence}'):
            homes.decide(0)


def test_what_homes_are_handed_is_there_to_be_read() -> None:
    def spoils(forecast_wh: np.ndarray) -> Orders:
        forecast_wh += 1
        return Orders(forecast_wh, forecast_wh)

    with registered(lambda: strategies.register(wrong("spoils", spoils))):
        homes = Participants(market := prepared(), ("spoils",) * 4, market.forecast_wh)
        with pytest.raises(ValueError, match="read-only"):
            homes.decide(0)


def test_who_sets_quantities_is_bounded_by_its_connection_and_needs_books_without_a_chain() -> None:
    greedy = wrong("greedy", lambda wh: Orders(5 * wh, 0 * wh + 100_000), sets_quantities_=True)
    with registered(lambda: strategies.register(greedy)):
        outcome = run(scenario("tiny", *OFF_CHAIN, "market.strategy=greedy"))
        market = outcome.prepared
        assert np.array_equal(outcome.scheduled_wh, market.population.within_limits(5 * market.forecast_wh))
        assert not np.array_equal(outcome.scheduled_wh, 5 * market.forecast_wh)
        assert np.array_equal(outcome.quantity_wh, outcome.scheduled_wh)
        assert outcome.trades.traded_wh.sum() > 0
        with pytest.raises(InputError, match=r'"greedy": it orders other .* set chain.backend to "none"'):
            scenario("tiny", *ON_CHAIN, "market.strategy={zic = 0.5, greedy = 0.5}")


def test_parameters_are_those_of_the_class() -> None:
    with pytest.raises(InputError, match='strategy "zip" has no parameter greed; it has margin_least, '):
        scenario("tiny", "market.parameters.zip.greed=1")


def test_strategies_are_dealt_in_their_shares() -> None:
    names = [f"home-{i:02d}" for i in range(10)]
    assert Counter(strategies_of_homes(Streams(7), names, {"zic": 0.3, "truthful": 0.7})) == {
        "zic": 3,
        "truthful": 7,
    }


@dataclass(frozen=True)
class _Notes(Strategy):
    name, meaning, source = "notes", "at the outside option, and notes what it expected", "a test"

    def begin(self, homes, draws):  # noqa: ARG002
        return ()

    def orders(self, view, state, draws):  # noqa: ARG002
        return view.priced(view.worth)

    def read_meter(self, view, reading_wh, state):
        return (*state, (view.forecast_wh, reading_wh))


def test_meters_are_read_beside_what_was_expected_before_any_round() -> None:
    with registered(lambda: strategies.register(_Notes)):
        market = prepared("market.mechanism=repeated", "market.strategy=notes")
        ((expected_wh, reading_wh),) = held(market).prosumers[0].traders.state
    assert np.array_equal(expected_wh, market.forecast_wh)
    assert np.array_equal(reading_wh, market.reading_wh)


# The model ------------------------------------------------------------------------------------------------


def test_the_model_runs_to_its_end_and_collects_every_gate() -> None:
    world = held(prepared("time.horizon=6", "time.lead=13"))
    assert not world.running
    table, trades = world.datacollector.get_model_vars_dataframe(), world.history.trades
    assert table["gate"].tolist() == [0, 1, 2, 3]
    assert table["traded_wh"].tolist() == trades.traded_wh.reshape(4, 6).sum(axis=1).tolist()
    assert table["paid_nano"].sum() == trades.paid.sum()
    assert table["orders"].sum() == np.count_nonzero(world.history.quantity_wh)
    assert [agent.number for agent in world.agents_by_type[type(world.prosumers[0])]] == [1, 2, 3, 4]


# As yesterday ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shares", ["zic = 1", "zip = 1", "zip = 0.5, truthful = 0.5"])
def test_a_market_persistence_models_is_its_own_counterfactual(shares: str) -> None:
    """With overlapping gates, and with learning that begins anew."""
    market = prepared("time.days=2", "time.horizon=6", "time.lead=13", f"market.strategy={{{shares}}}")
    market = replace(market, forecast_wh=market.persistence_wh)
    world = held(market)
    strategies = [home.traders.strategy.name for home in world.prosumers]
    trades = trades_with(market, strategies, market.persistence_wh)
    assert trades.traded_wh.sum() > 0
    assert np.array_equal(trades.fill_wh, world.history.fill_wh)
    assert np.array_equal(trades.payment, world.history.payment)


# A strategy that learns -----------------------------------------------------------------------------------

LEARNING = ("time.days=3", "population.agents=15", "population.pv_share=0.54", "market.strategy=zip")


def test_zip_learns_what_it_is_told_and_nothing_else() -> None:
    market = prepared(*LEARNING)
    world, first = held(market), Participants(market, ("zip",) * 15, market.forecast_wh)
    began, ended = first.traders[0].state, world.prosumers[0].traders.state
    bought, sold = ((sign * world.history.quantity_wh > 0).any(axis=1) for sign in (1, -1))
    assert np.array_equal(ended.margin[:, 0] != began.margin[:, 0], bought)
    assert np.array_equal(ended.margin[:, 1] != began.margin[:, 1], sold)
    assert bought.all()
    assert 0 < sold.sum() < 15  # who never sells learns nothing of it
    first.decide(0)
    first.accept(0, Orders(*(np.zeros((15, 24), dtype=np.int64) for _ in range(2))))
    first.learn(0, Trades.at_one_price(np.zeros((15, 24), dtype=np.int64), np.full(24, 100_000)))
    assert np.array_equal(first.traders[0].state.margin, began.margin)  # a home without credit has no order


def test_zip_moves_towards_what_the_market_paid() -> None:
    """One buyer and one seller, both well within the price: each asks for more of it next time."""
    market = prepared()
    homes = Participants(market, ("zip",) * 4, market.forecast_wh)
    traders = homes.traders[0]
    ordered, before = homes.decide(0), traders.state.margin
    homes.accept(0, ordered)
    fills, price = ordered.quantity_wh.copy(), np.full(24, 140_000)
    homes.learn(0, Trades(fills, price * fills))
    buyers, sellers = ((sign * fills > 0).any(axis=1) for sign in (1, -1))
    assert (traders.state.margin[buyers, 0] < before[buyers, 0]).all()
    assert (traders.state.margin[sellers, 1] > before[sellers, 1]).all()


ALL = "market.strategy={truthful = 0.2, zic = 0.1, ziu = 0.1, zip = 0.2, gd = 0.2, roth-erev = 0.2}"


def test_a_population_of_all_strategies_trades_the_same_everywhere() -> None:
    mixed = ("time.horizon=12", "population.agents=10", ALL)
    one, again = (run(scenario("tiny", *OFF_CHAIN, *mixed)) for _ in range(2))
    on_chain = run(scenario("tiny", *ON_CHAIN, *mixed))
    other = run(scenario("tiny", *OFF_CHAIN, *mixed, "market.parameters.zip.learning_least=0.3"))
    assert one.market_digest == again.market_digest == on_chain.market_digest != other.market_digest
    assert one.accounts.persistence.sum() == again.accounts.persistence.sum()
    assert one.trades.traded_wh.sum() > 0


@pytest.mark.parametrize("mechanism", ["repeated", "continuous"])
def test_learning_from_round_to_round_trades_more_than_in_one(mechanism: str) -> None:
    settings = ("population.agents=12", ALL, f"market.mechanism={mechanism}")
    first = {"repeated": "calls", "continuous": "quotes"}[mechanism]
    one, several = (
        run(scenario("tiny", *OFF_CHAIN, *settings, f"market.parameters.{mechanism}.{first}={rounds}"))
        for rounds in (1, 4)
    )
    assert 0 < one.trades.traded_wh.sum() < several.trades.traded_wh.sum()
