"""The house style: one size, one palette, one place for title and small print."""

import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import RLock
from typing import Any

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from sim.chain.backends import backends
from sim.runtime.wording import counted as counted

WIDTH_IN, DPI = 10.0, 160
LEFT_IN, TITLE_IN, FOOT_IN = 0.12, 0.75, 0.32
TEXT_IN = 0.98 * (WIDTH_IN - 2 * LEFT_IN)  # a little spare: rendered letters are moved to whole pixels
TITLE_PT, SUBTITLE_PT, SMALL_PT, LINE_PER_PT = 13.5, 10.0, 7.5, 1.2 / 72

# Okabe and Ito's palette, told apart with any colour vision; uses also differ in lightness, line or hatch.
BLACK, GREY, PALE = "#000000", "#767676", "#E4E4E4"
ORANGE, SKY, GREEN, BLUE, VERMILLION = "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00"
BUY, SELL, TRADED, GRID = BLUE, ORANGE, GREEN, GREY

DRAWING = RLock()
UNBROKEN = "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}"
STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so that every machine draws the same letters
    "font.size": 9.5,
    "text.parse_math": False,  # "$" is money
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.formatter.useoffset": False,
    "grid.color": PALE,
    "grid.linewidth": 0.7,
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "butt",
}


@contextmanager
def house_style() -> Iterator[None]:
    """While this holds, artists are made in the house style, whatever the user's own settings are.

    One thread at a time: matplotlib's settings are the whole process's.
    """
    with DRAWING, matplotlib.style.context(["default", STYLE], after_reset=True):
        yield


def canvas(
    title: str, subtitle: str, summary: Mapping[str, Any], height_in: float, private: bool = False
) -> Figure:
    """An empty figure with what one sees as its title, and the run's name as its small print.

    Title and subtitle have as many lines as they need, and the figure is so much higher.
    """
    titles, subtitles = wrapped(title, TITLE_PT, "bold"), wrapped(subtitle, SUBTITLE_PT)
    small = wrapped(small_print(summary, private), SMALL_PT)
    below_title_in = (len(titles) - 1) * TITLE_PT * LINE_PER_PT
    header_in = TITLE_IN + below_title_in + (len(subtitles) - 1) * SUBTITLE_PT * LINE_PER_PT
    foot_in = FOOT_IN + (len(small) - 1) * SMALL_PT * LINE_PER_PT
    height_in += header_in + foot_in - TITLE_IN - FOOT_IN
    figure = Figure(figsize=(WIDTH_IN, height_in))
    rect = (0.0, foot_in / height_in, 1.0, 1 - (foot_in + header_in) / height_in)
    figure.set_layout_engine("constrained", rect=rect, w_pad=LEFT_IN, h_pad=0.06, wspace=0.06, hspace=0.06)
    left, top = LEFT_IN / WIDTH_IN, 1 - 0.12 / height_in
    below = top - (0.31 + below_title_in) / height_in
    figure.text(left, top, "\n".join(titles), va="top", fontsize=TITLE_PT, fontweight="bold")
    figure.text(left, below, "\n".join(subtitles), va="top", fontsize=SUBTITLE_PT, color="#404040")
    figure.text(left, 0.1 / height_in, "\n".join(small), va="bottom", fontsize=SMALL_PT, color=GREY)
    return figure


def wrapped(text: str, size_pt: float, weight: str = "normal", width_in: float = TEXT_IN) -> list[str]:
    """Lines of at most so many inches in the house's letters; a word longer than a line is broken."""
    letters = FontProperties(family=STYLE["font.family"], size=size_pt, weight=weight)

    def fits(line: str) -> bool:
        width_pt, _, _ = text_to_path.get_text_width_height_descent(line, letters, False)
        return bool(width_pt <= 72 * width_in)

    lines = [""]
    for word in text.replace(" = ", UNBROKEN).split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if fits(longer):
            lines[-1] = longer
            continue
        lines += [word] if lines[-1] else []
        lines[-1] = word
        while not fits(lines[-1]):
            most = next(n for n in range(len(lines[-1]), 0, -1) if n == 1 or fits(lines[-1][:n]))
            lines[-1:] = [lines[-1][:most], lines[-1][most:]]
    return lines


def small_print(summary: Mapping[str, Any], private: bool) -> str:
    """Run, seed, and what a reader must know: proofs that were not verified, readings that are private."""
    remarks = [f"{shortened(summary['scenario'], 40)}, seed {summary['seed']}"]
    if summary["proof_policy"] != "all":
        backend = summary.get("chain_backend", "")  # a study's cells may have several
        without = backend in backends and not backends[backend].executes
        instead = "no chain" if without else "a stub in the verifier's place"
        remarks.append(f'proof policy "{summary["proof_policy"]}": {instead}, nothing verified on chain')
    if private:
        remarks.append("drawn from the homes' own readings: private")
    return "   |   ".join(remarks)


def shortened(name: str, most: int) -> str:
    """A name that fits beside an axis."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def say(axes: Axes, text: str) -> None:
    """A sentence in the middle of axes that have nothing to show."""
    axes.text(
        0.5, 0.5, textwrap.fill(text, 40), transform=axes.transAxes, ha="center", va="center", color=GREY
    )
