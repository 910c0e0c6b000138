"""The house style: one size, one palette, one place for title and small print."""

import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import RLock
from typing import Any

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

WIDTH_IN, DPI = 10.0, 160
LEFT_IN, TITLE_IN, FOOT_IN = 0.12, 0.75, 0.32

# Okabe and Ito's palette, told apart with any colour vision; uses also differ in lightness, line or hatch.
BLACK, GREY, PALE = "#000000", "#767676", "#E4E4E4"
ORANGE, SKY, GREEN, BLUE, VERMILLION = "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00"
BUY, SELL, TRADED, GRID = BLUE, ORANGE, GREEN, GREY

DRAWING = RLock()
STYLE = {
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
    """An empty figure with what one sees as its title, and the run's name as its small print."""
    figure = Figure(figsize=(WIDTH_IN, height_in))
    rect = (0.0, FOOT_IN / height_in, 1.0, 1 - (FOOT_IN + TITLE_IN) / height_in)
    figure.set_layout_engine("constrained", rect=rect, w_pad=LEFT_IN, h_pad=0.06, wspace=0.06, hspace=0.06)
    left, top = LEFT_IN / WIDTH_IN, 1 - 0.12 / height_in
    figure.text(left, top, title, va="top", fontsize=13.5, fontweight="bold")
    figure.text(left, top - 0.31 / height_in, subtitle, va="top", fontsize=10, color="#404040")
    figure.text(left, 0.1 / height_in, small_print(summary, private), va="bottom", fontsize=7.5, color=GREY)
    return figure


def small_print(summary: Mapping[str, Any], private: bool) -> str:
    """Run, seed, and what a reader must know: proofs that were not verified, readings that are private."""
    remarks = [f"{shortened(summary['scenario'], 40)}, seed {summary['seed']}"]
    if summary["proof_policy"] != "all":
        instead = "no chain" if summary.get("chain_backend") == "none" else "a stub in the verifier's place"
        remarks.append(f'proof policy "{summary["proof_policy"]}": {instead}, nothing verified on chain')
    if private:
        remarks.append("drawn from the homes' own readings: private")
    return "   |   ".join(remarks)


def counted(count: int, noun: str) -> str:
    """A number and its noun: "1 home", "2 homes"."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def shortened(name: str, most: int) -> str:
    """A name that fits beside an axis."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def say(axes: Axes, text: str) -> None:
    """A sentence in the middle of axes that have nothing to show."""
    axes.text(
        0.5, 0.5, textwrap.fill(text, 40), transform=axes.transAxes, ha="center", va="center", color=GREY
    )
