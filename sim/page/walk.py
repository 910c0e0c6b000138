"""A walk through a run, slot by slot, as a model that Mesa's own controls can step and reset."""

from collections.abc import Callable

import mesa

from sim.page.run_state import Run
from sim.page.story import Story


class Walk(mesa.Model):  # type: ignore[misc]
    """Where a visitor stands in a run.

    slot:    the slot shown
    running: whether there are slots to come, cleared or not
    ended:   whether the last step came to the last slot, so that Mesa's controls take no more
    """

    def __init__(self, begin: Callable[[], Run]) -> None:
        super().__init__()
        self.run = begin()
        self.slot = 0
        self.ended = False

    @property
    def story(self) -> Story | None:
        """What is known of the run."""
        return self.run.state.story

    def step(self) -> None:
        """On to the next slot, once it has been cleared."""
        if self.story:
            self.go(self.slot + 1)
            self.ended = not self.running

    def go(self, slot: int) -> None:
        """To a slot; to the last that has been cleared where it is beyond that."""
        if self.story:
            self.slot = max(min(slot, self.story.slots - 1), 0)
            self.running = self.slot < self.story.slots_in_all - 1
