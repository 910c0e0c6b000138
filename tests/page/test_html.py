"""Markup is made in one way, which escapes; nothing of a run comes onto the page as anything but text."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from sim.page.attempt import Attempt, OrderChange
from sim.page.html import Html, html, joined, table
from sim.page.panels import cheat_panel, take_over_panel, time_bar, views_panel
from sim.page.panels.chain_panel import gas_table, proofs_table, transactions_table
from sim.page.panels.comparison_panel import bills_table, clearings_table
from sim.page.panels.markup import Markup
from sim.page.run_state import RunState, Work
from sim.page.taken_over import Answer, Asked, TakenOver
from sim.page.timeline import Perspective, Timeline, Viewer
from sim.page.views.card import svg
from tests.page.drawings import NAMES, drawn
from tests.page.timelines import made_up_timeline
from tests.runs import ROOT, scenario

EVIL = "'\"></title></span><img src=x onerror=alert(1)><script>alert(2)</script>"
PAGE = sorted((ROOT / "sim" / "page").rglob("*.py"))


# What makes markup ------------------------------------------------------------------------------------------


def test_pieces_are_escaped_unless_they_are_markup() -> None:
    assert html("<b>{}</b>", EVIL) == f"<b>{Html.escape(EVIL)}</b>"
    assert "<img" not in html("<b title='{}'>{}</b>", EVIL, EVIL)
    assert html("<p>{}</p>", html("<b>{:,}</b>", 1_000)) == "<p><b>1,000</b></p>"
    assert (joined(["<a>", html("<b>")]), html("<p>") + EVIL) == ("&lt;a&gt;<b>", f"<p>{Html.escape(EVIL)}")


def test_a_table_escapes_its_cells_and_keeps_its_rows() -> None:
    made = table(["one", EVIL], [[EVIL, 3], [html("<b>{}</b>", "x"), 4]], ["", EVIL])
    assert "<img" not in made
    assert made.count("<tr") == 3
    assert "<td><b>x</b></td><td>4</td>" in made
    with pytest.raises(ValueError, match="zip"):
        table([], [["a"], ["b"]], ["kind"])


def test_text_is_declared_to_be_markup_in_two_places_only() -> None:
    """Where markup is made, and where matplotlib's SVG, which escapes, is taken over."""
    for source in PAGE:
        text = source.read_text(encoding="utf-8")
        declared = len(re.findall(r"\bHtml\((?!\))", text))
        assert declared == {"html.py": 2, "card.py": 1}.get(source.name, 0), source
        assert ("markupsafe" in text) == (source.name == "html.py"), source
        assert ("unsafe_innerHTML" in text) == (source.name == "markup.py"), source


def test_words_that_are_no_markup_are_shown_as_words(monkeypatch) -> None:
    shown = []
    monkeypatch.setattr("solara.HTML", lambda **given: shown.append(given["unsafe_innerHTML"]))
    Markup.f(EVIL)
    Markup.f(html("<b></b>"))
    assert shown == [Html.escape(EVIL), "<b></b>"]


# What the panels and views make of a hostile run ----------------------------------------------------------


class Elements(HTMLParser):
    """Tags and attributes of a piece of markup, and its text."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(str(markup))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def hostile_timeline() -> Timeline:
    """A timeline with markup in every name and in every cell with words."""
    sent = pd.DataFrame(
        {
            "block": [1, 2],
            "stage": [EVIL, EVIL],
            "gate": pd.array([None, 0], dtype="Int64"),
            "slot": pd.array([None, 3], dtype="Int64"),
            "agent": [EVIL, EVIL],
            "attack": [EVIL, None],
            "accepted": [False, True],
            "reason": [EVIL, None],
            "gas": [5, 6],
            "hash": [EVIL, EVIL],
        }
    )
    proofs = pd.DataFrame(
        {"gate": [0], "cached": [True], "on_chain": [True], "bytes": [1], "prove_cpu_s": [0.5]}
    )
    timeline = made_up_timeline(name=EVIL, note=EVIL)
    shown = scenario("tiny", "proofs.policy=none").model_copy(update={"name": EVIL})
    return replace(timeline, transactions=sent, proofs=proofs, scenario=shown)


TIMELINE = hostile_timeline()
ATTEMPT = Attempt(
    EVIL, False, EVIL, EVIL, 0, sender=EVIL, to=EVIL, changes=(OrderChange(0, 1, 2, 3, 4),), reason=EVIL
)
HOME = Perspective(Viewer.HOME, 0)
BOTH = {EVIL: TIMELINE, "average": TIMELINE}
ASKED = Asked(0, datetime(2017, 6, 12), datetime(2017, 6, 13), np.array([1, -2]), 220_000, 60_000)
TAKEN = TakenOver(0, EVIL, EVIL, TIMELINE.trades, (Answer(0, (1, 2)),), ASKED)
MADE: dict[str, Callable[[], str]] = {
    "transactions": lambda: transactions_table(TIMELINE.transactions, True),
    "gas": lambda: gas_table(TIMELINE.transactions),
    "proofs": lambda: proofs_table(RunState(), TIMELINE, 3, True),
    "transaction": lambda: cheat_panel.transaction(ATTEMPT),
    "cannot": lambda: cheat_panel.cannot(replace(ATTEMPT, cannot=EVIL)),
    "verdict": lambda: cheat_panel.verdict(ATTEMPT),
    "clearings": lambda: clearings_table(BOTH, 12),
    "bills of both": lambda: bills_table(BOTH, 12, HOME),
    "question": lambda: take_over_panel.question(TAKEN, ASKED),
    "gates": lambda: take_over_panel.gates_table(TIMELINE, TAKEN),
    "errors": lambda: views_panel.errors(TIMELINE, 3, HOME),
    "status": lambda: Html.escape(time_bar.status(RunState(timeline=TIMELINE, work=Work(EVIL, 1, 2, EVIL)))),
    **{name: lambda name=name: svg(drawn(name, TIMELINE, 12)) for name in NAMES},
}
PLAIN = {"table", "thead", "tbody", "tr", "th", "td", "h3", "p", "b", "span", "div", "code"}
DRAWN = {"svg", "title", "g", "path", "defs", "use", "clippath", "rect", "pattern"}


@pytest.mark.parametrize("name", MADE)
def test_words_of_a_hostile_run_are_words(name: str) -> None:
    made = Elements(MADE[name]())
    assert made.tags <= (DRAWN if name in NAMES else PLAIN)
    assert not any(attribute.startswith("on") for attribute in made.attributes)
    assert "src" not in made.attributes
    if name not in ("proofs", *NAMES):
        assert EVIL in made.text
