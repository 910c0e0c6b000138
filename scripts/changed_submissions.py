"""Print what becomes of changed submissions: ``python -m scripts.changed_submissions``.

Two homes of one cluster, a circuit of the shipped size; every change is tried on the gate that the honest
submission would find.
"""

import tempfile
from collections import Counter
from pathlib import Path

from sim.chain.market_client import ModelRegistration, send
from sim.chain.submission import Submission
from sim.proofs.prover import prove
from sim.proofs.setup import build_circuit
from sim.proofs.srs import load_srs
from tests.adversarial.mutations import Honest
from tests.adversarial.open_gate import OpenGate, fates, open_gate
from tests.market_on_chain import Rules, empty_community
from tests.proofs.models import LIMIT_WH, default_mlp


def table(counts: Counter[tuple[str, str]]) -> str:
    """A row for each kind of change and what became of it."""
    wide, wider = (max(len(row[column]) for row in counts) + 2 for column in (0, 1))
    lines = [f"{'mutation of':<{wide}}{'fate':<{wider}}{'count':>6}"]
    lines += [f"{kind:<{wide}}{fate:<{wider}}{count:>6}" for (kind, fate), count in sorted(counts.items())]
    return "\n".join([*lines, f"{'all':<{wide + wider}}{counts.total():>6}"])


def shipped_size(folder: Path) -> OpenGate:
    """Two homes of one cluster: 24 readings, 24 orders, the default model's shape and settings."""
    model = default_mlp()
    circuit = build_circuit(model, None, LIMIT_WH, load_srs(), folder)
    key = ModelRegistration(0, circuit.key, model.output_scale, circuit.proof_bytes)
    community = empty_community(Rules(homes=2, horizon=model.horizon), [key], with_verifier=True)
    send(community.chain, 0, [community.enrol(home) for home in community.homes])
    honest = []
    for number, account in enumerate(community.homes, start=1):
        window_wh = [(-1) ** slot * 97 * (slot + number) for slot in range(model.inputs)]
        proof = prove(circuit, window_wh, load_srs())
        limits = (150_000,) * model.horizon
        honest.append(Honest(number, account, Submission(0, proof.proof, proof.instances, limits)))
    return open_gate(community, honest)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        shipped = shipped_size(Path(name))
        print(table(fates(shipped, shipped.honest, noise=500)))
