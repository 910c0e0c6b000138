"""The slot of a run that the page shows."""

from sim.page.run_state import Run
from sim.page.timeline import Timeline


class SlotCursor:
    """Where a visitor stands in a run: at its first slot with trade, until they go elsewhere."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._slot: int | None = None

    @property
    def timeline(self) -> Timeline | None:
        """What is known of the run."""
        return self.run.state.timeline

    @property
    def slot(self) -> int:
        """The slot shown."""
        if self._slot is None:
            return self.timeline.first_trade if self.timeline else 0
        return self._slot

    @property
    def running(self) -> bool:
        """Whether there are slots to come, cleared or not."""
        return self.timeline is None or self.slot < self.timeline.slots_in_all - 1

    def step(self) -> None:
        """On to the next slot, once it has been cleared."""
        self.go(self.slot + 1)

    def go(self, slot: int) -> None:
        """To a slot; to the last that has been cleared where it is beyond that."""
        if self.timeline:
            self._slot = max(min(slot, self.timeline.slots - 1), 0)
