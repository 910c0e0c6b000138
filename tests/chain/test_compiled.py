"""The compiled contracts are what their sources and provenance say."""

import os
import shutil
import subprocess
import sys

import pytest

from scripts.compile_contracts import OURS, compile_contract
from tests.runs import ROOT

COMPILED = ROOT / "contracts" / "compiled"
SOLC = os.environ.get("ZKPET_SOLC") or shutil.which("solcjs") or shutil.which("solc")


@pytest.mark.slow
@pytest.mark.skipif(
    SOLC is None, reason="no Solidity compiler at hand; ZKPET_SOLC names one (solc or solcjs 0.8.29)"
)
def test_the_artifact_can_be_rebuilt_byte_for_byte() -> None:
    command = [sys.executable, "scripts/rebuild_verifier.py", "--check", "--solc", str(SOLC)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_its_provenance_names_its_source() -> None:
    page, artifact = (
        (COMPILED / name).read_text() for name in ("PROVENANCE.md", "Halo2VerifierReusable.json")
    )
    digest = page.split("source's sha-256 | `")[1].split("`")[0]
    assert f'"source_sha256": "{digest}"' in artifact


@pytest.mark.slow
@pytest.mark.parametrize("contract", OURS)
def test_our_contracts_are_compiled_from_their_sources(contract: str) -> None:
    hint = "run scripts/compile_contracts.py"
    assert (COMPILED / f"{contract}.json").read_text() == compile_contract(contract), hint
