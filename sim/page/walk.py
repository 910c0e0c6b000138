"""A walk through a run, slot by slot."""

from sim.page.run_state import Run
from sim.page.story import Story


class Walk:
    """Where a visitor stands in a run: at its first slot with trade, until they go elsewhere."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._slot: int | None = None

    @property
    def story(self) -> Story | None:
        """What is known of the run."""
        return self.run.state.story

    @property
    def slot(self) -> int:
        """The slot shown."""
        if self._slot is None:
            return self.story.first_trade if self.story else 0
        return self._slot

    @property
    def running(self) -> bool:
        """Whether there are slots to come, cleared or not."""
        return self.story is None or self.slot < self.story.slots_in_all - 1

    def step(self) -> None:
        """On to the next slot, once it has been cleared."""
        self.go(self.slot + 1)

    def go(self, slot: int) -> None:
        """To a slot; to the last that has been cleared where it is beyond that."""
        if self.story:
            self._slot = max(min(slot, self.story.slots - 1), 0)
