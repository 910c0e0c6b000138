"""How pieces of HTML get onto the page."""

import solara

from sim.page.html import Html


@solara.component
def Markup(shown: Html | str, kind: str = "") -> None:
    """HTML, or plain words, in an element of a class that the style sheet knows."""
    solara.HTML(tag="div", unsafe_innerHTML=Html.escape(shown), classes=[kind] if kind else [])
