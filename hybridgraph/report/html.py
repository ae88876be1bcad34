"""A report as one HTML file that needs nothing else: no network, no script, no font of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from hybridgraph.figures.svg import inline_svg
from hybridgraph.report.content import Facts, Listing, Paragraph, Part, Picture, Report, Table
from hybridgraph.sheets import sheet, style
from hybridgraph.sheets.drawings import in_the_dark


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
    styles = style("report", "report.css") + in_the_dark((one.light, one.dark) for one in pictures)
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
