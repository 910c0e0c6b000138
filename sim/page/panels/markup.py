"""Small pieces of HTML; all text that is not ours is escaped."""

from collections.abc import Sequence
from html import escape

import solara


@solara.component
def Markup(html: str, kind: str = "") -> None:
    """HTML of our own making, in an element of a class that the style sheet knows."""
    solara.HTML(tag="div", unsafe_innerHTML=html, classes=[kind] if kind else [])


def text(words: object) -> str:
    """Anything as text."""
    return escape(str(words))


def table(head: Sequence[str], rows: Sequence[Sequence[str]], kinds: Sequence[str] = ()) -> str:
    """A table of cells that are HTML already; ``kinds`` are classes of rows."""
    header = "".join(f"<th scope='col'>{cell}</th>" for cell in head)
    header = header and f"<thead><tr>{header}</tr></thead>"
    body = "".join(
        f"<tr class='{kind}'>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>"
        for row, kind in zip(rows, kinds or [""] * len(rows), strict=True)
    )
    return f"<table class='zk'>{header}<tbody>{body}</tbody></table>"
