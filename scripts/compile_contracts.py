"""Write contracts/compiled/ anew from our own contracts, and print the digests for sim/chain/contracts.py.

    .venv/bin/python scripts/compile_contracts.py

The verifier has scripts/rebuild_verifier.py.
"""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

from vyper import compile_from_file_input
from vyper.compiler.input_bundle import FilesystemInputBundle

CONTRACTS = Path(__file__).resolve().parents[1] / "contracts"
RULES = sorted(f"rules/{path.stem}" for path in (CONTRACTS / "rules").glob("*.vy"))
OURS = ("EnergyMarket", "SealedMarket", "AcceptAllStub", *RULES)


def compile_contract(source: str, folder: Path = CONTRACTS) -> str:
    """A contract's artifact as the text of its file; ``source`` is its file in the folder, without ending."""
    sources = FilesystemInputBundle([folder])
    output = compile_from_file_input(
        sources.load_file(f"{source}.vy"), sources, output_formats=["abi", "bytecode", "bytecode_runtime"]
    )
    artifact = {
        "contract": Path(source).name,
        "compiler": f"vyper {version('vyper')}",
        "abi": output["abi"],
        "initcode": output["bytecode"].removeprefix("0x"),
        "runtime": output["bytecode_runtime"].removeprefix("0x"),
    }
    return json.dumps(artifact, indent=1) + "\n"


if __name__ == "__main__":
    for contract in OURS:
        text, name = compile_contract(contract), Path(contract).name
        (CONTRACTS / "compiled" / f"{name}.json").write_text(text, encoding="utf-8")
        print(f'{name}: "{hashlib.sha256(text.encode()).hexdigest()}"')
