"""The demo street with committed models: one market under each mechanism."""

from pathlib import Path

import pytest

from sim.forecast.forecasters import Forecasters
from tests.runs import run, scenario

MODELS = Path(__file__).with_name("street-models.json").read_text()
DIGESTS = {
    "average": "5cf3d2da86954ef84366fc330e33c36dfa25ea6feb3ac0cb823460b3c58b7bad",
    "bill-sharing": "cc1a3cb83c8673cc9849c72ae1304af9a5a14031f6540167c2210ac4d30c5b3f",
    "continuous": "9e2bb01084dd2f9347d4fa6e250158b5c274ee3b6033d6fb429c64a99018374e",
    "huang": "26d97e7042dad0f403a710dc93cf351ce7ca24ed04d3791c5fb65bc3aec50415",
    "mcafee": "1e7ea15f31bf139cb9f7bee50e4fdcc48049c5559db258f5e1d76fa6c8ba44d5",
    "mid-market": "bc593e5e78131434eca3867f73c0af30c191cf92d1d69e0863f9cf7a263580bb",
    "muda-balanced": "667fe30fbb1e88913eee150d4dc9ed4d978c0026f718f8ea9d9726eed7caffc2",
    "muda-lottery": "ea97fe5b8a9712c4e4f58e10a6cf2046785f3c443882e324f0bff85404333613",
    "pay-as-bid": "7e77afc42d2ad727b931b1068d0416237a9097b0d71b6252a8610e28fe573e5e",
    "repeated": "3cb44cb9a21f93fb7670a46bf0b3b28ca87ec566d2fb7ade78eb72785dd4af6b",
    "supply-demand": "e72f45290a79c891b7a5cc1029607bba3d62ad6e1a699b06e419e277516a35c3",
    "uniform": "916e6a1fccb251c25a4f66a06613e3f507797ab470d00c83b0f45ed122ed8998",
}


@pytest.mark.parametrize("mechanism", DIGESTS)
def test_the_market_of_the_committed_models(mechanism: str) -> None:
    books = ("proofs.policy=none", "chain.backend=none", f"market.mechanism={mechanism}")
    outcome = run(scenario("street", *books), Forecasters.from_json(MODELS))
    assert outcome.market_digest == DIGESTS[mechanism]
