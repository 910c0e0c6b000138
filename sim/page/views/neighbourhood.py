"""The homes round their pool: who buys and who sells in a slot."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Ellipse, Patch
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from sim.arrays import Floats, Ints
from sim.outputs.figures.style import (
    BLACK,
    BUY,
    GREEN,
    GREY,
    SELL,
    SKY,
    VERMILLION,
    house_style,
)
from sim.page.timeline import Perspective, Timeline, Viewer
from sim.page.views.card import HEIGHT_IN, WIDTH_IN, card, changes, hours, hover, names
from sim.page.views.sealed import total_of
from sim.runtime.wording import counted, price
from sim.units import kwh

CENTRE, RADII, POOL = np.array([3.1, 1.9]), np.array([2.4, 1.17]), np.array([0.62, 0.36])
WIDEST_IN, THINNEST_IN = 0.16, 0.025
MOST_LETTERS, MOST_CLUSTERS = 6, 5
HATCH = "////"
COLORS, MARKERS = (GREEN, VERMILLION, SKY, "#CC79A7", GREY), "os^Dv*P"
"""By cluster; counts without a common factor, so that 35 clusters look different."""


# Where homes stand, and which labels there is room for; all lengths are inches --------------------------

LETTER_IN, LINE_IN, GAP_IN = 0.08, 0.135, 0.05
"""Room that most letters take at most at 8.5 points, that a line takes, and that is left between labels."""


def ring(homes: int, centre: Floats, radii: Floats) -> Floats:
    """Points at equal distances along an ellipse, clockwise from the top: shape (homes, 2).

    centre, radii: shape (2,)
    """
    turn = np.linspace(0, 2 * np.pi, 3_601)
    line = centre + radii * np.column_stack((np.sin(turn), np.cos(turn)))
    way = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))))
    at = np.interp(np.arange(homes) / homes * way[-1], way, turn)
    points: Floats = centre + radii * np.column_stack((np.sin(at), np.cos(at)))
    return points


def box_beside(text: str, at: Floats, outward: Floats, distance: float) -> Bbox:
    """The room of a label at a distance from a point, in the direction outward: shape (2,), of length 1."""
    return box_round(text, at + outward * (distance + np.abs(outward) @ _size(text) / 2))


def box_round(text: str, middle: Floats) -> Bbox:
    """The room of a label in the middle of which a point lies."""
    return Bbox([middle - _size(text) / 2, middle + _size(text) / 2])


def _size(text: str) -> Floats:
    return np.array([LETTER_IN * len(text) + GAP_IN, LINE_IN])


def with_room(boxes: list[Bbox], taken: list[Bbox]) -> list[int]:
    """Which boxes can be drawn, the first ones first, so that none meets another or what is taken."""
    kept: list[int] = []
    for number, box in enumerate(boxes):
        if not box.count_overlaps([*taken, *(boxes[i] for i in kept)]):
            kept.append(number)
    return kept


# The map ------------------------------------------------------------------------------------------------


ALL_SEEN = Perspective(Viewer.EVERYTHING, 0)


def neighbourhood(timeline: Timeline, slot: int, perspective: Perspective = ALL_SEEN) -> Figure:
    """A map of homes round the pool, with an arrow for each fill of the slot that the perspective sees.

    All fills are public, unless orders are sealed.
    """
    seen = np.array([perspective.sees_orders(timeline, row) for row in range(len(timeline.homes))])
    fill_wh = np.where(seen, timeline.fill_wh[:, slot], 0)
    title, subtitle = _title(timeline, slot), _subtitle(timeline, fill_wh)
    if not seen.all():
        title = f"{hours(timeline, slot)}: {total_of(timeline, slot)}"
        subtitle = "who buys and who sells is sealed; the pool is open as a whole"
    with house_style():
        figure = card(title, subtitle)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_xlim(0, WIDTH_IN)
        axes.set_ylim(0, HEIGHT_IN)
        axes.set_axis_off()
        points = ring(len(timeline.homes), CENTRE, RADII)
        _draw_arrows(axes, points, fill_wh, int(np.abs(timeline.fill_wh[seen]).max(initial=1)))
        _draw_pool(axes, timeline, slot, whole=bool(seen.all()))
        _draw_homes(axes, timeline, points, (fill_wh != 0) | ~seen)
        _draw_labels(axes, timeline, points, fill_wh)
        _draw_legend(figure, timeline)
    return figure


def _title(timeline: Timeline, slot: int) -> str:
    fill_wh = timeline.fill_wh[:, slot]
    if not fill_wh.any():
        return f"{hours(timeline, slot)}: no home trades"
    return (
        f"{hours(timeline, slot)}: {counted(int((fill_wh < 0).sum()), 'home')} "
        f"{'sells' if (fill_wh < 0).sum() == 1 else 'sell'} to {(fill_wh > 0).sum()} through the pool"
    )


def _subtitle(timeline: Timeline, fill_wh: Ints) -> str:
    idle, changed = int((fill_wh == 0).sum()), changes(timeline)
    arrows = "Arrows: kWh" if changed else "Arrows: traded energy, labels in kWh"
    pale = f"pale: {counted(idle, 'home')} without trade" if idle else ""
    return "; ".join(filter(None, (arrows, pale, changed and f"homes: {changed}")))


def _draw_pool(axes: Axes, timeline: Timeline, slot: int, whole: bool) -> None:
    """What is traded in it, or, of sealed orders, what it is short of: below 0 what it has over."""
    traded_wh = int(timeline.trades.traded_wh[slot])
    paid = f"\n{price(int(timeline.price[slot]))}" if traded_wh else ""
    energy = f"{kwh(traded_wh):,.1f} kWh"
    if timeline.sealed and not whole:
        energy = f"{kwh(timeline.sealed.total_wh[slot]):+,.1f} kWh"
        paid = f"\n{price(int(timeline.price[slot]))}"
    axes.add_patch(Ellipse(tuple(CENTRE), *(2 * POOL), facecolor="white", edgecolor=GREY, linewidth=1.2))
    axes.text(CENTRE[0], CENTRE[1], f"pool\n{energy}{paid}", ha="center", va="center", fontsize=9)


def _draw_arrows(axes: Axes, points: Floats, fill_wh: Ints, most_wh: int) -> None:
    """Away from the pool for who buys, towards it for who sells; widths are to scale over the whole run."""
    widest = min(WIDEST_IN, 9 / len(points))  # in a large community thinner, to stay clear of the next
    for sign, color, hatch in ((1, BUY, ""), (-1, SELL, HATCH)):
        those = np.flatnonzero(sign * fill_wh > 0)
        widths = np.maximum(widest * np.abs(fill_wh[those]) / most_wh, THINNEST_IN)
        shapes = [arrow(points[home], width, sign > 0) for home, width in zip(those, widths, strict=True)]
        arrows = PolyCollection(shapes, facecolor=color, edgecolor="white", linewidth=0.5, hatch=hatch)
        axes.add_collection(arrows, autolim=False)


def arrow(home: Floats, width: float, to_home: bool) -> Floats:
    """Corners of an arrow between the pool's edge and a home: shape (7, 2)."""
    way = home - CENTRE
    length = np.hypot(*way)
    ahead = way / length
    near = CENTRE + ahead * (1.04 / np.hypot(*(ahead / POOL)))
    far = home - 0.13 * ahead
    tail, tip = (near, far) if to_home else (far, near)
    along, across = (tip - tail), np.array([-ahead[1], ahead[0]])
    neck = tip - along / np.hypot(*along) * (0.06 + 0.8 * width)
    half, wing = across * width / 2, across * (0.035 + 0.85 * width)
    return np.array([tail + half, neck + half, neck + wing, tip, neck - wing, neck - half, tail - half])


def _look(cluster: int) -> tuple[str, str]:
    return COLORS[cluster % len(COLORS)], MARKERS[cluster % len(MARKERS)]


def _draw_homes(axes: Axes, timeline: Timeline, points: Floats, trades: NDArray[np.bool_]) -> None:
    """A mark per home: colour and shape by cluster, filled with PV, pale without trade."""
    size = 9 if len(points) <= 40 else 6.5
    kinds = list(zip(timeline.cluster, timeline.has_pv, trades.tolist(), strict=True))
    for kind in sorted(set(kinds)):
        those = [home for home, other in enumerate(kinds) if other == kind]
        (color, marker), face = _look(kind[0]), None if kind[1] else "white"
        (marks,) = axes.plot(*points[those].T, marker, markersize=size, color=color, markeredgewidth=1.6)
        marks.set(markerfacecolor=face or color, alpha=1 if kind[2] else 0.3)


def _names(timeline: Timeline) -> list[str]:
    """Names as short as they can be told apart, numbers without leading zeros."""
    short = names(timeline.homes, MOST_LETTERS)
    plain = [str(int(name)) if name.isdecimal() else name for name in short]
    return plain if len(set(plain)) == len(plain) else short


def _draw_labels(axes: Axes, timeline: Timeline, points: Floats, fill_wh: Ints) -> None:
    """Names outside the ring and energies on arrows, the largest trades first, while there is room."""
    by_trade = np.argsort(-np.abs(fill_wh), kind="stable")
    outward = (points - CENTRE) / RADII
    outward /= np.hypot(*outward.T)[:, None]
    short = _names(timeline)
    marks = [Bbox([point - 0.07, point + 0.07]) for point in points]
    pool = Bbox([CENTRE - POOL, CENTRE + POOL])
    boxes = [box_beside(short[home], points[home], outward[home], 0.1) for home in by_trade]
    for kept in with_room(boxes, marks):
        home = by_trade[kept]
        said = _write(axes, short[home], boxes[kept], BLACK if fill_wh[home] else GREY)
        said.set_gid(hover(timeline.homes[home]))
    traders = [home for home in by_trade if fill_wh[home]]
    energies = [f"{kwh(abs(int(fill_wh[home]))):.2f}" for home in traders]
    inside = [
        box_round(energy, 0.7 * points[home] + 0.3 * CENTRE)
        for energy, home in zip(energies, traders, strict=True)
    ]
    for kept in with_room(inside, [*marks, pool]):
        _write(axes, energies[kept], inside[kept], BLACK, over="white")


def _write(axes: Axes, text: str, box: Bbox, color: str, over: str | None = None) -> Text:
    x, y = (box.p0 + box.p1) / 2
    back = {"facecolor": over, "edgecolor": "none", "pad": 0.6, "alpha": 0.85} if over else None
    return axes.text(x, y, text, ha="center", va="center", fontsize=8.5, color=color, bbox=back)


def _draw_legend(figure: Figure, timeline: Timeline) -> None:
    clusters = sorted(set(timeline.cluster))
    marks = [_mark(*_look(cluster), f"cluster {cluster + 1}") for cluster in clusters[:MOST_CLUSTERS]]
    if len(clusters) > MOST_CLUSTERS:
        marks = [_mark(GREEN, "o", f"colour and shape: which of {len(clusters)} clusters")]
    kinds = [_mark(BLACK, "o", "with PV"), _mark(BLACK, "o", "load only", "white")]
    sides = [
        Patch(facecolor=BUY, label="buys"),
        Patch(facecolor=SELL, edgecolor="white", linewidth=0, hatch=HATCH, label="sells"),
    ]
    figure.legend(handles=marks, loc="lower left", bbox_to_anchor=(0, 0), ncols=5, fontsize=8.5)
    figure.legend(handles=[*sides, *kinds], loc="lower left", bbox_to_anchor=(0, 0.06), ncols=4, fontsize=8.5)


def _mark(color: str, marker: str, label: str, face: str | None = None) -> Line2D:
    return Line2D(
        [], [], linestyle="", marker=marker, color=color, markerfacecolor=face or color, label=label
    )
