"""Two circuits for two clusters, and a handful of real proofs, made once for all tests."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from sim.chain.base import Account, Transaction
from sim.chain.market_client import ModelRegistration, send
from sim.chain.submission import Submission
from sim.forecast.dense import IntegerDense
from sim.proofs.circuit import Circuit
from sim.proofs.prover import Proof, prove
from sim.proofs.settings import EzklSettings
from sim.proofs.setup import build_circuit
from sim.proofs.srs import load_srs
from tests.market_on_chain import RETAIL, Community, Rules, empty_community

LOOKBACK, HORIZON, PRECISION, LIMIT_WH = 4, 4, 7, 12_000
SETTINGS = EzklSettings(decomp_base=256, decomp_legs=4, num_inner_cols=2, logrows=9)
LIMIT_PRICE = 150_000
WINDOWS = ((900, -1_200, 300, 2_500), (-700, 4_000, 1_100, -3_300), (1_500, 600, -2_000, 800))
OURS, THEIRS = 0, 1  # models


@dataclass(frozen=True)
class ProvedCommunity:
    """A community with the real verifier; homes 1 and 2 belong to our cluster, home 3 to the other.

    proofs: (home, gate) -> the proof of its own model over its window
    borrowed: of the other cluster's model over a window of ours
    """

    community: Community
    ours: Circuit
    theirs: Circuit
    proofs: dict[tuple[int, int], Proof]
    borrowed: Proof

    def commit(self, gate: int, homes: Sequence[int] = (1, 2, 3)) -> Transaction:
        points = [self.proofs[home, gate].commitment for home in homes]
        return self.community.market.commit(self.community.meter, gate, list(homes), points)

    def commit_to(self, home: int, commitment: bytes, gate: int = 0) -> Transaction:
        return self.community.market.commit(self.community.meter, gate, [home], [commitment])

    def submit(
        self,
        home: int,
        gate: int = 0,
        *,
        proof: bytes | None = None,
        instances: Sequence[int] | None = None,
        limits: Sequence[int] = (LIMIT_PRICE,) * HORIZON,
        sender: Account | None = None,
    ) -> Transaction:
        """A home's honest submission, but for what is given."""
        honest = self.proofs[home, gate]
        submission = Submission(
            gate,
            honest.proof if proof is None else proof,
            honest.instances if instances is None else tuple(instances),
            tuple(limits),
        )
        return self.community.market.submit(sender or self.community.homes[home - 1], submission)

    def open(self, gate: int = 0, homes: Sequence[int] = (1, 2, 3)) -> None:
        """Commitments are posted, and the gate is open."""
        self.community.accept(self.commit(gate, homes), self.community.times(gate).window_end)
        self.community.wait(self.community.times(gate).opens)


def registration(circuit: Circuit, model: int) -> ModelRegistration:
    return ModelRegistration(model, circuit.key, circuit.model.output_scale, circuit.proof_bytes)


def worst_cost(outputs_wh: Sequence[int]) -> int:
    """What orders at LIMIT_PRICE reserve."""
    return sum(wh * LIMIT_PRICE if wh > 0 else -wh * RETAIL for wh in outputs_wh)


@pytest.fixture(scope="session")
def circuits(tmp_path_factory) -> tuple[Circuit, Circuit]:
    ours, theirs = (
        build_circuit(_model(seed), SETTINGS, LIMIT_WH, load_srs(), tmp_path_factory.mktemp("circuit"))
        for seed in (1, 2)
    )
    return ours, theirs


def _model(seed: int) -> IntegerDense:
    generator = np.random.default_rng(seed)
    weights = generator.integers(-(2 ** (PRECISION - 1)), 2 ** (PRECISION - 1), (HORIZON, LOOKBACK))
    return IntegerDense("linear", PRECISION, (weights,), (generator.integers(-999, 999, HORIZON),))


@pytest.fixture(scope="session")
def proofs(circuits) -> dict[tuple[int, int], Proof]:
    ours, theirs = circuits
    return {
        (1, 0): prove(ours, WINDOWS[0], load_srs()),
        (1, 1): prove(ours, WINDOWS[0], load_srs()),
        (2, 0): prove(ours, WINDOWS[1], load_srs()),
        (3, 0): prove(theirs, WINDOWS[2], load_srs()),
    }


@pytest.fixture(scope="session")
def borrowed(circuits) -> Proof:
    return prove(circuits[1], WINDOWS[0], load_srs())


@pytest.fixture
def found_with_proofs(circuits, proofs, borrowed):
    """Found a community under given rules."""
    ours, theirs = circuits
    both = (registration(ours, OURS), registration(theirs, THEIRS))

    def found(models: Sequence[ModelRegistration] = both, **rules: int) -> ProvedCommunity:
        community = empty_community(Rules(homes=3, horizon=HORIZON, **rules), models, with_verifier=True)
        clusters = zip(community.homes, (OURS, OURS, THEIRS), strict=True)
        send(community.chain, 0, [community.enrol(home, forecaster=model) for home, model in clusters])
        return ProvedCommunity(community, ours, theirs, proofs, borrowed)

    return found


@pytest.fixture
def street(found_with_proofs) -> ProvedCommunity:
    """A fresh community under the usual rules."""
    return found_with_proofs()
