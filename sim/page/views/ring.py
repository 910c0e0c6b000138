"""Where the map puts homes, and which labels there is room for. All lengths are inches."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats

LETTER_IN, LINE_IN, GAP_IN = 0.08, 0.135, 0.05
"""Room that most letters take at most at 8.5 points, that a line takes, and that is left between labels."""


@dataclass(frozen=True)
class Box:
    """A rectangle that labels keep clear of."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: "Box") -> bool:
        """Whether the two overlap."""
        apart = self.right <= other.left or other.right <= self.left
        return not (apart or self.top <= other.bottom or other.top <= self.bottom)


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


def box_beside(text: str, at: Floats, outward: Floats, distance: float) -> Box:
    """The room of a label at a distance from a point, in the direction outward: shape (2,), of length 1."""
    return box_round(text, at + outward * (distance + np.abs(outward) @ _size(text) / 2))


def box_round(text: str, middle: Floats) -> Box:
    """The room of a label in the middle of which a point lies."""
    return Box(*(middle - _size(text) / 2).tolist(), *(middle + _size(text) / 2).tolist())


def _size(text: str) -> Floats:
    return np.array([LETTER_IN * len(text) + GAP_IN, LINE_IN])


def with_room(boxes: list[Box], taken: list[Box]) -> list[int]:
    """Which boxes can be drawn, the first ones first, so that none meets another or what is taken."""
    kept: list[int] = []
    for number, box in enumerate(boxes):
        if not any(box.meets(other) for other in [*taken, *(boxes[i] for i in kept)]):
            kept.append(number)
    return kept
