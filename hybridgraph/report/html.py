"""A report as one HTML file that needs nothing else: no network, no script, no font of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from hybridgraph.figures.drawing import Box, Fill, Line, Mark, Text, Wire
from hybridgraph.figures.svg import inline_svg
from hybridgraph.report.content import Facts, Listing, Paragraph, Part, Picture, Report, Table
from hybridgraph.sheets import sheet, style


def html(report: Report) -> str:
    """The text of the file."""
    pictures = [part for section in report.sections for part in section.parts if isinstance(part, Picture)]
    body = [
        f"<header><h1>{escape(report.title)}</h1>",
        f'<p class="muted">{escape(report.subtitle)}</p></header>',
        '<div class="tiles">',
        *(_tile(*figure) for figure in report.figures),
        "</div>",
    ]
    for section in report.sections:
        body.append(f"<section><h2>{escape(section.title)}</h2>")
        body += [line for part in section.parts for line in _part(part)]
        body.append("</section>")
    body.append(f'<p class="note">{escape(report.foot)}</p>')
    styles = style("report", "report.css") + _in_the_dark(pictures)
    return sheet(report.title, styles, body)


def _tile(name: str, value: str, remark: str) -> str:
    return (
        f'<div class="tile"><div class="muted">{escape(name)}</div><div class="large">{escape(value)}</div>'
        f'<div class="remark muted">{escape(remark)}</div></div>'
    )


def _part(part: Part) -> Iterator[str]:
    match part:
        case Paragraph():
            kind = f' class="{part.kind}"' if part.kind != "plain" else ""
            yield f"<p{kind}>{escape(part.text)}</p>"
        case Listing():
            yield "<ul>"
            yield from (f"<li>{escape(item)}</li>" for item in part.items)
            yield "</ul>"
        case Facts():
            code = " code" if part.is_code else ""
            yield f'<dl class="facts{code}">'
            yield from (
                f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in part.rows
            )
            yield "</dl>"
        case Picture():
            yield f"<figure>{inline_svg(part.light, part.name)}<figcaption>{escape(part.caption)}</figcaption></figure>"
        case Table():
            yield from _table(part)


def _table(table: Table) -> Iterator[str]:
    yield f'<div class="wide"><table class="{table.name}"><caption>{escape(table.caption)}</caption><thead><tr>'
    yield from (f"<th{_name(index, table)}>{escape(cell)}</th>" for index, cell in enumerate(table.head))
    yield "</tr></thead><tbody>"
    for row in table.rows:
        yield f"<tr>{''.join(_cells(row, table))}</tr>"
    if table.total:
        yield f'<tr class="total">{"".join(_cells(table.total, table))}</tr>'
    yield "</tbody></table></div>"


def _cells(row: Iterable[str], table: Table) -> Iterator[str]:
    for index, cell in enumerate(row):
        kind = ' class="name"' if index < table.texts else ' class="number"'
        yield f"<td{kind}>{escape(cell)}</td>"


def _name(index: int, table: Table) -> str:
    return ' class="name"' if index < table.texts else ""


def _in_the_dark(pictures: Iterable[Picture]) -> str:
    """Rules that give every colour of the light drawings the one it has in the dark ones."""
    found: dict[str, str] = {}
    for picture in pictures:
        for light, dark in zip(picture.light.marks, picture.dark.marks, strict=True):
            for one, other in zip(_colours(light), _colours(dark), strict=True):
                found.setdefault(one, other)
    rules = "".join(
        f'svg [fill="{one}"]{{fill:{other}}}svg [stroke="{one}"]{{stroke:{other}}}svg [stop-color="{one}"]{{stop-color:{other}}}'
        for one, other in found.items()
        if one != other
    )
    return f"@media screen and (prefers-color-scheme: dark){{{rules}}}\n"


def _colours(mark: Mark) -> Iterator[str]:
    """Every colour of a mark, in a fixed order."""
    match mark:
        case Box():
            for fill in (mark.fill, mark.stroke):
                yield from _both(fill)
        case Wire() | Line() | Text():
            yield mark.colour


def _both(fill: Fill | None) -> Iterator[str]:
    if fill is not None:
        yield fill.left
        yield fill.right or fill.left
