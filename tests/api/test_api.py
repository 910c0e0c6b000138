"""The Python API: what it exports, and that it gives what files and commands give."""

import ast
import subprocess
import sys
from pathlib import Path

import matplotlib.figure
import numpy as np
import pandas as pd
import pytest

import sim
from sim.api import runs
from sim.outputs.run_directory import contents_of
from sim.proofs.srs import load_srs
from tests.runs import ROOT, run
from tests.test_cli import homes_csv

EXPORTED = {
    *("scenario", "run", "sweep", "load", "cluster_scores", "assign_newcomers", "Scenario", "Run", "Study"),
    "read_homes",
    *("Mechanism", "mechanisms", "Strategy", "strategies", "ModelFamily", "families", "Regime", "regimes"),
    *("Clustering", "clusterings", "HomeAttack", "home_attacks", "OperatorAttack", "operator_attacks"),
    *("Backend", "backends", "parameter", "plugin", "InputError", "SimulationError"),
}
TINY = str(ROOT / "scenarios" / "tiny.toml")
FAST = {
    "proofs.policy": "none",
    "proofs.store": "off",
    "chain.backend": "none",
    "forecast.rounds": 1,
}
HEAVY = ("torch", "mesa", "ezkl", "eth", "matplotlib")


@pytest.fixture(scope="module")
def fast() -> sim.Scenario:
    return sim.scenario(TINY, **FAST)


@pytest.fixture(scope="module")
def made(fast: sim.Scenario) -> sim.Run:
    return sim.Run(fast, contents_of(run(fast), load_srs()))


class TestNames:
    def test_what_is_exported_is_said_once_and_is_there(self) -> None:
        assert set(sim.__all__) == EXPORTED == set(dir(sim))
        tree = ast.parse(Path(str(sim.__file__)).read_text())
        declared = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        assert {each.name for node in declared for each in node.names} == {
            *EXPORTED,
            "import_module",
            *("TYPE_CHECKING", "Any"),
        }
        assert all(getattr(sim, name) is not None for name in EXPORTED)
        with pytest.raises(AttributeError, match=r'sim has no "nothing"; it has Backend, '):
            sim.nothing  # noqa: B018

    def test_no_room_has_the_name_of_what_is_exported(self) -> None:
        assert not EXPORTED & {path.stem for path in (ROOT / "sim").iterdir()}

    def test_bad_input_is_refused_without_loading_what_runs_need(self) -> None:
        commands = ["import sim", f"sim.scenario({TINY!r}).with_('time.days', 2)", "from sim.cli import main"]
        for words in (["run", "none.toml"], ["run", TINY, "--set", "a=1"], ["sweep", TINY]):
            commands.append(f"assert main({words!r}) == 2")
        loaded = f"print([each for each in {HEAVY} if each in sys.modules])"
        asked = "\n".join(["import sys", *commands, loaded])
        said = subprocess.run(
            [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert said.stdout == "[]\n"


class TestScenario:
    @pytest.mark.parametrize("path", sorted((ROOT / "scenarios").glob("*.toml")), ids=lambda path: path.stem)
    def test_a_change_is_validated_and_changes_nothing_else(self, path: Path) -> None:
        if "[sweep]" in path.read_text():
            return
        made = sim.scenario(path)
        assert made.with_({}) == made
        changed = made.with_({"time.days": 3, "market.feed_in": 0.05, "population.source": "homes.csv"})
        assert changed.population.source == str(Path.cwd() / "homes.csv")
        back = {"time.days": made.time.days, "population.source": made.population.source}
        assert changed.with_({**back, "market": made.document()["market"]}) == made
        with pytest.raises(sim.InputError, match=r"time\.days = 0: should be greater than or equal to 1"):
            made.with_("time.days", 0)
        with pytest.raises(sim.InputError, match=r'"name" is not a section'):
            made.with_("name.x", 1)

    def test_it_may_be_given_by_sections_or_dotted_names(self) -> None:
        sections = sim.scenario(name="mine", time={"start": "2017-06-12", "days": 2}, market={"retail": 0.3})
        dotted = {"name": "mine", "time.start": "2017-06-12", "time.days": 2, "market.retail": 0.3}
        assert (
            sections == sim.scenario(dotted) == sim.scenario({**dotted, "time.days": 1}, **{"time.days": 2})
        )
        with pytest.raises(sim.InputError, match=r'unknown key "bogus" in \[market\]; known are: orders'):
            sim.scenario(dotted, **{"market.bogus": 1})
        with pytest.raises(sim.InputError, match=r"none\.toml: cannot read the scenario"):
            sim.scenario("none.toml")


class TestRun:
    def test_tables_are_in_dollars_and_kwh_and_exact_in_integers(self, made: sim.Run) -> None:
        exact = made.exact["slots"]
        assert np.array_equal(made.slots["traded_kwh"] * 1_000, exact["traded_wh"])
        traded = exact["traded_wh"] > 0
        price = exact["price_nano_per_wh"][traded].astype(float)
        assert np.allclose(made.slots["price_usd_per_kwh"][traded] * 1e6, price)
        assert made.slots["price_usd_per_kwh"][~traded].isna().all()
        assert made.measures["community_bill_usd"] == made.summary["community_bill"] / 1e9
        assert made.measures["mean_price_usd_per_kwh"] == made.summary["mean_price"] / 1e6
        assert np.isnan(made.measures["gas_total"])
        names = [str(name) for name in (*made.measures.index, *made.homes, *made.orders, *made.days)]
        assert not [name for name in names if "nano" in name or name.endswith("_wh")]

    def test_best_responses_gain_something_and_never_less(self, made: sim.Run) -> None:
        found = made.best_responses()
        assert list(found) == ["slot", "agent", "short_side", "gain_usd"]
        assert len(found) == len(made.orders)
        assert found["gain_usd"].min() == 0 < found["gain_usd"].max()
        assert found.equals(made.best_responses(made.scenario.market.the_mechanism))
        row = found.loc[found["gain_usd"].idxmax()]
        asks = made.slots["ask_kwh"][row["slot"]] < made.slots["bid_kwh"][row["slot"]]
        side = made.orders.set_index(["slot", "agent"])["side"][row["slot"], row["agent"]]
        assert row["short_side"] == ((side == "sell") == asks)

    def test_it_shows_itself_and_draws(self, made: sim.Run) -> None:
        assert repr(made).startswith("<Run tiny, seed 7: 4 homes, 24 slots, ")
        assert "community_bill_usd" in made._repr_html_()
        assert isinstance(made.figure("prices_and_volumes"), matplotlib.figure.Figure)
        with pytest.raises(sim.InputError, match=r'"nothing": should be one of prices_and_volumes, '):
            made.figure("nothing")

    def test_what_was_saved_is_loaded_as_the_same(self, made: sim.Run, tmp_path: Path) -> None:
        again = sim.load(made.save(tmp_path / "run"))
        assert isinstance(again, sim.Run)
        assert (again.digest, again.summary, again.scenario) == (
            made.digest,
            made.summary,
            made.scenario,
        )
        assert list(again.exact) == list(made.exact)
        for name, table in made.exact.items():
            pd.testing.assert_frame_equal(again.exact[name], table, check_dtype=False)
        with pytest.raises(sim.InputError, match=r"should be a run directory, or a study directory"):
            sim.load(tmp_path)
        (tmp_path / "run" / "slots.parquet").write_bytes(b"")
        with pytest.raises(sim.InputError, match=r"slots\.parquet: should be a Parquet table"):
            sim.load(tmp_path / "run")

    @pytest.mark.slow
    @pytest.mark.long
    def test_a_table_of_readings_is_as_good_as_a_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        file = homes_csv(tmp_path)
        mine = sim.scenario({**FAST, "name": "mine", "time.start": "2020-01-25", "forecast.clusters": 1})
        table = pd.read_csv(file)
        dated = table.assign(time=pd.to_datetime(table["time"])).set_index("time")
        before = sorted(tmp_path.iterdir())
        found = {
            sim.run(mine.with_("population.source", str(file))).digest,
            *(sim.run(mine, readings=each).digest for each in (table, dated)),
        }
        assert (len(found), sorted(tmp_path.iterdir())) == (1, before)
        wrong = table.astype({table.columns[1]: float})
        wrong.iloc[2, 1] = -1
        with pytest.raises(sim.InputError, match=r"^readings\.csv, line 4, column .*: -1\.0 is negative"):
            sim.run(mine, readings=wrong)


SCRIPT = f"""
from dataclasses import dataclass
import sim

@sim.strategies.register
@dataclass(frozen=True)
class HalfWay(sim.Strategy):
    name, meaning, source = "half-way", "limits between value and cost", "a test"
    share: float = sim.parameter(0.5, "where between", least=0, most=1)

    def orders(self, view, state, draws):
        return view.priced((view.buyer_value + view.seller_cost) // 2)

tiny = sim.scenario({TINY!r}, **{FAST!r})
run = sim.run(tiny.with_("market.strategy", "half-way"))
study = sim.sweep(tiny, {{"market.strategy": ["half-way", "zic"]}}, jobs=2)
digests = dict(zip(study.cells["market.strategy"], study.cells["market_digest"]))
assert digests["half-way"] == run.digest != digests["zic"]
assert list(run.contents.manifest["plugins"]) == ["mine.py"]
assert study.points["community_bill_usd_mean"].notna().all()
print(study, run.homes["strategy"].unique().tolist())
"""


@pytest.mark.slow
@pytest.mark.long
def test_a_strategy_of_a_script_trades_in_a_run_and_in_workers(tmp_path: Path) -> None:
    script = tmp_path / "mine.py"
    script.write_text(SCRIPT)
    command = [sys.executable, "-W", "error::RuntimeWarning", str(script)]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert said.stderr == ""
    assert said.stdout == "<Study tiny: 2 cells, 1 seed, by market.strategy> ['half-way']\n"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.py"]


def test_runs_look_at_their_directory_before_anything_is_simulated(
    fast: sim.Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.simulation.run.run_contents", lambda *_: pytest.fail("simulated"))
    (tmp_path / "mine.txt").touch()
    with pytest.raises(sim.InputError, match="exists and is not a run directory"):
        runs.run(fast, directory=tmp_path)


def test_readings_are_a_table(fast: sim.Scenario) -> None:
    with pytest.raises(sim.InputError, match=r"^readings: should be a DataFrame, not str; "):
        sim.run(fast, readings="homes.csv")  # type: ignore[arg-type]


def test_axes_are_those_of_a_file(fast: sim.Scenario) -> None:
    with pytest.raises(sim.InputError, match=r"\[sweep\] market\.feed_in = 0\.5: market: retail should be"):
        sim.sweep(fast, {"market.feed_in": [0.1, 0.5]})
    with pytest.raises(sim.InputError, match=r'\[sweep\] market\.strategy = "zic": should be a list'):
        sim.sweep(fast, {"market.strategy": "zic"})
