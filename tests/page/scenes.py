"""Small scenarios for the page, written where a test wants them."""

from pathlib import Path

from tests.runs import scenario

QUICK = ("forecast.rounds=2", "forecast.history_days=20", "chain.backend=revm")
"""Settings with which a run takes a second or two."""


def scene(folder: Path, *settings: str, proofs: str = "none") -> Path:
    """The tiny scenario with some fields changed, as a file."""
    file = folder / "scene.toml"
    file.write_text(scenario("tiny", f"proofs.policy={proofs}", *settings).to_toml(), encoding="utf-8")
    return file
