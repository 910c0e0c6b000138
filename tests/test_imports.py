"""Imports go one way: from whatever knows more to whatever knows less."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LEAVES = {"sim.arrays", "sim.errors", "sim.registry", "sim.seeds", "sim.units"}
FILES_OF_THE_ROOT = 8


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {name_of(path): path for room in ("sim", "agents") for path in (ROOT / room).rglob("*.py")}


def imports(module: str) -> set[str]:
    """Modules of ours that one names anywhere, in functions and for type checkers, too."""
    found = set()
    for node in ast.walk(ast.parse(FILES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module} imports relatively"
            for each in node.names:
                inside = f"{node.module}.{each.name}"
                found.add(inside if inside in FILES else str(node.module))
        elif isinstance(node, ast.Import):
            found.update(each.name for each in node.names)
    return found & FILES.keys()


GRAPH = {module: imports(module) for module in FILES}


def test_no_module_imports_itself_by_way_of_others():
    try:
        TopologicalSorter(GRAPH).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_the_market_knows_nobody():
    known = {each for module in GRAPH if module.startswith("sim.market") for each in GRAPH[module]}
    assert {each for each in known if not each.startswith("sim.market")} <= LEAVES


@pytest.mark.parametrize("top", ["sim.cli", "sim.page"])
def test_nothing_imports_what_stands_on_top(top):
    users = {module for module in GRAPH for each in GRAPH[module] if f"{each}.".startswith(f"{top}.")}
    assert {module for module in users if not f"{module}.".startswith((f"{top}.", "sim.cli."))} == set()


def test_the_root_holds_few_files():
    assert len(list((ROOT / "sim").glob("*.py"))) <= FILES_OF_THE_ROOT
