"""What every chain backend is, those of plug-ins too."""

import pytest

from sim.chain.accounts import account
from sim.chain.backends import backends, open_chain
from sim.errors import InputError
from sim.seeds import Streams
from tests.plugins import every, plugged  # noqa: F401
from tests.runs import scenario

START, GAS, CHAIN_ID = 1_500_000_000, 30_000_000, 77


@pytest.mark.parametrize("name", every(backends))
class TestBackend:
    def test_it_opens_a_chain_with_that_id_or_says_that_it_has_none(self, name: str) -> None:
        funded = [account(Streams(7), "payer")]
        if not backends[name].executes:
            with pytest.raises(ValueError, match=f'"{name}" has no chain'):
                open_chain(name, funded, START, GAS, CHAIN_ID)
            return
        chain = open_chain(name, funded, START, GAS, CHAIN_ID)
        assert (chain.chain_id, list(chain.blocks)) == (CHAIN_ID, [])

    def test_a_scenario_may_name_it(self, name: str) -> None:
        chain = scenario("tiny", f"chain.backend={name}", "proofs.policy=none").chain
        assert chain.executes == backends[name].executes
        assert backends[name].time_share >= 0


def test_an_unknown_backend_is_refused() -> None:
    with pytest.raises(InputError, match='no chain backend is called "geth": should be one of py-evm, revm'):
        scenario("tiny", "chain.backend=geth")
