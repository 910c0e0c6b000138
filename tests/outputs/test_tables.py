"""Tables and summary: one row per fact, and the same facts wherever they stand."""

from pathlib import Path

import pandas as pd
import pytest

from sim.outputs.outcome import Outcome
from sim.outputs.summary import summary_of
from sim.outputs.tables import tables_of
from sim.terminal.run import report
from tests.runs import run, scenario


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return run(scenario("tiny", "proofs.policy=none", "time.days=2"))


@pytest.fixture(scope="module")
def tables(outcome: Outcome) -> dict[str, pd.DataFrame]:
    return tables_of(outcome)


def test_the_same_energy_and_money_in_every_table(tables: dict[str, pd.DataFrame]) -> None:
    slots, trades, agents = tables["slots"], tables["trades"], tables["agents"]
    assert (slots.bought_wh == slots.sold_wh).all()
    assert (slots.bought_wh == slots.traded_wh).all()
    by_side = trades.groupby("side").fill_wh.sum()
    assert by_side["buy"] == by_side["sell"] == slots.traded_wh.sum() == agents.sold_wh.sum()
    assert trades.paid_nano.sum() == 0
    assert (agents.bill_nano == -agents.balance_nano).all()
    assert (agents.bill_grid_only_nano - agents.bill_nano == agents.saving_nano).all()
    assert (tables["orders"].fill_wh <= tables["orders"].quantity_wh).all()
    assert tables["orders"].fill_wh.sum() == trades.fill_wh.sum()


def test_price_is_empty_exactly_where_nothing_trades(tables: dict[str, pd.DataFrame]) -> None:
    slots = tables["slots"]
    assert (slots.price_nano_per_wh.isna() == (slots.traded_wh == 0)).all()
    assert slots.price_nano_per_wh.notna().any()


def test_gas_of_tables_adds_up(tables: dict[str, pd.DataFrame], outcome: Outcome) -> None:
    total = summary_of(outcome)["gas_total"]
    assert tables["blocks"].gas.sum() == tables["gas"].gas.sum() == total


def test_the_report_names_the_policy_and_the_digest(outcome: Outcome) -> None:
    text = report(summary_of(outcome), Path("results/tiny"))
    assert 'NONE verified on chain: policy "none"' in text
    assert outcome.market_digest in text
    assert max(map(len, text.splitlines())) <= 100
