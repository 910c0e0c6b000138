"""The run that a reset would begin."""

from dataclasses import replace
from typing import Any

from sim.page.controls import Controls, Cost, checked, controls_of
from sim.page.opened import Opened
from sim.page.run_state import Run
from sim.schema.scenario import Scenario


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

    def check(self) -> tuple[Controls, tuple[Scenario, Cost] | str]:
        """The controls as they are now, and what they come to."""
        controls = self.controls
        return controls, checked(self._opened.scenario, controls, self._opened.jobs)

    def begin(self) -> Run | None:
        """A run of the controls as they are now, and of nothing else; None where they cannot be run."""
        _, found = self.check()
        return None if isinstance(found, str) else self._opened.begin(found[0])
