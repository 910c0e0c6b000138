"""What can be read in a figure, and whether it is all there."""

import re

from matplotlib.figure import Figure
from matplotlib.text import Text

SPARE_PX = 0.5
CUT = re.compile(r"\w…")


def seen(figure: Figure) -> list[Text]:
    """All that can be read, without ticks that matplotlib has but does not draw."""
    unseen = set()
    for axes in figure.axes:
        for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            for place, label in zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=False):
                if not (axes.axison and min(low, high) <= place <= max(low, high)):
                    unseen.add(label)
    found = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return [text for text in found if text not in unseen]


def assert_words_are_whole(figure: Figure) -> None:
    """All words of a figure that has been rendered lie within it, and no word is cut short."""
    width, height = figure.bbox.size
    for text in seen(figure):
        box = Text.get_window_extent(text)
        inside = min(box.min) >= -SPARE_PX and box.x1 <= width + SPARE_PX and box.y1 <= height + SPARE_PX
        assert inside, (text.get_text(), box)
        assert not CUT.search(text.get_text()), text.get_text()
