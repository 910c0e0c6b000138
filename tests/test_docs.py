"""README and docs: Python blocks run, commands are commands, links lead somewhere.

Commands of the lessons are run by ``tests.page``. That examples and plug-ins of docs/extending.md keep to
what their kind asks for is shown beside all other variants, which ``tests.plugins`` adds them to.
"""

import importlib.util
import os
import re
import shlex
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from sim.cli import _parser, main
from sim.plugins import plugged_in
from sim.proofs.srs import load_srs
from sim.registry import forget, registering_from, registries
from sim.simulation.run import simulate
from tests.plugins import DOCUMENTED, EXAMPLES, EXTENDING, blocks
from tests.runs import PLUGINS, QUIET, ROOT, run, scenario

README = ROOT / "README.md"
PAGES = sorted([README, ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
REFERENCE = ROOT / "docs" / "commands.md"
LONG = {"sweep", "bench", "page"}
MADE = ("results/", "mine", "split.py", "reduction.zkpet")
"""What commands of the documentation name and is made by the reader, or by commands before."""
QUICK = """
name = "street"
[time]
start = 2017-06-12
[population]
agents = 4
pv_share = 0.5
[forecast]
clusters = 1
rounds = 1
history_days = 30
[proofs]
policy = "none"
store = "off"
[chain]
backend = "revm"
"""


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def commands_of(text: str) -> list[list[str]]:
    """Words of every command of zkpet in a block, and of those between backquotes that name a file."""
    lines = re.findall(r"^(?: {4})?(\.venv/bin/zkpet .*)$", text, re.MULTILINE)
    spans = re.findall(r"`(zkpet [a-z]+ [^`]*\.(?:toml|zkpet)[^`]*)`", text)
    return [shlex.split(line, comments=True)[1:] for line in (*lines, *spans)]


ALL = [(page, words) for page in PAGES for words in commands_of(text_of(page))]


@pytest.mark.parametrize(
    ("page", "words"), ALL, ids=lambda each: each.name if isinstance(each, Path) else " ".join(each)
)
def test_commands_are_commands_and_their_files_are_there(page: Path, words: list[str]) -> None:
    options = vars(_parser().parse_args([word.replace("NAME", "tiny") for word in words]))
    named = [each for each in options.values() if isinstance(each, Path)] + options["plugin"]
    inputs = [str(path) for path in named if path not in (options.get("out"),)]
    assert [name for name in inputs if not (ROOT / name).exists() and not name.startswith(MADE)] == [], page


@pytest.mark.slow
@pytest.mark.long
def test_commands_of_the_reference_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On four homes, all but the long ones."""
    monkeypatch.chdir(tmp_path)
    Path("scenarios").mkdir()
    Path("scenarios/street.toml").write_text(QUICK)
    for line in re.findall(r"^ {4}(\.venv/bin/zkpet .*)$", text_of(REFERENCE), re.MULTILINE):
        words, code = shlex.split(line, comments=True)[1:], re.search(r"# exit code (\d)", line)
        if words[0] not in LONG:
            assert main(words) == int(code[1] if code else 0), line


@pytest.mark.slow
@pytest.mark.parametrize(
    "page",
    [
        README,
        *(pytest.param(ROOT / "docs" / name, marks=pytest.mark.long) for name in ("python.md", "onnx.md")),
    ],
    ids=lambda page: page.name,
)
def test_python_blocks_run_one_after_the_other(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("scenarios").mkdir()
    for name in ("street", "tiny"):
        Path(f"scenarios/{name}.toml").write_text(QUICK)
    names = {"__name__": "documented"}
    blocks = re.findall(r"^```python\n(.*?)^```$", text_of(page), re.DOTALL | re.MULTILINE)
    try:
        with registering_from(page.name):
            for block in blocks:
                exec(compile(block, page.name, "exec"), names)
    finally:
        forget(page.name)
    assert "saving_usd" in capsys.readouterr().out or page != README


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_modules_and_targets_are_there(page: Path) -> None:
    text = text_of(page)
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    tests = [name for names in re.findall(r"`pytest ([^`]*)`", text) for name in names.split() if "/" in name]
    modules = re.findall(r"python -m ([\w.]+)", text)
    missing += [name for name in tests if not (ROOT / name).exists()]
    missing += [name for name in modules if name != "pytest" and importlib.util.find_spec(name) is None]
    targets = re.findall(r"^([\w-]+):", text_of(ROOT / "Makefile"), re.MULTILINE)
    missing += [
        name for name in re.findall(r"(?:^ {4}|`)make ([\w-]+)", text, re.MULTILINE) if name not in targets
    ]
    assert missing == []


def test_lines_of_contracts_that_are_quoted_are_there() -> None:
    files = (ROOT / "contracts").rglob("*.vy")
    source = {line.strip() for file in files for line in text_of(file).split("\n")}
    lines = re.compile(r"`((?:assert|verified, digest =) [^`]*)`")
    quoted = [(page.name, line) for page in PAGES for line in lines.findall(text_of(page))]
    assert quoted
    assert [each for each in quoted if each[1] not in source] == []


def test_every_page_is_reached_from_the_index_and_the_readme_is_a_page() -> None:
    index = text_of(ROOT / "docs" / "index.md")
    pages = {os.path.relpath(page, ROOT / "docs") for page in (ROOT / "docs").glob("*.md")} - {"index.md"}
    assert pages <= set(re.findall(r"\]\(([^)#]+)\)", index))
    assert len(text_of(README).splitlines()) <= 150


def test_the_citation_is_of_this_version() -> None:
    version = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]["version"]
    assert f"\nversion: {version}\n" in text_of(ROOT / "CITATION.cff")


# docs/extending.md: its examples make the markets that they should, and its commands print what it shows -

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
    "weekend": ["forecast.inputs=fortnight-mean", 'forecast.inputs=["fortnight-mean","weekend"]'],
}
ATTACKS = {"shades"}
"""Tried where all attacks are; in a market they need proofs."""
LAYOUTS = {"portal"}
"""Read where all layouts are; no market knows them."""
FAST = ["--set", "forecast.rounds=2", "--set", "chain.backend=revm"]


def market_digest(settings: str) -> str:
    """Of homes that forecast as yesterday, unless it is training that is looked at."""
    fast = ("proofs.policy=none", "chain.backend=none", "forecast.rounds=1")
    with plugged_in(DOCUMENTED):
        given = scenario("tiny", *fast, *settings.split())
        outcome = simulate(given, load_srs(), 1, QUIET) if "forecast." in settings else run(given)
    return outcome.market_digest


def by_length(name: str) -> Any:
    """What trains takes seconds, and is for make test-long."""
    return pytest.param(name, marks=pytest.mark.long if "forecast" in str((DIFFERENT | ALIKE)[name]) else ())


@pytest.mark.parametrize("name", [by_length(name) for name in ALIKE])
def test_examples_make_the_market_that_they_should(name: str) -> None:
    one, other = map(market_digest, ALIKE[name])
    assert one == other


@pytest.mark.parametrize("name", [by_length(name) for name in DIFFERENT])
def test_examples_make_another_market_where_they_should(name: str) -> None:
    one, other = map(market_digest, DIFFERENT[name])
    assert one != other


def test_every_kind_is_explained_and_every_example_used() -> None:
    sources = {plugin.sha256 for plugin in EXAMPLES}
    with plugged_in(DOCUMENTED):
        shown = {name for each in registries() for name in each.names if each.origin(name) in sources}
    assert shown == {*ALIKE, *DIFFERENT, *ATTACKS, *LAYOUTS}
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
