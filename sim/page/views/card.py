"""A figure that fills a card of the page: its size, its title, and how slots and homes are named."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from sim.data.readings import DAY_S
from sim.outputs.figures.style import shortened
from sim.page.story import Story

WIDTH_IN, HEIGHT_IN = 6.2, 3.9
MARGIN_IN = 0.1
MOST_LETTERS = 16


def card(title: str, subtitle: str, width_in: float = WIDTH_IN, height_in: float = HEIGHT_IN) -> Figure:
    """An empty figure that says on top what one sees now; its title is the figure's suptitle."""
    figure = Figure(figsize=(width_in, height_in))
    left, top = MARGIN_IN / width_in, 1 - 0.08 / height_in
    figure.suptitle(title, x=left, y=top, ha="left", va="top", fontsize=10.5, fontweight="bold")
    figure.text(left, top - 0.22 / height_in, subtitle, va="top", fontsize=9, color="#404040")
    return figure


def hours(story: Story, slot: int) -> str:
    """A slot by the clock: "17:00 to 18:00"."""
    return f"{story.time_of(slot):%H:%M} to {story.time_of(slot + 1):%H:%M}"


def date(story: Story, slot: int) -> str:
    """The day of a slot: "Mon 12 Jun"."""
    time = story.time_of(slot)
    return f"{time:%a} {time.day} {time:%b}"


def title_name(homes: Sequence[str], home: int) -> str:
    """What a title calls a home, in at most 16 letters."""
    return homes[home] if len(homes[home]) <= MOST_LETTERS else f"home {names(homes, MOST_LETTERS - 5)[home]}"


def slots_per_day(story: Story) -> int:
    """How many slots a day has."""
    return DAY_S // story.slot_s


def names(homes: Sequence[str], most: int) -> list[str]:
    """Names of at most so many letters: as they are where all fit, else without what they all begin with.

    What is left out ends with a hyphen, blank or underscore.
    """
    if max(map(len, homes)) <= most:
        return list(homes)
    common = 0
    for end, letters in enumerate(zip(*homes, strict=False), start=1):
        if len(set(letters)) > 1:
            break
        common = end if letters[0] in "-_ " else common
    return [shortened(name[common:], most) for name in homes]
