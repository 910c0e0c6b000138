"""The report of a run: what was run, what came of it, what of it is private, and how to check it."""

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from sim.errors import InputError
from sim.outputs.run_directory import contents_of, write_run
from sim.proofs.srs import load_srs
from sim.report.captions import OF_RUNS
from sim.report.document import Listing
from sim.report.how_it_was_run import _commands
from sim.report.report import report_to_file
from sim.report.saved_run import SavedRun
from sim.units import dollars, kwh
from tests.bundle.conftest import no_processes  # noqa: F401
from tests.report.page import Page
from tests.runs import run, scenario

NO_REPORT = shutil.ignore_patterns("report.html")
HOSTILE = '<script>alert("1")</script>&amp;\'"'
WITHOUT_PROOFS = ("proofs.policy=none", "chain.backend=revm")
CHEATS = (
    "chain.backend=revm",
    'adversaries.homes={"phantom-seller" = 0.25, "wash-trader" = 0.5}',
    'adversaries.operators=["silent", "clears-twice"]',
)


def run_directory(folder: Path, *settings: str) -> Path:
    folder.mkdir()
    write_run(folder, contents_of(run(scenario("tiny", *settings)), load_srs()))
    return folder


@pytest.fixture(scope="module")
def unproved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_directory(tmp_path_factory.mktemp("runs") / "unproved", *WITHOUT_PROOFS)


@pytest.fixture(scope="module")
def cheated(tmp_path_factory: pytest.TempPathFactory, no_processes: None) -> Path:  # noqa: F811
    del no_processes
    return run_directory(tmp_path_factory.mktemp("runs") / "cheated", *CHEATS)


@pytest.fixture(scope="module")
def page(unproved: Path) -> Page:
    return Page(report_to_file(unproved))


@pytest.fixture
def without_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing takes seconds, and nothing that such a test looks at."""
    monkeypatch.setattr("sim.report.run.gallery", lambda *_: ((name, b"") for name in OF_RUNS))


@pytest.fixture
def page_of_cheats(cheated: Path, without_figures: None) -> Page:
    del without_figures
    return Page(report_to_file(cheated))


def test_it_is_one_file_that_needs_no_other(page: Page) -> None:
    assert len(page.fetched) == 5
    assert all(address.startswith("data:image/png;base64,") for address in page.fetched)
    assert page.within
    assert {address[1:] for address in page.within} <= page.ids


@pytest.mark.usefixtures("without_figures")
def test_the_same_run_gives_the_same_bytes_wherever_it_lies(unproved: Path, tmp_path: Path) -> None:
    shutil.copytree(unproved, tmp_path / "elsewhere", ignore=NO_REPORT)
    places = ((unproved, tmp_path / "first.html"), (tmp_path / "elsewhere", tmp_path / "again.html"))
    first, again = (report_to_file(*each).read_text() for each in places)
    assert first == again
    assert str(unproved.parent) not in first


def test_it_says_what_was_run_and_what_came_of_it(unproved: Path, page: Page) -> None:
    agents, slots = (pd.read_parquet(unproved / f"{name}.parquet") for name in ("agents", "slots"))
    traded = f"{kwh(int(slots['traded_wh'].sum())):.1f}"
    ran, came = (
        ("4 homes, 2 with PV", "1 day from Monday 12 June 2017", "costs $0.22/kWh"),
        "kWh changed hands",
    )
    assert [words for words in (*ran, f"{traded} {came}") if words not in page.text] == []
    assert ["energy traded", f"{traded}\N{NO-BREAK SPACE}kWh"] in [
        row[:2] for row in page.tables["What everybody can see"]
    ]
    homes = {row[0]: row for row in page.tables["Homes, by what they save"][1:]}
    assert list(homes) == agents.sort_values("saving_nano", ascending=False)["agent"].tolist()
    for home in agents.itertuples():
        assert homes[home.agent][8] == f"{dollars(home.bill_nano):.2f}"


def test_whatever_is_drawn_from_readings_bears_the_mark_and_is_named_at_the_top(page: Page) -> None:
    marked = {"What only the homes know", "Bills of the homes", "Homes, by what they save"}
    marked |= {"Forecasts and readings", "Clusters"}
    assert marked <= set(page.private)
    assert all(f"“{title}”" in page.notices[0] for title in marked)
    assert page.notices[0].startswith("Private, the homes' own")


def test_a_policy_other_than_all_is_said_at_the_top_and_nothing_claims_proofs(page: Page) -> None:
    assert page.at_the_top == 2
    assert page.notices[1].startswith('Proof policy "none": nothing was verified on chain.')
    assert "finds no proof to check" in page.text
    assert "went through the verifier" not in page.text


@pytest.mark.slow
def test_proved_bids_are_said_to_be_verified(page_of_cheats: Page) -> None:
    assert (page_of_cheats.at_the_top, len(page_of_cheats.notices)) == (1, 1)
    assert 'Proof policy "all": 4 bids of 4 homes at 1 gate went through the verifier contract' in (
        page_of_cheats.text
    )
    circuits = page_of_cheats.tables["Circuits"]
    assert dict(zip(*circuits[:2], strict=True))["proofs"] == "4"


@pytest.mark.slow
def test_attempts_and_attacks_are_told(cheated: Path, page_of_cheats: Page) -> None:
    attempts = pd.read_parquet(cheated / "attempts.parquet")
    rows = page_of_cheats.tables["Attempts"][1:]
    assert sum(int(row[4]) for row in rows) == len(attempts)
    assert {row[2] for row in rows if row[0] == "phantom-seller"} == {"refused"}
    assert {row[0] for row in page_of_cheats.tables["Attacks"][1:]} >= {"silent", "wash-trader"}
    assert [row[0] for row in page_of_cheats.tables["Had nothing been verified"][1:]] == ["phantom-seller"]
    assert {"Attacks", "Had nothing been verified"} <= set(page_of_cheats.private)
    assert "Attempts" not in page_of_cheats.private


@pytest.mark.usefixtures("without_figures")
def test_names_from_files_are_text_and_paths_of_files_stay_at_home(unproved: Path, tmp_path: Path) -> None:
    folder = tmp_path / "hostile"
    shutil.copytree(unproved, folder)
    for name, column in (("agents", "agent"), ("clusters", "members"), ("orders", "agent")):
        table = pd.read_parquet(folder / f"{name}.parquet")
        table[column] = table[column].replace(table[column].iloc[0], HOSTILE)
        table.to_parquet(folder / f"{name}.parquet", index=False)
    text = (folder / "scenario.toml").read_text()
    (folder / "scenario.toml").write_text(
        text.replace("sierra-crest", "/home/anna/<b>secret</b>/of & mine.csv")
    )
    page = Page(report_to_file(folder))
    assert HOSTILE in {row[0] for row in page.tables["Homes, by what they save"]}
    assert HOSTILE in {row[2] for row in page.tables["Clusters"]}
    assert "of & mine.csv" in page.text
    assert "anna" not in page.text
    assert "<script" not in (folder / "report.html").read_text()


@pytest.mark.usefixtures("without_figures")
def test_a_run_without_chain_trade_or_circuits_has_a_report(tmp_path: Path) -> None:
    outcome = run(scenario("tiny", "proofs.policy=none", "chain.backend=none", "population.pv_share=0"))
    contents, folder = contents_of(outcome, load_srs()), tmp_path / "dry"
    folder.mkdir()
    write_run(folder, replace(contents, chain_json=None))
    page = Page(report_to_file(folder))
    assert "Nothing was traded." in page.text
    assert "because there was no chain" in page.notices[1]
    assert not {"Circuits", "Gas by stage"} & set(page.tables)
    assert "zkpet verify" not in page.text
    assert any("no bundle can be made" in notice for notice in page.notices)


@pytest.mark.parametrize(
    ("source", "data", "words"),
    [
        ("sierra-crest", "", "With the embedded readings"),
        ("my homes.csv", " --data 'my homes.csv'", f"my homes.csv of sha-256 {'b' * 64}, in the folder"),
    ],
)
def test_what_one_needs_to_run_it_again_is_said(source: str, data: str, words: str) -> None:
    """Wherever the run was made."""
    made = scenario("tiny", "proofs.policy=none")
    saved = SavedRun(
        made.model_copy(update={"population": made.population.model_copy(update={"source": source})}),
        summary={"market_digest": "a" * 64, "proof_policy": "none"},
        manifest={"data_sha256": "b" * 64},
        tables={},
        has_chain=True,
    )
    blocks = _commands(saved)
    lines = [line for block in blocks if isinstance(block, Listing) for line in block.lines]
    assert (f"zkpet replay tiny-seed7.zkpet{data}" in lines, words in str(blocks)) == (True, True)
    with pytest.raises(ValueError, match="should be 64 digits of hex"):
        _commands(replace(saved, summary={**saved.summary, "market_digest": "$(id)"}))


# What is no run and no study, or a damaged one, ends in one sentence and leaves no file ------------------


@pytest.fixture
def damaged(unproved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(unproved, tmp_path / "run", ignore=NO_REPORT))


def assert_refused(folder: Path, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        report_to_file(folder)
    assert not (folder / "report.html").exists()


def test_a_directory_has_to_be_a_run_or_a_study(tmp_path: Path) -> None:
    assert_refused(tmp_path, "should be a run directory, or a study directory")
    assert_refused(tmp_path / "none", "should be a run directory, or a study directory")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="should be a run directory, or a study directory"):
        report_to_file(tmp_path / "file")


@pytest.mark.parametrize("content", ["{}", '{"proof_policy": "all", "mean_price": "much"}'])
def test_a_summary_of_something_else_is_refused(damaged: Path, content: str) -> None:
    (damaged / "summary.json").write_text(content)
    assert_refused(damaged, "is not as a run or a sweep leaves it")


def test_a_damaged_scenario_is_named(damaged: Path) -> None:
    (damaged / "scenario.toml").write_text("name = ")
    assert_refused(damaged, r"scenario\.toml: not a TOML file")
    (damaged / "scenario.toml").unlink()
    assert_refused(damaged, r"scenario\.toml: cannot read the scenario")


def test_where_it_cannot_be_written_is_said(unproved: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"r\.html: is in no directory that there is"):
        report_to_file(unproved, tmp_path / "none" / "r.html")
    with pytest.raises(InputError, match="is a directory; name the file"):
        report_to_file(unproved, tmp_path)
    assert list(tmp_path.iterdir()) == []
