"""Rebuild contracts/compiled/Halo2VerifierReusable.json from EZKL and a Solidity compiler.

    npm install --prefix /tmp/solc solc@0.8.29
    .venv/bin/python scripts/rebuild_verifier.py --solc /tmp/solc/node_modules/.bin/solcjs

EZKL writes the same Solidity source for every circuit, so any circuit will do. ``--check`` compares instead
of writing, and exits with 1 where the result differs.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np

from sim.forecast.dense import IntegerDense
from sim.proofs.settings import EzklSettings
from sim.proofs.setup import build_circuit
from sim.proofs.srs import load_srs

CONTRACT = "Halo2VerifierReusable"
ARTIFACT = Path(__file__).resolve().parents[1] / "contracts" / "compiled" / f"{CONTRACT}.json"
SOLC_VERSION = "0.8.29"
SETTINGS = {
    "evmVersion": "cancun",
    "optimizer": {"enabled": True, "runs": 100_000},
    "viaIR": True,
    "metadata": {"bytecodeHash": "none"},
    "outputSelection": {"*": {"*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]}},
}
# create_evm_verifier writes the source, then wants to download a compiler, fails offline, and may take the
# interpreter down with it: so it runs in an interpreter of its own and only the file counts.
GENERATE = """
import asyncio, sys, ezkl
async def main():
    await ezkl.create_evm_verifier(*sys.argv[1:5], srs_path=sys.argv[5], reusable=True)
asyncio.run(main())
"""


def generate_source(folder: Path) -> str:
    """The verifier's Solidity source, from a small circuit set up in ``folder``."""
    rng = np.random.default_rng(0)
    model = IntegerDense(
        "linear", 6, (rng.integers(-32, 32, size=(2, 4)),), (rng.integers(-999, 999, size=2),)
    )
    srs = load_srs()
    circuit = build_circuit(model, EzklSettings(256, 4, 2, 9), 12_000, srs, folder)
    source = folder / "verifier.sol"
    files = [
        circuit.vk_path,
        circuit.settings_path,
        source,
        folder / "verifier.abi",
        srs.path(circuit.logrows),
    ]
    subprocess.run([sys.executable, "-c", GENERATE, *map(str, files)], check=False, capture_output=True)
    return source.read_text(encoding="utf-8")


def compile_source(source: str, solc: str) -> dict[str, object]:
    """The artifact, as a document: what was compiled, how, and the result."""
    request = {
        "language": "Solidity",
        "sources": {f"{CONTRACT}.sol": {"content": source}},
        "settings": SETTINGS,
    }
    with tempfile.TemporaryFile("w+", encoding="utf-8") as file:  # of a pipe solcjs may read nothing
        json.dump(request, file)
        file.seek(0)
        run = subprocess.run(
            [solc, "--standard-json"], stdin=file, capture_output=True, text=True, check=True
        )
    output = json.loads(run.stdout[run.stdout.index("{") :])
    contract = output["contracts"][f"{CONTRACT}.sol"][CONTRACT]
    return {
        "contract": CONTRACT,
        "source_generator": f"ezkl {version('ezkl')}, create_evm_verifier(reusable=True)",
        "source_sha256": hashlib.sha256(source.encode()).hexdigest(),
        "source_licence": "MIT",
        "solc": SOLC_VERSION,
        "settings": {key: value for key, value in SETTINGS.items() if key != "outputSelection"},
        "abi": contract["abi"],
        "initcode": contract["evm"]["bytecode"]["object"],
        "runtime": contract["evm"]["deployedBytecode"]["object"],
    }


def main() -> int:
    """Rebuild or check the artifact."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--solc", required=True, help=f"solc or solcjs {SOLC_VERSION}")
    parser.add_argument("--check", action="store_true", help="compare with the committed artifact instead")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        artifact = compile_source(generate_source(Path(folder)), arguments.solc)
    text = json.dumps(artifact, indent=1) + "\n"
    if not arguments.check:
        ARTIFACT.write_text(text, encoding="utf-8")
        return 0
    same = text == ARTIFACT.read_text(encoding="utf-8")
    print("the committed artifact is what this compiler makes" if same else "the artifact differs")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
