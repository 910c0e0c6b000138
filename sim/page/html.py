"""The one way in which the page makes markup: pieces are escaped unless they were made here.

A piece of HTML has a type of its own; whatever has another is shown as text. A template is written out where
it is used, and what comes into it from a run, a scenario or a user goes through its braces.
"""

from collections.abc import Iterable, Sequence

from markupsafe import Markup

Html = Markup


def html(template: str, *pieces: object, **named: object) -> Html:
    """A template with pieces in its braces, as ``str.format`` puts them, each escaped unless it is HTML."""
    return Html(template).format(*pieces, **named)


def joined(pieces: Iterable[object], between: str = "") -> Html:
    """Pieces one after the other, each escaped unless it is HTML."""
    return Html(between).join(map(Html.escape, pieces))


def table(head: Sequence[str], rows: Iterable[Iterable[object]], kinds: Sequence[str] = ()) -> Html:
    """A table of cells; ``kinds`` are classes of rows."""
    columns = joined(html("<th scope='col'>{}</th>", cell) for cell in head)
    header = html("<thead><tr>{}</tr></thead>", columns) if head else ""
    lines = [joined(html("<td>{}</td>", cell) for cell in row) for row in rows]
    body = joined(
        html("<tr class='{}'>{}</tr>", kind, line)
        for kind, line in zip(kinds or [""] * len(lines), lines, strict=True)
    )
    return html("<table class='zk'>{}<tbody>{}</tbody></table>", header, body)
