"""The demo's street: one market, and under the first price rule the market of before."""

import pytest

from tests.runs import run, scenario

BOOKS = ("proofs.policy=none", "chain.backend=none")
DIGESTS = {
    "uniform": "916e6a1fccb251c25a4f66a06613e3f507797ab470d00c83b0f45ed122ed8998",
    "average": "5cf3d2da86954ef84366fc330e33c36dfa25ea6feb3ac0cb823460b3c58b7bad",
}


@pytest.mark.long
@pytest.mark.parametrize("mechanism", DIGESTS)
def test_the_market_of_the_street(mechanism: str) -> None:
    outcome = run(scenario("street", *BOOKS, f"market.mechanism={mechanism}"))
    assert outcome.market_digest == DIGESTS[mechanism]
