"""The run that the page shows: what is known of it, what it may be asked, and which slot is shown."""

from dataclasses import dataclass

from sim.page.attempt import Attempt
from sim.page.taken_over import Answer, TakenOver
from sim.page.timeline import Timeline


@dataclass(frozen=True)
class Work:
    """Something long that is under way: "training", "circuits", "market" or "privacy"."""

    name: str
    done: int
    total: int
    unit: str


@dataclass(frozen=True)
class RunState:
    """Where a run is.

    timeline:   what has been cleared so far; None before the first gate
    work:       what is under way; None when nothing is
    finished:   whether all gates have been cleared
    leak_share: of a finished run, how much of the readings' variance all that is public gives away, if known
    stopped:    whether somebody stopped it before
    problem:    one sentence where it could not go on
    notices:    sentences for the user that came on the way
    attempts:   what was tried, in order
    asked:      how many attempts have been asked for
    failed:     how many of these have no answer, which a notice says
    taken:      the home that somebody decides for; None where all decide for themselves
    """

    timeline: Timeline | None = None
    work: Work | None = None
    finished: bool = False
    leak_share: float | None = None
    stopped: bool = False
    problem: str | None = None
    notices: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    asked: int = 0
    failed: int = 0
    taken: TakenOver | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it, nor of what was asked."""
        return self.stopped or self.problem is not None

    @property
    def trying(self) -> bool:
        """Whether an attempt's answer is still to come."""
        return not self.over and self.asked > len(self.attempts) + self.failed


class Run:
    """A run to be shown.

    live:  whether it is computed now, so that it can be stopped, and cheated
    state: where it is now; another object whenever anything has changed
    """

    live = False

    def __init__(self, state: RunState) -> None:
        self.state = state

    def attempt(self, attack: str, home: int, gate: int) -> None:
        """Have a home (row) try an attack at a gate that has been cleared; the state will tell."""
        raise NotImplementedError("the chain that could be cheated is gone")

    def answer(self, answer: Answer) -> None:
        """Name the limits that the market waits for, or hand the home back."""
        raise NotImplementedError("the market is over")

    def stop(self) -> None:
        """End whatever is computed for it, keeping what is known."""


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
