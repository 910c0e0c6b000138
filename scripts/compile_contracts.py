"""Write contracts/compiled/ anew from our own contracts; the verifier has scripts/rebuild_verifier.py.

.venv/bin/python scripts/compile_contracts.py
"""

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
        (CONTRACTS / "compiled" / f"{contract}.json").write_text(compile_contract(contract), encoding="utf-8")
