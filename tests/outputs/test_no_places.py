"""What a run and a study leave names files, and tells nothing of where they lay."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from sim.data.population import build_population
from sim.errors import InputError
from sim.outputs.run_directory import SCENARIO, contents_of, new_run, write_run
from sim.proofs.srs import load_srs
from sim.schema.file import load_scenario
from sim.seeds import Streams
from sim.study.study_file import load_study
from tests.runs import persistence_models, run

START = datetime(2020, 1, 1)
MINE = """
name = "mine"
[time]
start = 2020-01-12
[population]
source = "homes.csv"
[forecast]
clusters = 1
[proofs]
policy = "none"
[chain]
backend = "none"
"""


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """A folder of one's own with readings and a scenario."""
    folder = tmp_path / "private-project"
    folder.mkdir()
    rows = [f"{START + timedelta(hours=slot)},{300 + slot % 7},{slot % 24},400" for slot in range(24 * 14)]
    (folder / "homes.csv").write_text("\n".join(["time,ann_load_wh,ann_pv_wh,ben_load_wh", *rows]))
    shutil.copy(load_srs().path(10), folder / "ours.srs")
    (folder / "mine.toml").write_text(MINE)
    return folder


def test_a_run_directory_names_readings_and_is_run_again_beside_them(private: Path, tmp_path: Path) -> None:
    settings = [f"proofs.srs={private / 'ours.srs'}", f"proofs.store={private / 'kept'}"]
    outcome = run(load_scenario(private / "mine.toml", settings), persistence_models(2))
    out = tmp_path / "out"
    with new_run(out) as folder:
        write_run(folder, contents_of(outcome, load_srs()))
    for path in out.iterdir():
        text = pd.read_parquet(path).to_csv() if path.suffix == ".parquet" else path.read_text()
        assert private.name not in text, path
    assert 'source = "homes.csv"' in (out / SCENARIO).read_text()
    with pytest.raises(InputError, match=r"out/homes\.csv: .*; --set population\.source=FILE names the file"):
        build_population(load_scenario(out / SCENARIO), Streams(7))
    named = load_scenario(out / SCENARIO, [f"population.source={private / 'homes.csv'}"])
    assert run(named, persistence_models(2)).market_digest == outcome.market_digest
    shutil.copy(private / "homes.csv", out)
    assert run(load_scenario(out / SCENARIO), persistence_models(2)).market_digest == outcome.market_digest


def test_an_axis_of_files_shows_no_folder_that_all_have_in_common(private: Path) -> None:
    study, files = private / "study.toml", []
    for place in ("a", "b"):
        (private / place).mkdir()
        files.append(shutil.copy(private / "homes.csv", private / place))
        with (private / place / "homes.csv").open("a") as file:
            file.write(f"\n{START + timedelta(days=14)},{len(files)},1,1")
    for sweep, shown in (
        (list(map(str, files)), ["a/homes.csv", "b/homes.csv"]),
        (["sierra-crest", str(files[0])], ["sierra-crest", "homes.csv"]),
        (["a/homes.csv", "b/homes.csv"], ["a/homes.csv", "b/homes.csv"]),
    ):
        start = MINE.replace("2020-01-12", "2017-06-12") if "sierra-crest" in sweep else MINE
        study.write_text(f'{start}\n[sweep]\n"population.source" = {sweep}\n')
        assert [cell.values for cell in load_study(study).cells] == [(name,) for name in shown]
    study.write_text(f'{MINE}\n[sweep]\n"population.source" = ["a/homes.csv", "{files[1]}"]\n')
    with pytest.raises(
        InputError, match=r"population\.source: paths should be all absolute, or all relative"
    ):
        load_study(study)
