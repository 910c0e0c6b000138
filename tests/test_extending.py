"""docs/extending.md: its examples make the markets that they should, and its commands print what it shows.

That examples and plug-ins keep to what their kind asks for is shown beside all other variants, which
``tests.plugins`` adds them to.
"""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from sim.cli import main
from sim.plugins import plugged_in
from sim.proofs.srs import load_srs
from sim.registry import registries
from sim.simulation.run import simulate
from tests.plugins import DOCUMENTED, EXAMPLES, EXTENDING, blocks
from tests.runs import PLUGINS, QUIET, ROOT, run, scenario

ALIKE = {
    "split": ["market.mechanism=average", "market.mechanism=split"],
    "last-price": ["market.strategy=truthful", "market.strategy=last-price"],
    "bottleneck": [
        "forecast.family=mlp",
        "forecast.family=bottleneck forecast.parameters.bottleneck.neurons=8",
    ],
    "halves": ["forecast.training=by-size", "forecast.training=halves"],
    "by-energy": ["forecast.training=by-size", "forecast.clustering=by-energy"],
    "logged": ["chain.backend=py-evm", "chain.backend=logged"],
}
DIFFERENT = {
    "split": ["market.mechanism=split", "market.mechanism=split market.parameters.split.k=0.9"],
    "last-price": ["time.days=2 market.strategy=truthful", "time.days=2 market.strategy=last-price"],
    "bottleneck": ["forecast.family=mlp", "forecast.family=bottleneck"],
    "halves": ["forecast.training=federated", "forecast.training=halves"],
}
ATTACKS = {"shades"}
"""Tried where all attacks are; in a market they need proofs."""
FAST = ["--set", "forecast.rounds=2", "--set", "chain.backend=revm"]


def market_digest(settings: str) -> str:
    """Of homes that forecast as yesterday, unless it is training that is looked at."""
    fast = ("proofs.policy=none", "chain.backend=none", "forecast.rounds=1")
    with plugged_in(DOCUMENTED):
        given = scenario("tiny", *fast, *settings.split())
        outcome = simulate(given, load_srs(), 1, QUIET) if "forecast." in settings else run(given)
    return outcome.market_digest


@pytest.mark.parametrize("name", ALIKE)
def test_examples_make_the_market_that_they_should(name: str) -> None:
    one, other = map(market_digest, ALIKE[name])
    assert one == other


@pytest.mark.parametrize("name", DIFFERENT)
def test_examples_make_another_market_where_they_should(name: str) -> None:
    one, other = map(market_digest, DIFFERENT[name])
    assert one != other


def test_every_kind_is_explained_and_every_example_used() -> None:
    sources = {plugin.sha256 for plugin in EXAMPLES}
    with plugged_in(DOCUMENTED):
        shown = {name for each in registries() for name in each.names if each.origin(name) in sources}
    assert shown == {*ALIKE, *DIFFERENT, *ATTACKS}
    headings = re.findall(r"^## (.*)$", EXTENDING, re.MULTILINE)
    for registry in registries():
        assert f"| {registry.kind} |" in EXTENDING  # where it lives
        assert registry.kind.removesuffix(" of homes").removesuffix(" of operators").capitalize() in headings
    for path in PLUGINS.glob("*.py"):
        assert f"[plugins/{path.name}](plugins/{path.name})" in EXTENDING


def sections() -> list[str]:
    """Those that have commands."""
    return [text for text in re.split(r"^## ", EXTENDING, flags=re.MULTILINE) if "```sh\n" in text]


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("section", sections(), ids=lambda text: text.splitlines()[0])
def test_commands_print_what_is_shown(
    section: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With less training than as they stand there, and on revm."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "scenarios", "scenarios")
    shutil.copytree(PLUGINS, "docs/plugins")
    Path("split.py").write_text(blocks("python")[0])
    for line in "".join(blocks("sh", section)).splitlines():
        _, command, *options = shlex.split(line, comments=True)
        code = re.search(r"# exit code (\d)", line)
        assert main([command, *options, *(FAST if command == "run" else [])]) == int(code[1] if code else 0)
    printed = " ".join(capsys.readouterr().out.split())
    for line in "".join(blocks("text", section)).splitlines():
        assert line in printed
