"""The compiled contracts are what their sources and provenance say."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.compile_contracts import OURS, compile_contract
from sim.chain import contracts
from sim.errors import InputError
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


def test_a_changed_or_missing_contract_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "compiled").mkdir()
    for name in contracts.SHA256:
        shutil.copy(COMPILED / f"{name}.json", tmp_path / "compiled")
    monkeypatch.setattr(contracts, "CONTRACTS", tmp_path)
    compiled = contracts.compiled.__wrapped__
    assert compiled(contracts.STUB).name == "AcceptAllStub"
    verifier = tmp_path / "compiled" / f"{contracts.VERIFIER}.json"
    verifier.write_text(verifier.read_text().replace("5f", "60", 1))
    with pytest.raises(InputError, match="differs from the contract this version ships"):
        compiled(contracts.VERIFIER)
    verifier.unlink()
    with pytest.raises(InputError, match="cannot read the contract"):
        compiled(contracts.VERIFIER)


def test_its_provenance_names_its_source() -> None:
    page, artifact = (
        (COMPILED / name).read_text() for name in ("PROVENANCE.md", "Halo2VerifierReusable.json")
    )
    digest = page.split("source's sha-256 | `")[1].split("`")[0]
    assert f'"source_sha256": "{digest}"' in artifact


@pytest.mark.slow
@pytest.mark.parametrize("contract", OURS)
@pytest.mark.long
def test_our_contracts_are_compiled_from_their_sources(contract: str) -> None:
    hint = "run scripts/compile_contracts.py"
    assert (COMPILED / f"{Path(contract).name}.json").read_text() == compile_contract(contract), hint
