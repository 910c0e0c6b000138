"""Whole runs with a model from a user's file, from a scenario and from Python."""

import json

import numpy as np
import pytest

import sim
from sim.bundle.contents import read_models
from sim.errors import InputError
from sim.measures.forecasts import rounding_cost_nano, rounding_wh
from sim.privacy.leak import leak_of
from sim.proofs.srs import load_srs
from sim.schema.file import without_folders
from sim.simulation.preparation import prepare
from sim.simulation.run import simulate
from sim.study.address import address_of
from tests.forecast.onnx_models import dense
from tests.runs import QUIET, scenario

OFF_CHAIN = ("proofs.policy=none", "chain.backend=none", "market.mechanism=uniform")


def file_of(folder, function="Tanh", seed=1):
    path = folder / "mine.onnx"
    path.write_bytes(dense(24, 24, 8, function, seed).SerializeToString())
    return path


def with_file(path, *settings):
    return scenario(
        "tiny", "forecast.family=onnx", f"forecast.model={path}", "forecast.inputs=[]", *OFF_CHAIN, *settings
    )


@pytest.fixture(scope="module", params=["Relu", "Tanh"])
def made(request, tmp_path_factory):
    path = file_of(tmp_path_factory.mktemp("mine"), request.param)
    return simulate(with_file(path), load_srs(), 1, QUIET)


def test_all_homes_have_the_model_and_what_is_rounded_is_measured(made):
    forecasters = made.prepared.forecasters
    (model,) = forecasters.models
    assert set(forecasters.cluster_of_home) == {0}
    deviation_wh = rounding_wh(made)
    assert 0 < deviation_wh.mean() < deviation_wh.max() < 20
    assert np.abs(made.prepared.forecast_wh).sum() > 0
    paid = made.accounts.market.sum() - made.unrounded_bills.sum()
    assert rounding_cost_nano(made) == paid != 0
    assert (model.slack > 0) == hasattr(model, "functions")
    assert leak_of(made.prepared, made.trades).bids > 0


def test_with_its_integers_nobody_needs_the_file(made, tmp_path):
    elsewhere = with_file(tmp_path / "gone.onnx", "proofs.policy=all", "chain.backend=py-evm")
    again = prepare(elsewhere, QUIET, made.prepared.forecasters)
    assert np.array_equal(again.forecast_wh, made.prepared.forecast_wh)
    assert again.unrounded_wh is None
    with pytest.raises(InputError, match=r"gone.onnx: cannot read the model \(No such file"):
        prepare(elsewhere, QUIET)


def test_models_of_a_bundle_fit_the_scenario_and_each_other(made):
    settings, homes = made.prepared.scenario, [home.name for home in made.prepared.population.homes]
    text = made.prepared.forecasters.to_json()
    assert json.dumps(json.loads(text), separators=(",", ":")) == text
    assert read_models(text, settings, homes).to_json() == text
    for change in (
        lambda model: model["weights"].pop(),
        lambda model: [row.pop() for row in model["weights"][0]],
        lambda model: model["weights"][1].pop(),
        lambda model: model["biases"][0].pop(),
        lambda model: model.update(family="mlp"),
        lambda model: model.update(precision=21),
        lambda model: model.update(precision="8"),
        lambda model: model.update(functions=["softmax"]),
        lambda model: model.update(weights=[[[0] * 600_000]]),
    ):
        content = json.loads(text)
        change(content["trainings"][0]["models"][0])
        with pytest.raises(ValueError, match=r"."):
            read_models(json.dumps(content, separators=(",", ":")), settings, homes)


def test_the_file_is_known_by_what_it_holds(tmp_path):
    here = with_file(file_of(tmp_path))
    (tmp_path / "other").mkdir()
    there = with_file(file_of(tmp_path / "other"))
    assert address_of(here) == address_of(there)
    assert address_of(with_file(file_of(tmp_path / "other", seed=2))) != address_of(here)
    assert without_folders(here).forecast.model == "mine.onnx"
    assert without_folders(scenario("tiny")).forecast.model is None


def test_from_python(made, tmp_path):
    function = "Tanh" if hasattr(made.prepared.forecasters.models[0], "functions") else "Relu"
    forecast = {"family": "onnx", "model": str(file_of(tmp_path, function)), "inputs": []}
    run = sim.run(
        sim.scenario("scenarios/tiny.toml").with_(
            {f"forecast.{key}": value for key, value in forecast.items()}
            | {"proofs.policy": "none", "chain.backend": "none", "proofs.store": "off"}
        )
    )
    assert run.digest == made.market_digest
