"""Replay: the same market again, or a report that says what is not."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.strategies.draws import DrawsByDay
from sim.bundle.archive import read_archive
from sim.bundle.replay import difference, replay
from sim.cli import UNPROVED as VERIFIED_UNPROVED
from sim.cli import main
from sim.data.readings import Readings
from sim.data.source import source_readings
from sim.errors import InputError
from sim.forecast.forecasters import Forecasters
from sim.schema.file import load_scenario
from sim.schema.scenario import Scenario
from sim.simulation.preparation import prepare
from sim.terminal import bundle as terminal
from tests.bundle.forgery import (
    ONE_MODEL,
    UNPROVED,
    bundle_of_run,
    claiming,
    replaced,
    rewritten,
    verdict,
)
from tests.runs import QUIET, persistence_models, scenario
from tests.test_cli import homes_csv

pytestmark = pytest.mark.usefixtures("no_processes")


def replayed(bundle: Path, retrain: bool = False, data: Path | None = None) -> tuple[bool, str]:
    found = replay(bundle, data, retrain, 1, QUIET)
    return found.same, terminal.replayed(found, bundle)


@pytest.fixture
def bundle(honest: Path) -> Path:
    return honest


@pytest.fixture
def csv(tmp_path) -> Path:
    return homes_csv(tmp_path)


def csv_scenario(csv: Path) -> Scenario:
    path = csv.with_name("mine.toml")
    path.write_text(
        f'name = "mine"\n[time]\nstart = 2020-01-25\n[population]\nsource = "{csv.name}"\n[forecast]\n'
        'family = "linear"\ntraining = "federated"\nrounds = 2\n[proofs]\npolicy = "none"\nstore = "off"\n'
    )
    return load_scenario(path)


def nudged(models: Forecasters, units: int) -> Forecasters:
    """One weight of the first model moved by some units of its last place."""
    (training,) = models.trainings
    first, *others = training.models
    weights = first.weights[0].copy()
    weights[0, 0] += units
    changed = replace(first, weights=(weights, *first.weights[1:]))
    return replace(models, trainings=(replace(training, models=(changed, *others)),))


def test_the_command_ends_as_its_replay_does(bundle, tmp_path, capsys) -> None:
    command = ["replay", "--quiet", "--jobs", "1"]
    assert main([*command, str(bundle)]) == 0
    told = capsys.readouterr().out
    assert "SAME market digest" in told
    assert "not made again" in told
    claim = rewritten(bundle, tmp_path / "claim.zkpet", claiming(market_digest="0" * 64))
    assert main([*command, str(claim)]) == 1
    assert f"but the bundle claims {'0' * 64}" in capsys.readouterr().out
    (tmp_path / "nothing.zkpet").write_bytes(b"")
    assert main([*command, str(tmp_path / "nothing.zkpet")]) == 2
    assert "not a bundle, or damaged" in capsys.readouterr().err


def _a_watt_hour_more(source: str, *scales: Fraction) -> Readings:
    readings = source_readings(source, *scales)
    return replace(readings, load_wh=readings.load_wh + 1)


def _half(*given: Any, of_slots: Any = DrawsByDay.of_slots) -> Any:
    return of_slots(*given) // 2


@pytest.mark.parametrize(
    ("where", "instead"),
    [
        ("sim.data.population.source_readings", _a_watt_hour_more),
        ("agents.strategies.draws.DrawsByDay.of_slots", _half),
    ],
    ids=["readings that the data do not have", "prices that no strategy asks"],
)
def test_what_no_verification_can_know_is_found_out(where: str, instead: Any, tmp_path: Path) -> None:
    """Neither readings nor why homes ask what they ask: a verification says so, and a replay sees it."""
    forged = tmp_path / "forged.zkpet"
    bundle_of_run(forged, scenario("tiny", *UNPROVED), forge=lambda patch: patch.setattr(where, instead))
    assert verdict(forged)[0]
    assert not replayed(forged)[0]


def test_a_policy_that_is_replayed_without_proofs_keeps_its_market(tmp_path) -> None:
    sampled = scenario("tiny", *ONE_MODEL, "proofs.policy=sample:0.0001", "costs.charged=true")
    assert replayed(bundle_of_run(tmp_path / "sampled.zkpet", sampled))[0]


def test_readings_are_known_by_their_hash_wherever_they_are(csv, tmp_path) -> None:
    """The bundle names a file without its folder, and another name does as well."""
    run = bundle_of_run(csv.with_name("mine.zkpet"), csv_scenario(csv), models=persistence_models(3))
    assert b'source = "homes.csv"' in read_archive(run)["scenario.toml"]
    assert str(csv.parent).encode() not in b"".join(read_archive(run).values())
    assert replayed(run)[0]
    elsewhere = tmp_path / "my readings.txt"
    csv.rename(elsewhere)
    with pytest.raises(InputError, match=r"homes\.csv: is no file; name the readings .* by --data FILE"):
        replayed(run)
    assert main(["replay", "--quiet", "--jobs", "1", str(run), "--data", str(elsewhere)]) == 0
    elsewhere.write_text(elsewhere.read_text().replace(",400,", ",401,", 1))
    with pytest.raises(InputError, match=r"readings\.txt: these readings have sha-256 .* the very same file"):
        replayed(run, data=elsewhere)


@pytest.mark.slow
def test_a_run_of_readings_with_gaps_is_replayed_with_and_verified_without_them(tmp_path) -> None:
    """Filled, and shortened from two days to one, which is all that the bundle tells of."""
    days = {f"line_{line}": f"2020-01-26T{line - 602:02d}:00,400,300,,500" for line in (610, 611)}
    csv = homes_csv(tmp_path, line_400="2020-01-17T14:00,400,,0,500", **days)
    changes = {"time.days": 2, "population.fill": "week-before", "population.fill_slots": 1}
    mine = csv_scenario(csv).changed({**changes, "population.gaps": "shorten"})
    run = bundle_of_run(csv.with_name("mine.zkpet"), mine, models=persistence_models(3))
    held = read_archive(run)
    assert b"days = 1" in held["scenario.toml"]
    assert not [name for name in held if "gaps" in name]
    assert replayed(run)[0]
    assert main(["verify", "--quiet", "--jobs", "1", str(run)]) == VERIFIED_UNPROVED


def test_no_other_data_than_the_embedded_ones_are_taken_for_them(bundle, csv) -> None:
    with pytest.raises(InputError, match="was made with the embedded data"):
        replayed(bundle, data=csv)


def test_what_no_run_could_be_is_not_simulated(bundle, tmp_path) -> None:
    forged = rewritten(bundle, tmp_path / "f.zkpet", replaced("scenario.toml", "days = 1", "days = 30"))
    with pytest.raises(InputError, match=r"f\.zkpet: no run could be of this scenario .* 720 slots"):
        replayed(forged)


@pytest.mark.slow
@pytest.mark.long
def test_models_trained_again_are_told_apart_from_their_market(csv) -> None:
    mine = csv_scenario(csv)
    trained = prepare(mine, QUIET).forecasters
    same, report = replayed(bundle_of_run(csv.with_name("same.zkpet"), mine, models=trained), retrain=True)
    assert same
    assert f"SAME models, digest {trained.digest}" in report
    assert "that of the same models" in report
    nearly = nudged(trained, 3 << trained.models[0].precision)
    same, report = replayed(bundle_of_run(csv.with_name("other.zkpet"), mine, models=nearly), retrain=True)
    assert same  # the bundled models do make the bundled market
    assert "DIFFERENT models: 1 of 1,176 constants differ" in report
    assert "their market    DIFFERENT market digest" in report


@pytest.mark.slow
@pytest.mark.long
def test_cheats_are_replayed_with_the_proofs_that_refuse_them(tmp_path) -> None:
    cheats = scenario("tiny", *ONE_MODEL, "population.agents=2", 'adversaries.homes={"phantom-seller" = 0.5}')
    same, report = replayed(bundle_of_run(tmp_path / "cheats.zkpet", cheats))
    assert same
    assert "made again, because cheats are refused by the verifier" in report


@settings(max_examples=25)
@given(st.lists(st.integers(-(2**40), 2**40), min_size=136, max_size=136))
def test_differences_are_counted_and_measured(moves: list[int]) -> None:
    models = persistence_models(4, lookback=8, horizon=8)
    (model,) = models.models
    weights, bias = (np.array(part, dtype=np.int64) for part in (moves[:128], moves[128:]))
    other = replace(
        model, weights=(model.weights[0] + weights.reshape(8, 16),), biases=(model.biases[0] + bias,)
    )
    sentence = difference(models, Forecasters.trained_once((0,) * 4, (other,)))
    moved = sum(move != 0 for move in moves)
    if moved:
        assert f"{moved:,} of 136 constants differ, by at most {max(map(abs, moves)):,} " in sentence
    else:
        assert sentence.startswith("SAME models")


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (persistence_models(4), "SAME models"),
        (replace(persistence_models(4), cluster_of_home=(0, 0, 0, 1)), "1 of 4 homes in other clusters"),
        (persistence_models(4, lookback=25), "of other shape or precision"),
        (
            Forecasters.trained_once((0,) * 4, persistence_models(4).models * 2),
            "0 of 4 homes in other clusters",
        ),
    ],
)
def test_differences_that_are_none_of_weights(other: Forecasters, words: str) -> None:
    assert words in difference(persistence_models(4), other)
