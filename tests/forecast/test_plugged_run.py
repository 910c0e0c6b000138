"""Whole runs with a model family and a training regime from a plug-in's file."""

import pytest

from sim.errors import InputError
from sim.privacy.leak import leak_of
from sim.proofs.srs import load_srs
from sim.simulation.run import simulate
from tests.plugins import plugged  # noqa: F401
from tests.runs import QUIET, scenario

PLUGGED = ("forecast.family=window-mean", "forecast.training=by-size", "forecast.rounds=5")


def simulated(*settings):
    return simulate(scenario("tiny", *PLUGGED, *settings), load_srs(), 1, QUIET)


def test_a_run_trains_them():
    outcome = simulated("proofs.policy=none", "forecast.parameters={ by-size = { tiers = 3 } }")
    assert len(outcome.prepared.forecasters.models) == 3
    assert {model.family for model in outcome.prepared.forecasters.models} == {"window-mean"}
    assert outcome.trades.fill_wh.any()


def test_a_model_without_layers_is_attacked_by_its_outputs(monkeypatch):
    """And says nothing of hidden values. This one is linear: lines lose only what is granted."""
    outcome = simulated("proofs.policy=none")
    known = leak_of(outcome.prepared, outcome.trades)
    monkeypatch.setattr(type(outcome.prepared.forecasters.models[0]), "layers", None)
    probed = leak_of(outcome.prepared, outcome.trades)
    assert probed.hidden is None
    assert 0 < probed.bids == pytest.approx(known.bids, abs=0.05)


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ("{ by-size = { tiers = 0 } }", "tiers = 0 should be between 1 and 64"),
        ("{ by-size = { tiers = 1.5 } }", "tiers = 1.5 should be a whole number"),
        ("{ by-size = { k = 1 } }", 'training regime "by-size" has no parameter k; it has tiers'),
        ("{ mlp = { k = 1 } }", 'model family "mlp" has no parameter k; it has none'),
        ("{ nobody = {} }", '.*"nobody"'),
    ],
)
def test_parameters_that_none_has_are_refused(parameters, sentence):
    with pytest.raises(InputError, match=rf"tiny.toml: forecast.parameters: {sentence}"):
        scenario("tiny", *PLUGGED, f"forecast.parameters={parameters}")


def test_parameters_are_those_of_variants_by_name_and_nothing_else():
    given = scenario("tiny", *PLUGGED, "forecast.parameters={ mlp = {}, by-size = { tiers = 3 } }").forecast
    assert given.parameters == {"by-size": {"tiers": 3}}
    assert (given.regime.tiers, given.models(homes=15), given.models(homes=2)) == (3, 3, 2)
