"""A report as a reader's program sees it: parsed, and refused where it is not well-formed."""

from html.parser import HTMLParser
from pathlib import Path

VOID = {"meta", "img", "br"}
FETCHED = {"src", "href", "srcset", "data", "action", "poster", "background"}


class Page(HTMLParser):
    """Text and headings of a report.

    fetched: every address that a browser might load, but those within the page
    tables:  rows of cells by the heading above, headings without the mark of what is private
    private: headings and captions that bear the mark
    notices: in order, so many of them at_the_top
    """

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.ids: set[str] = set()
        self.within: list[str] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.private: list[str] = []
        self.notices: list[str] = []
        self.at_the_top = 0
        self.words: list[str] = []
        self._open: list[str] = []
        self._heading = ""
        self.feed(file.read_text(encoding="utf-8"))
        self.close()
        assert not self._open, f"never closed: {self._open}"

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert tag != "script"
        assert not [name for name in given if name.startswith("on")]
        for name in FETCHED & set(given):
            address = str(given[name])
            (self.within if address.startswith("#") else self.fetched).append(address)
        if "id" in given:
            assert given["id"] not in self.ids
            self.ids.add(str(given["id"]))
        if tag not in VOID:
            self._open.append(tag)
        if tag in ("h2", "h3", "strong"):
            self._heading = ""
        elif tag == "tr":
            self.tables.setdefault(self._heading, []).append([])
        elif tag in ("td", "th"):
            self.tables[self._heading][-1].append("")
        elif tag == "span":
            self.private.append(self._heading.rstrip("."))
        elif given.get("class") == "notice":
            self.notices.append("")
            self.at_the_top += "header" in self._open

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> was never opened"
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" in self._open:
            assert "url(" not in data
            assert "@import" not in data
            return
        self.words.append(data)
        if self._open[-1:] in (["h2"], ["h3"], ["strong"]):
            self._heading += data.strip()
        elif {"td", "th"} & set(self._open):
            self.tables[self._heading][-1][-1] += data
        elif self.notices and self._open[-1:] == ["p"] and not self.notices[-1]:
            self.notices[-1] = data
