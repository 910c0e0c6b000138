"""The lessons' texts, taken apart, and the runs that they speak of."""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from sim.outputs.outcome import Outcome
from sim.outputs.tables import tables_of
from sim.page.controls import controls_of, scenario_with
from sim.page.timeline import Timeline, timeline_of
from sim.proofs.srs import load_srs
from sim.runtime.store import open_store
from sim.schema.scenario import Scenario
from sim.simulation.run import simulate
from sim.tables.runs import read_by
from tests.runs import QUIET, ROOT, scenario

FOLDER = ROOT / "docs" / "lessons"
LESSONS = sorted(FOLDER.glob("[0-9]-*.md"))
CLEARING, FORECASTS, PROOFS = LESSONS
_AMOUNT = re.compile(r"[-+]?(?:\$\d[\d,]*(?:\.\d+)?(?:/kWh)?|\d[\d,]*(?:\.\d+)? kWh)(?!\w)")


def text(path: Path) -> str:
    """A lesson in one line; its tables are left out."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return " ".join(" ".join(line for line in lines if not line.strip().startswith("|")).split())


def bold(path: Path) -> set[str]:
    """What is pressed or chosen, as far as it is no sentence's stress: short and outside the answer."""
    asked = path.read_text(encoding="utf-8").split("<details>")[0]
    return {" ".join(words.split()) for words in re.findall(r"\*\*([^*]+)\*\*", asked)}


def quoted(path: Path) -> set[str]:
    """Titles of figures that the text quotes."""
    return set(re.findall("“([^”]+)”", text(path)))


def amounts(path: Path) -> set[str]:
    """All amounts of money, energy and price in the text, but for quoted titles and tables."""
    return set(_AMOUNT.findall(re.sub("“[^”]+”", "", text(path))))


def places(path: Path) -> set[str]:
    """Slots, homes and times of day that the text names, but for quoted titles and tables."""
    found: list[str] = re.findall(
        r"slot \d+|home-\d+|\d\d:\d\d", re.sub("“[^”]+”", "", text(path).replace("Slot", "slot"))
    )
    return set(found)


def table(path: Path) -> list[list[str]]:
    """The cells of a lesson's table, without its head."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    rows = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def title(figure: Figure) -> str:
    """What a figure says on top."""
    return str(figure.get_suptitle())


def lesson_scenario(number: int, *settings: str, **controls: Any) -> Scenario:
    """A lesson's scenario, after some of the page's controls were changed."""
    base = scenario(f"lesson-{number}", *settings)
    return scenario_with(base, replace(controls_of(base), **controls))


@cache
def lesson_outcome(number: int, **controls: Any) -> Outcome:
    """A lesson's run: without proofs and chain, which change nothing of the market."""
    found = lesson_scenario(number, 'proofs.policy="none"', 'chain.backend="none"', **controls)
    return simulate(found, load_srs(), 1, QUIET, store=open_store(found.proofs.store))


@cache
def lesson_timeline(number: int, **controls: Any) -> Timeline:
    """The timeline of a lesson's run."""
    outcome = lesson_outcome(number, **controls)
    made = tables_of(outcome, read_by("page"))
    return timeline_of(outcome.prepared.scenario, made)
