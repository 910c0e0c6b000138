"""Small scenarios for the page, written where a test wants them."""

from pathlib import Path

from tests.runs import scenario


def scene(folder: Path, *settings: str, proofs: str = "none") -> Path:
    """The tiny scenario with some fields changed, as a file."""
    file = folder / "scene.toml"
    file.write_text(scenario("tiny", f"proofs.policy={proofs}", *settings).to_toml(), encoding="utf-8")
    return file
