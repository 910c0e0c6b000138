"""A market on books alone comes out as the one on its contract, to the unit."""

import pytest

from sim.errors import InputError
from sim.outputs.summary import summary_of
from sim.outputs.tables import tables_of
from sim.simulation.audit import audit
from tests.runs import run, scenario

ON_CHAIN = ("proofs.policy=none", "chain.backend=revm")
ON_BOOKS = ("proofs.policy=none", "chain.backend=none")
TIME_OF_USE = 'market.retail={"00:00" = 0.18, "16:00" = 0.34, "21:00" = 0.22}'


@pytest.mark.parametrize(
    "settings",
    [
        (TIME_OF_USE, "time.start=2017-06-12T09:00:00"),
        ("market.grid_fee=0.010001", "market.homes.home-03.retail=0.30"),
        ("time.horizon=6", "time.lead=13"),
        ("time.days=3", "market.credit_limit=0.5"),
        ("time.days=2", "time.horizon=6", "market.credit_limit=0.3"),
    ],
    ids=",".join,
)
def test_books_and_contract_agree(settings: tuple[str, ...]) -> None:
    on_chain = run(scenario("tiny", *ON_CHAIN, *settings))
    on_books = run(scenario("tiny", *ON_BOOKS, *settings))
    assert (on_books.balances, on_books.market_digest) == (on_chain.balances, on_chain.market_digest)
    audit(on_books)


def test_the_credit_limit_bites_on_books_too() -> None:
    """Or the agreement above would say nothing of refusals."""
    free = run(scenario("tiny", *ON_BOOKS, "time.days=3"))
    bound = run(scenario("tiny", *ON_BOOKS, "time.days=3", "market.credit_limit=0.5"))
    assert (bound.quantity_wh == 0).sum() > (free.quantity_wh == 0).sum()


def test_books_leave_no_chain_in_the_tables() -> None:
    outcome = run(scenario("tiny", *ON_BOOKS))
    summary, tables = summary_of(outcome), tables_of(outcome)
    assert (summary["gas_total"], summary["state_root"], summary["chain_s"]) == (None, None, 0)
    assert summary["proofs_verified_on_chain"] == 0
    assert len(tables["blocks"]) == len(tables["gas"]) == len(tables["proofs"]) == 0
    assert summary["trades"] > 0


def test_books_take_more_homes_than_a_contract() -> None:
    many = ("population.resampling=true", "population.agents=300", "forecast.history_days=8")
    assert run(scenario("tiny", *ON_BOOKS, *many)).trades.traded_wh.sum() > 0
    with pytest.raises(InputError, match="a contract holds at most 256 homes"):
        run(scenario("tiny", *ON_CHAIN, *many))


@pytest.mark.parametrize("policy", ["all", "sample:0.1"])
def test_proofs_need_a_chain(policy: str) -> None:
    with pytest.raises(InputError, match=f'"{policy}": without a chain nothing checks proofs'):
        scenario("tiny", "chain.backend=none", f"proofs.policy={policy}")
