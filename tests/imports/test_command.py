"""One import, one run: homes, names and a scenario are written, and the scenario runs as it stands."""

import random
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

import sim
from sim.cli import main
from sim.imports.starter import starter
from sim.schema.file import load_scenario
from tests.imports.writers import plain, read, table, times

DAYS = 18


def export(path: Path, homes: int = 3, pv: bool = True, gap: slice = slice(0, 0)) -> Path:
    """Half-hourly kWh of 18 days; in the gap the last home has no readings."""
    dice = random.Random(3)
    rows = [
        [
            "time",
            *(f"home {place} load (kWh)" for place in range(homes)),
            *(["home 0 pv (kWh)"] if pv else []),
        ]
    ]
    for moment in times(48 * DAYS, 30):
        sun = max(0, 0.9 - 0.15 * abs(moment.hour - 12))
        rows.append([f"{moment:%Y-%m-%d %H:%M}", *(f"{dice.gammavariate(2, 0.1):.3f}" for _ in range(homes))])
        rows[-1] += [f"{sun:.3f}"] if pv else []
    for row in rows[1:][gap]:
        row[homes] = ""
    path.write_text(table(rows))
    return path


def imported(folder: Path, *more: str, **how: object) -> int:
    return main(["import", str(export(folder / "export.csv", **how)), "-o", str(folder / "mine.csv"), *more])  # type: ignore[arg-type]


def test_what_is_written_is_private_and_read_again(tmp_path, capsys):
    assert imported(tmp_path) == 0
    printed = capsys.readouterr().out
    assert "home 0 pv (kWh): pv in kWh, as its title says" in printed
    assert "3 homes, 1 with PV, 3 renamed; 2017-03-06 00:00 to 2017-03-24 00:00" in printed
    for name in ("mine.csv", "mine-names.csv"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "mine-names.csv").read_text().splitlines()[:2] == ["old,new", "home 0,home-0"]
    scenario = load_scenario(tmp_path / "mine.toml", [], None)
    assert (scenario.time.horizon, scenario.forecast.lookback, scenario.forecast.clusters) == (48, 48, 3)


def test_nothing_is_replaced_unless_told(tmp_path, capsys):
    (tmp_path / "mine.toml").write_text("of mine")
    assert imported(tmp_path) == 2
    assert "mine.toml: is there already" in capsys.readouterr().err
    assert (tmp_path / "mine.toml").read_text() == "of mine"
    assert not (tmp_path / "mine.csv").exists()
    assert imported(tmp_path, "--overwrite") == 0


def test_open_questions_are_listed_with_their_options_and_nothing_is_written(tmp_path, capsys):
    path = export(tmp_path / "export.csv")
    path.write_text(path.read_text().replace(" (kWh)", ""))
    assert main(["import", str(path), "-o", str(tmp_path / "mine.csv")]) == 2
    said = capsys.readouterr().err
    assert "1 question to answer" in said
    assert "--unit" in said
    assert not (tmp_path / "mine.csv").exists()


def test_the_scenario_says_what_is_done_about_gaps():
    def text(gaps: list[slice], homes: int = 4, days: int = 20) -> str:
        rows = [["time", *(f"h{place} kWh" for place in range(homes))]]
        rows += [[time, *["0.5"] * homes] for time in plain(times(24 * days))]
        for gap in gaps:
            for row in rows[1:][gap]:
                row[1] = ""
        written = starter(read(table(rows), kind="energy"), "mine.csv", "Mine!")
        assert written is not None
        return written

    assert "fill" not in text([slice(5, 9)], days=60)  # a run looks back no further than a month before it
    assert "fill_slots = 2 " in text([slice(at, at + 2) for at in range(5, 480, 100)])
    assert "fill_slots = 6 " in text([slice(at, at + 5) for at in range(5, 480, 100)])
    assert 'gaps = "drop-homes"' in text([slice(at, at + 30) for at in range(5, 480, 100)])
    assert 'name = "mine"' in text([])


def test_too_few_days_have_no_scenario_and_minutes_no_chain():
    few = [["time", "a kWh"], *([time, "1"] for time in plain(times(24 * 11)))]
    assert starter(read(table(few), kind="energy"), "m.csv", "m") is None
    fine = [["time", "a kWh"], *([time, "0.01"] for time in plain(times(1440 * 17, 1)))]
    written = starter(read(table(fine), kind="energy"), "m.csv", "m")
    assert written is not None
    assert 'backend = "none"' in written
    assert 'horizon = "1 h"' in written


def test_read_homes_gives_what_a_run_takes(tmp_path):
    path = export(tmp_path / "export.csv")
    homes = sim.read_homes(path)
    names = ["home-0_load_wh", "home-0_pv_wh", "home-1_load_wh", "home-2_load_wh"]
    assert list(homes.columns) == ["time", *names]
    assert homes["time"][0] == datetime(2017, 3, 6)
    frame = pd.read_csv(path, parse_dates=["time"]).set_index("time")
    again = sim.read_homes(frame, names={"home 1": "anna"})
    assert again.rename(columns={"anna_load_wh": "home-1_load_wh"}).equals(homes)
    gappy = sim.read_homes(export(tmp_path / "gappy.csv", gap=slice(7, 9)))
    assert gappy["home-2_load_wh"].isna().to_numpy().nonzero()[0].tolist() == [7, 8]
    with pytest.raises(sim.InputError, match="colour is no answer"):
        sim.read_homes(path, colour="red")


def run(folder: Path, *settings: str) -> int:
    given = [word for setting in settings for word in ("--set", setting)]
    return main(["run", str(folder / "mine.toml"), *given, "--out", str(folder / "out"), "--quiet"])


@pytest.mark.slow
def test_an_import_with_gaps_runs(tmp_path):
    assert imported(tmp_path, gap=slice(48 * 9, 48 * 9 + 3)) == 0
    assert 'fill = "linear"' in (tmp_path / "mine.toml").read_text()
    assert run(tmp_path, "proofs.policy=none", "chain.backend=none", "forecast.rounds=2") == 0


@pytest.mark.long
def test_an_import_is_explained_and_proved_without_editing(tmp_path):
    assert imported(tmp_path) == 0
    assert main(["explain", str(tmp_path / "mine.toml")]) == 0
    assert run(tmp_path) == 0
