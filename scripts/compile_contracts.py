"""Write contracts/compiled/ anew from our own contracts, and print the digests for sim/chain/contracts.py.

    .venv/bin/python scripts/compile_contracts.py

The verifier has scripts/rebuild_verifier.py.
"""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

import vyper

CONTRACTS = Path(__file__).resolve().parents[1] / "contracts"
OURS = ("EnergyMarket", "AcceptAllStub")


def compile_contract(name: str) -> str:
    """A contract's artifact as the text of its file."""
    source = (CONTRACTS / f"{name}.vy").read_text(encoding="utf-8")
    output = vyper.compile_code(source, output_formats=["abi", "bytecode", "bytecode_runtime"])
    artifact = {
        "contract": name,
        "compiler": f"vyper {version('vyper')}",
        "abi": output["abi"],
        "initcode": output["bytecode"].removeprefix("0x"),
        "runtime": output["bytecode_runtime"].removeprefix("0x"),
    }
    return json.dumps(artifact, indent=1) + "\n"


if __name__ == "__main__":
    for contract in OURS:
        text = compile_contract(contract)
        (CONTRACTS / "compiled" / f"{contract}.json").write_text(text, encoding="utf-8")
        print(f'{contract}: "{hashlib.sha256(text.encode()).hexdigest()}"')
