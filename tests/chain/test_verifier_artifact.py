"""The shipped verifier is what its provenance says."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.runs import ROOT

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
    folder = ROOT / "contracts" / "verifier"
    page, artifact = ((folder / name).read_text() for name in ("PROVENANCE.md", "Halo2VerifierReusable.json"))
    digest = page.split("source's sha-256 | `")[1].split("`")[0]
    assert f'"source_sha256": "{digest}"' in artifact
