"""What the page knows of the run that it shows, and what it may ask of it."""

from dataclasses import dataclass
from typing import Protocol

from sim.page.attempt import Attempt
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

    @property
    def trying(self) -> bool:
        """Whether an attempt's answer is still to come."""
        return self.asked > len(self.attempts)


class Run(Protocol):
    """A run to be shown.

    live: whether it is computed now, so that it can be stopped, and cheated
    """

    live: bool

    @property
    def state(self) -> RunState:
        """Where it is now; another object whenever anything has changed."""

    def attempt(self, attack: str, home: int, gate: int) -> None:
        """Have a home (row) try an attack at a gate that has been cleared; the state will tell."""

    def stop(self) -> None:
        """End whatever is computed for it, keeping what is known."""
