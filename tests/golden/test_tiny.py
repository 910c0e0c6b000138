"""The tiny scenario with committed models: one market everywhere, and models that retrain to themselves."""

from pathlib import Path

import pytest

from sim.forecast.forecasters import Forecasters
from sim.outputs.tables import tables_of
from sim.simulation.preparation import prepare
from tests.runs import QUIET, run, scenario

MODELS = Path(__file__).with_name("tiny-models.json").read_text()
MARKET_DIGEST = "68c3c91c0990554bd4536ea5632e485a0adc8078e41bcbba62a2702161d94cb3"


def test_the_market_of_the_committed_models() -> None:
    outcome = run(scenario("tiny", "proofs.policy=none"), Forecasters.from_json(MODELS))
    assert outcome.market_digest == MARKET_DIGEST


@pytest.mark.slow
def test_real_proofs_change_nothing() -> None:
    outcome = run(scenario("tiny"), Forecasters.from_json(MODELS))
    assert outcome.market_digest == MARKET_DIGEST
    assert len(outcome.proofs) == 4
    proofs = tables_of(outcome)["proofs"]
    assert outcome.verified_on_chain
    assert proofs.on_chain.all()
    assert proofs.verify_gas.notna().all()
    assert (proofs.verify_gas < proofs.submit_gas).all()
    assert len({proof.proof for proof in outcome.proofs.values()}) == 4


@pytest.mark.slow
def test_training_again_gives_the_committed_models() -> None:
    again = prepare(scenario("tiny"), QUIET).forecasters
    assert again.digest == Forecasters.from_json(MODELS).digest
