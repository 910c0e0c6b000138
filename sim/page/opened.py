"""What a tab of the page has been asked to show, and the run that a reset there would begin."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sim.errors import InputError
from sim.page.controls import Controls, Cost, checked, controls_of, cost_of, with_share
from sim.page.live import LiveRun
from sim.page.recorded import RecordedRun
from sim.page.run_state import Run
from sim.schema.file import load_scenario
from sim.schema.scenario import Scenario


@dataclass(frozen=True)
class Opened:
    """A scenario to be run, or a run that was.

    scenario: as the file has it; of a recorded run, the one it was made from
    recorded: the run of a run directory, which is shown as it was; None where the scenario is to be run
    """

    path: Path
    scenario: Scenario
    recorded: RecordedRun | None
    jobs: int

    def begin(self, scenario: Scenario, taken: int | None = None) -> Run:
        """A run of the scenario, changed or not, a home (row) taken over or none; of a directory, its own."""
        return self.recorded or LiveRun(scenario, self.jobs, taken)


at_start: Opened | None = None
"""What the command named; set once, before the server starts, which passes nothing to the page."""


def open_path(path: Path, jobs: int) -> Opened:
    """Open a scenario file or a run directory. Raises InputError where it is neither, or cannot be run."""
    if not path.exists():
        raise InputError(f"{path}: does not exist; should be a scenario (a .toml file) or a run directory")
    if path.suffix != ".toml" or path.is_dir():
        recorded = RecordedRun(path)
        return Opened(path, recorded.scenario, recorded, jobs)
    scenario = load_scenario(path)
    cost_of(scenario, jobs)
    return Opened(path, scenario, None, jobs)


class NextRun:
    """What one tab would run next.

    controls: as they are now
    """

    def __init__(self, opened: Opened) -> None:
        self.controls: Controls = controls_of(opened.scenario)
        self._opened = opened

    def change(self, **changes: Any) -> Controls:
        """Change some controls; gives all as they are then."""
        self.controls = replace(self.controls, **changes)
        return self.controls

    def share(self, strategy: str, percent: int) -> Controls:
        """Give so many per cent of the homes a strategy; gives all controls as they are then."""
        base = controls_of(self._opened.scenario).shares
        return self.change(shares=with_share(self.controls.shares, base, strategy, percent))

    def check(self) -> tuple[Controls, Cost | str]:
        """The controls as they are now, and what they come to."""
        controls = self.controls
        return controls, checked(self._opened.scenario, controls, self._opened.jobs)

    def begin(self) -> Run | None:
        """A run of the controls as they are now, and of nothing else; None where they cannot be run."""
        _, found = self.check()
        return None if isinstance(found, str) else self._opened.begin(found.scenario)
