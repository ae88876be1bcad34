"""A report as Markdown (CommonMark with the tables of GitHub), its figures as SVG files beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hybridgraph.report.content import Facts, Listing, Paragraph, Part, Picture, Report, Table

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&!])")


def markdown(report: Report, stem: str) -> str:
    """The text of the file; figures are linked as `STEM-NAME.svg`."""
    lines = [f"# {escaped(report.title)}", "", escaped(report.subtitle), ""]
    lines += [
        f"- {escaped(name)}: **{escaped(value)}** ({escaped(remark)})"
        for name, value, remark in report.figures
    ]
    for section in report.sections:
        lines += ["", f"## {escaped(section.title)}"]
        for part in section.parts:
            lines += ["", *_part(part, stem)]
    return "\n".join([*lines, "", f"*{escaped(report.foot)}*", ""])


def picture_file(stem: str, picture: Picture) -> str:
    """What the file of a figure is called."""
    return f"{stem}-{picture.name}.svg"


def escaped(text: str) -> str:
    """Text on one line, of which nothing is taken for a mark."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _part(part: Part, stem: str) -> Iterator[str]:
    match part:
        case Paragraph():
            text = escaped(part.text)
            yield f"> **{text}**" if part.kind == "warning" else text
        case Listing():
            yield from (f"- {escaped(item)}" for item in part.items)
        case Facts():
            yield from ("| | |", "|---|---|")
            for name, value in part.rows:
                yield f"| {escaped(name)} | {f'`{value}`' if part.is_code else escaped(value)} |"
        case Picture():
            yield f"![{escaped(part.caption)}](<{picture_file(stem, part)}>)"
        case Table():
            yield f"*{escaped(part.caption)}*"
            yield ""
            yield _row(part.head)
            yield (
                "|"
                + "|".join("---" if index < part.texts else "---:" for index in range(len(part.head)))
                + "|"
            )
            yield from map(_row, part.rows)
            if part.total:
                yield _row(
                    tuple(f"**{escaped(cell)}**" if cell else "" for cell in part.total), is_ready=True
                )


def _row(cells: tuple[str, ...], *, is_ready: bool = False) -> str:
    return f"| {' | '.join(cell if is_ready else escaped(cell) for cell in cells)} |"
