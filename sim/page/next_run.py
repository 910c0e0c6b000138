"""The run that a reset would begin."""

from sim.page.controls import Controls, Cost, checked, controls_of
from sim.page.opened import Opened
from sim.page.run_state import Run
from sim.scenario import Scenario


class NextRun:
    """What one tab would run next.

    controls: as they are now
    """

    def __init__(self, opened: Opened) -> None:
        self.controls: Controls = controls_of(opened.scenario)
        self._opened = opened
        self._last_good = opened.scenario

    def check(self) -> tuple[Controls, tuple[Scenario, Cost] | str]:
        """The controls as they are now, and what they come to; remembered where it can be run."""
        controls = self.controls
        found = checked(self._opened.scenario, controls, self._opened.jobs)
        if not isinstance(found, str) and controls == self.controls:
            self._last_good = found[0]
        return controls, found

    def begin(self) -> Run:
        """A run of the controls as they are now; of the last ones that could be run where these cannot."""
        self.check()
        return self._opened.begin(self._last_good)
