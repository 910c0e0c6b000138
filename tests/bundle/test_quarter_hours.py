"""A day of quarter-hours, traded a day ahead: proved, cleared, settled, bundled and verified."""

import json
from pathlib import Path

import pytest

from sim.bench.slots import ORDERS, day_ahead, write_day
from sim.cli import main
from sim.outputs.run_directory import SUMMARY
from tests.bundle.conftest import TINY

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("no_processes")]

SLOTS, HOMES = 96, 3


@pytest.mark.parametrize("kind", ORDERS)
def test_a_day_of_quarter_hours_is_traded_a_day_ahead(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, bundle, digests = tmp_path / "homes.csv", tmp_path / "day.zkpet", set()
    write_day(SLOTS, source)
    settings = (*day_ahead(SLOTS, source), *ORDERS[kind], f"population.agents={HOMES}")
    settings += ("forecast.training=federated", f"proofs.store={tmp_path / 'store'}")
    for backend in ("py-evm", "revm"):
        out = tmp_path / backend
        changes = [word for each in (*settings, f"chain.backend={backend}") for word in ("--set", each)]
        assert main(["run", TINY, *changes, "--out", str(out), "--jobs", "1", "--quiet"]) == 0
        summary = json.loads((out / SUMMARY).read_text())
        assert (summary["slots"], summary["gates"], summary["traded_wh"] > 0) == (SLOTS, 1, True)
        digests.add(summary["market_digest"])
    (digest,) = digests
    assert main(["bundle", str(tmp_path / "py-evm"), "-o", str(bundle), "--jobs", "1", "--quiet"]) == 0
    capsys.readouterr()
    expected = ["--expect", digest, "--require-proofs"]
    assert main(["verify", "--quiet", "--jobs", "1", str(bundle), *expected]) == 0
    assert f"all {HOMES} accepted submissions proved" in " ".join(capsys.readouterr().out.split())
