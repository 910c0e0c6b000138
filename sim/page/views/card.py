"""A figure that fills a card of the page: its size, its title, its names, and the HTML it becomes."""

import hashlib
import io
import re
from collections.abc import Sequence
from os.path import commonprefix

from matplotlib import rc_context
from matplotlib.figure import Figure

from sim.data.readings import DAY_S
from sim.outputs.figures.style import house_style, shortened
from sim.page.html import Html, html
from sim.page.timeline import RESAMPLED, Timeline

WIDTH_IN, HEIGHT_IN = 6.2, 3.9
MARGIN_IN = 0.1
MOST_LETTERS = 16
CHANGES = {RESAMPLED: "resampled", " x ": "scaled", "PV left out": "without their PV"}
"""Words of the notes on homes whose data were changed, and what a title says of them."""


def card(title: str, subtitle: str, width_in: float = WIDTH_IN, height_in: float = HEIGHT_IN) -> Figure:
    """An empty figure that says on top what one sees now; its title is the figure's suptitle."""
    figure = Figure(figsize=(width_in, height_in))
    left, top = MARGIN_IN / width_in, 1 - 0.08 / height_in
    figure.suptitle(title, x=left, y=top, ha="left", va="top", fontsize=10.5, fontweight="bold")
    figure.text(left, top - 0.22 / height_in, subtitle, va="top", fontsize=9, color="#404040")
    return figure


def hours(timeline: Timeline, slot: int) -> str:
    """A slot by the clock: "17:00 to 18:00"."""
    return f"{timeline.time_of(slot):%H:%M} to {timeline.time_of(slot + 1):%H:%M}"


def date(timeline: Timeline, slot: int) -> str:
    """The day of a slot: "Mon 12 Jun"."""
    time = timeline.time_of(slot)
    return f"{time:%a} {time.day} {time:%b}"


def title_name(homes: Sequence[str], home: int) -> str:
    """What a title calls a home, in at most 16 letters."""
    return homes[home] if len(homes[home]) <= MOST_LETTERS else f"home {names(homes, MOST_LETTERS - 5)[home]}"


def slots_per_day(timeline: Timeline) -> int:
    """How many slots a day has."""
    return DAY_S // timeline.slot_s


def names(homes: Sequence[str], most: int) -> list[str]:
    """Names of at most so many letters that stay apart: whole where all fit, else without what all share.

    What all begin with goes first, up to a hyphen, blank or underscore; then, where that is not enough, what
    all begin and end with, the middle of each, or, of names that are too much alike, all but their number.
    """
    if max(map(len, homes)) <= most:
        return list(homes)
    alike = commonprefix(homes)  # noqa: RUF071, letters are meant
    words = [name[max(alike.rfind(end) + 1 for end in "-_ ") :] for name in homes]
    backwards = [name[::-1] for name in words]
    start, end = (len(commonprefix(each)) for each in (words, backwards))  # noqa: RUF071
    own = [name[start : max(len(name) - end, start)] for name in words]
    ways = (
        words,
        [f"…{name[start:]}" for name in words],
        [f"…{name}…" for name in own],
        [shortened(name, most) for name in words],
        [_without_middle(name, most) for name in words],
    )
    apart = (
        short
        for short in ways
        if all(0 < len(name) <= most for name in short) and len(set(short)) == len(short)
    )
    return next(apart, [f"#{number}" for number in range(1, len(homes) + 1)])


def _without_middle(name: str, most: int) -> str:
    """The first and the last letters of a name."""
    last = most // 2
    return name if len(name) <= most else f"{name[: most - last - 1]}…{name[-last:]}"


def changes(timeline: Timeline) -> str:
    """What was changed about the homes' data, and of how many: "all resampled, 2 without their PV"."""
    counts = {how: sum(word in note for note in timeline.note) for word, how in CHANGES.items()}
    everybody = len(timeline.homes)
    return ", ".join(
        f"{'all' if count == everybody else count} {how}" for how, count in counts.items() if count
    )


# As HTML -------------------------------------------------------------------------------------------------

NO_METADATA = {"Creator": None, "Date": None, "Format": None, "Type": None}
STYLE = "width:100%;height:auto;display:block;stroke-linejoin:round;stroke-linecap:butt"


def svg(figure: Figure) -> Html:
    """A figure as an ``svg`` element, the same text for the same figure.

    The figure's suptitle is its name for screen readers. Identifiers are the figure's own, so that a page can
    hold many; no style reaches beyond the element. Raises ValueError where matplotlib writes anything but one
    such element.
    """
    file = io.StringIO()
    with house_style(), rc_context({"svg.hashsalt": "zkpet"}):
        figure.savefig(file, format="svg", metadata=NO_METADATA)
    found = re.search(r'<svg [^>]*?viewBox="([^"]+)"[^>]*>(.*)</svg>', file.getvalue(), re.DOTALL)
    if found is None:
        raise ValueError("matplotlib wrote no svg element with a viewBox")
    # Without the rule that would hold for all of the page's elements; STYLE says the same.
    body = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", found[2], count=1, flags=re.DOTALL)
    body = re.sub(r'<g id="hover:([^"]*)">', r"<g><title>\1</title>", body)
    own = "f" + hashlib.sha256(body.encode()).hexdigest()[:8]
    body = re.sub(r'( id="|href="#|url\(#)', rf"\g<1>{own}-", body)
    return html(
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        'viewBox="{}" style="{}" role="img" aria-label="{name}"><title>{name}</title>{}</svg>',
        found[1],
        STYLE,
        Html(body),  # matplotlib escapes what it writes
        name=figure.get_suptitle(),
    )


def hover(words: str) -> str:
    """A ``gid`` for an artist that says these words when the pointer rests on it."""
    return f"hover:{words}"
