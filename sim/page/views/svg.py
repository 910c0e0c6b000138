"""How a figure becomes a piece of HTML that fills the width it is given."""

import hashlib
import io
import re

from matplotlib import rc_context
from matplotlib.figure import Figure

from sim.outputs.figures.style import house_style
from sim.page.html import Html, html

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
    body = Html(_own_identifiers(_with_hovers(_without_style(found[2]))))  # matplotlib escapes what it writes
    return html(
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        'viewBox="{}" style="{}" role="img" aria-label="{name}"><title>{name}</title>{}</svg>',
        found[1],
        STYLE,
        body,
        name=figure.get_suptitle(),
    )


def hover(words: str) -> str:
    """A ``gid`` for an artist that says these words when the pointer rests on it."""
    return f"hover:{words}"


def _with_hovers(body: str) -> str:
    return re.sub(r'<g id="hover:([^"]*)">', r"<g><title>\1</title>", body)


def _without_style(body: str) -> str:
    """Without the rule that would hold for all of the page's elements; ``STYLE`` says the same."""
    return re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", body, count=1, flags=re.DOTALL)


def _own_identifiers(body: str) -> str:
    prefix = "f" + hashlib.sha256(body.encode()).hexdigest()[:8]
    return re.sub(r'( id="|href="#|url\(#)', rf"\g<1>{prefix}-", body)
