"""A report as a document: what it is made of, and how that becomes one HTML file.

The file holds everything it shows and no script; whatever it says is escaped.
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATE = "document.html"
MOST_ROWS = 100
"""Of a table by home or day; of longer ones the first and the last half of it are shown."""


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str
    private: bool = False
    kind: ClassVar[str] = "text"


@dataclass(frozen=True)
class Notice:
    """A sentence that nobody should miss."""

    text: str
    kind: ClassVar[str] = "notice"


@dataclass(frozen=True)
class Items:
    """A list of sentences."""

    items: tuple[str, ...]
    kind: ClassVar[str] = "items"


@dataclass(frozen=True)
class Listing:
    """Lines as they would be typed."""

    lines: tuple[str, ...]
    kind: ClassVar[str] = "listing"


@dataclass(frozen=True)
class Table:
    """Rows of text below a title, remarks below them.

    align: a letter per column: l for text, n for text in one line, r for numbers, m for digests
    """

    title: str
    align: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    remark: str = ""
    private: bool = False
    kind: ClassVar[str] = "table"


@dataclass(frozen=True)
class Picture:
    """A figure, with what one sees on it."""

    title: str
    caption: str
    png: bytes
    private: bool = False
    kind: ClassVar[str] = "picture"

    @property
    def source(self) -> str:
        """The figure itself, as the source of an image."""
        return f"data:image/png;base64,{base64.b64encode(self.png).decode()}"


Block = Text | Notice | Items | Listing | Table | Picture


@dataclass(frozen=True)
class Section:
    """What stands below one heading."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """A whole report.

    first: what stands above the table of contents
    """

    title: str
    subtitle: str
    first: tuple[Block, ...]
    sections: tuple[Section, ...]

    def private(self) -> Iterator[Table | Picture]:
        """What is drawn from readings and has a title, in the order of the report."""
        for section in self.sections:
            for block in section.blocks:
                if isinstance(block, Table | Picture) and block.private:
                    yield block


def long_table(
    title: str,
    align: str,
    columns: Sequence[str],
    rows: Sequence[tuple[str, ...]],
    what: str,
    remark: str = "",
    private: bool = False,
) -> Table:
    """A table of rows that may be too many to read; its remark tells how many of ``what`` are left out."""
    shown, remarks = tuple(rows), [remark]
    if len(rows) > MOST_ROWS:
        half = MOST_ROWS // 2
        shown = (*rows[:half], ("…", *[""] * (len(columns) - 1)), *rows[-half:])
        remarks.append(
            f"Of {len(rows):,} {what} the first {half} and the last {half}; "
            f"the other {len(rows) - 2 * half:,} are in the tables."
        )
    return Table(title, align, tuple(columns), shown, " ".join(filter(None, remarks)), private)


def html(document: Document) -> str:
    """The document as one file of HTML; the same document gives the same text."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(TEMPLATE).render(document=document)
