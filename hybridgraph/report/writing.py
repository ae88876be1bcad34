"""Reports as files, each written whole or not at all."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from hybridgraph.errors import ExportError
from hybridgraph.figures.svg import svg
from hybridgraph.report.building import build
from hybridgraph.report.content import Picture
from hybridgraph.report.evidence import Evidence
from hybridgraph.report.html import html
from hybridgraph.report.latex import latex
from hybridgraph.report.markdown import markdown, picture_file
from hybridgraph.storage import write_atomic

Form = Literal["html", "markdown", "latex"]
_ENDINGS: dict[str, Form] = {
    ".html": "html", ".htm": "html", ".md": "markdown", ".markdown": "markdown", ".tex": "latex",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A report that was written, with the files beside it; `bytes` counts all of them."""

    path: Path
    format: Form
    bytes: int
    seconds: float
    beside: tuple[str, ...] = ()

    def __str__(self) -> str:
        more = f" and {len(self.beside)} figures beside it" if self.beside else ""
        return f"{self.path}{more}: {self.bytes / 1e3:,.1f} kB"


def form_of(path: Path) -> Form:
    """The format that the ending of a file asks for. Raises ExportError where it asks for none."""
    form = _ENDINGS.get(path.suffix.lower())
    if form is None:
        raise ExportError(
            f"The name {path.name} does not say which format the report has.",
            f"End it in .html, .md or .tex, or name one of {', '.join(get_args(Form))} with --format.",
        )
    return form


def write_report(evidence: Evidence, target: Path, form: Form | None = None) -> Written:
    """Write a report in a format, or in the one the file's ending asks for. Raises DocumentError, ExportError."""
    begun = time.perf_counter()
    chosen = form or form_of(target)
    report = build(evidence)
    beside: list[tuple[Path, str]] = []
    if chosen == "html":
        text = html(report)
    elif chosen == "latex":
        text = latex(report, evidence)
    else:
        text = markdown(report, target.stem)
        pictures = [
            part for section in report.sections for part in section.parts if isinstance(part, Picture)
        ]
        beside = [(target.with_name(picture_file(target.stem, one)), svg(one.light)) for one in pictures]
    for path, content in (*beside, (target, text)):  # the text comes last: it names the figures
        write_atomic(path, content)
    return Written(
        path=target,
        format=chosen,
        bytes=sum(path.stat().st_size for path in (target, *(path for path, _ in beside))),
        seconds=time.perf_counter() - begun,
        beside=tuple(str(path) for path, _ in beside),
    )
