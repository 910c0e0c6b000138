"""The demo street with committed models: one market under each mechanism."""

from pathlib import Path

import pytest

from sim.forecast.forecasters import Forecasters
from tests.runs import run, scenario

MODELS = Path(__file__).with_name("street-models.json").read_text()
DIGESTS = {
    "average": "87bae6c53444b2e162268b6c17c5d5cc908a09d5efc4dc31fc6f90a512f789dc",
    "bill-sharing": "c5b103c0630b018576a9f5d9ea4cc0209700ec134a6bfca0b8865eb0f45785de",
    "continuous": "4f65d84237947cecaafbab94c3ecb271c4f6356743623636ff2729713b1e9e5f",
    "huang": "a1e94dd5ce7545079aabafae01041b82eaf00a4b3571b0898e0d04b298b89cbd",
    "mcafee": "a64fd37171b7b396317cdd440c2a9eb6a6a2aa3098ff4c4fcfa1558b506a325b",
    "mid-market": "54583f950734c4e335b6ab2d84d3622fca8f26be1a1043f59d27930e9b4a126a",
    "muda-balanced": "44aea9e229ce91dcb58a079f8ba294a3f69949246892593f6c52b5e79812d06a",
    "muda-lottery": "c53c3e892936c63bb887e5b0b4bca103be3447df65eff49fe0194390e8ba7fa5",
    "pay-as-bid": "0dc05e42aae9431246f6f82288881a41075eb5d7deb0477cb6953f124de46b41",
    "repeated": "2ae79ca478e28fcdddfdc8a18529f891fc0a226874d6c3eea4ad89adaa4e7530",
    "supply-demand": "c736140d21ece2f2d6b43f18163c5bf2312922941787c348430de264bdb1f209",
    "uniform": "7717a4f51013cfcdbe5b1cc26f963433cb4f3c9013ef02b953c6cba0e232ee14",
}


@pytest.mark.parametrize("mechanism", DIGESTS)
def test_the_market_of_the_committed_models(mechanism: str) -> None:
    books = ("proofs.policy=none", "chain.backend=none", f"market.mechanism={mechanism}")
    outcome = run(scenario("street", *books), Forecasters.from_json(MODELS))
    assert outcome.market_digest == DIGESTS[mechanism]
