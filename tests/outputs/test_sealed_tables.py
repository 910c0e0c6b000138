"""Of sealed orders totals and bills are public; they follow from private quantities to the last unit."""

from pathlib import Path

import pytest

from sim.data.population import build_population
from sim.outputs.own_files import PRIVATE, PUBLIC, mode_of
from sim.outputs.run_directory import RunContents, new_run, write_run
from sim.outputs.summary import summary_of
from sim.outputs.tables import tables_of
from sim.seeds import Streams
from sim.simulation.notices import notices
from sim.terminal.run import report
from tests.runs import SEALED, run, scenario

ALONE = ("proofs.policy=none", "chain.backend=none", "market.mechanism=net-price", "forecast.family=linear")


@pytest.fixture(scope="module")
def sealed():
    return run(
        scenario(
            "tiny",
            "proofs.policy=none",
            *SEALED,
            "chain.backend=none",
            "time.days=2",
            "market.settlement_days=1",
        )
    )


@pytest.fixture(scope="module")
def summary(sealed):
    return summary_of(sealed)


def test_totals_and_bills_are_the_sums_of_what_is_private(sealed) -> None:
    tables = tables_of(sealed)
    own, totals, bills = (tables[name] for name in ("quantities", "totals", "bills"))
    assert own.groupby("slot")["output"].sum().tolist() == totals["total"].tolist()
    assert (
        own.groupby("agent")["bill_nano"].sum().to_dict()
        == bills.groupby("agent")["bill_nano"].sum().to_dict()
    )
    exact = [int(a) + int(b) for a, b in zip(bills["trade_sum"], bills["deviation_sum"], strict=True)]
    assert [each >> int(bills["scale"][0]) for each in exact] == bills["bill_nano"].tolist()
    assert tables["days"]["surplus_nano"].sum() == sum(map(int, bills["trade_sum"])) >> int(bills["scale"][0])
    assert (bills["from_gate"].tolist(), set(bills["gates"])) == ([0, 1] * 4, {1})


def test_who_may_read_orders(summary, sealed, tmp_path: Path) -> None:
    """Nobody else; of open orders everybody."""
    kinds = {False: PUBLIC, True: PRIVATE}
    for name in ("orders.parquet", "trades.csv", "slots.parquet"):
        assert {is_sealed: mode_of(name, is_sealed) for is_sealed in kinds} == kinds
    with new_run(tmp_path / "run") as folder:
        contents = RunContents(summary, tables_of(sealed), "", "", {"versions": {}})
        write_run(folder, contents)
    open_ = {each.name for each in (tmp_path / "run").iterdir() if each.stat().st_mode & 0o044}
    assert open_ >= {"totals.parquet", "bills.parquet"}
    assert open_.isdisjoint({"orders.parquet", "trades.parquet", "slots.parquet", "quantities.parquet"})


def test_the_terminal_says_what_sealed_orders_are(summary, sealed) -> None:
    told = report(summary, Path("out"))
    assert "public are totals, prices and bills" in told
    assert "what the utility is paid for it" in told
    assert summary["sealing_gap"] == sealed.accounts.market.sum() - sealed.accounts.truthful.sum()
    assert 0 <= summary["sealing_remainder"] < sealed.sealed_books.bills.size
    as_open = {"orders_were": "open", "mechanism": "uniform", "sealing_gap": None}
    told = report(summary | as_open, Path("out"))
    assert "public are totals" not in told
    assert "what buyers pay beyond what sellers get" in told
    assert "against the same orders in whole Wh" not in told


@pytest.mark.parametrize(
    ("days", "settled", "told"),
    [(28, "28", False), (30, "28", True), (40, '"run"', False), (2, '"run"', True)],
)
def test_short_bills_are_warned_of(days: int, settled: str, told: bool) -> None:
    scene = scenario(
        "tiny", *ALONE, "market.orders=sealed", f"time.days={days}", f"market.settlement_days={settled}"
    )
    said = notices(scene, build_population(scene, Streams(scene.seed)))
    assert any("settlement_days" in each for each in said) == told
