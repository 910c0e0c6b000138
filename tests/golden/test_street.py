"""The demo street with committed models: one market, and under the first price rule the market of before."""

from pathlib import Path

import pytest

from sim.forecast.model_set import ModelSet
from tests.runs import run, scenario

MODELS = Path(__file__).with_name("street-models.json").read_text()
DIGESTS = {
    "uniform": "916e6a1fccb251c25a4f66a06613e3f507797ab470d00c83b0f45ed122ed8998",
    "average": "5cf3d2da86954ef84366fc330e33c36dfa25ea6feb3ac0cb823460b3c58b7bad",
}


@pytest.mark.parametrize("mechanism", DIGESTS)
def test_the_market_of_the_committed_models(mechanism: str) -> None:
    books = ("proofs.policy=none", "chain.backend=none", f"market.mechanism={mechanism}")
    outcome = run(scenario("street", *books), ModelSet.from_json(MODELS))
    assert outcome.market_digest == DIGESTS[mechanism]
