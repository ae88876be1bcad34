"""The texts of a block's page as Qt's rich text: paragraphs, links, and cost formulas with a node's numbers put in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from app.language import tr
from app.quantities import percent, spaced
from app.theme import NUMBER_FAMILY, Theme
from hybridgraph.analysis import Cost
from hybridgraph.errors import DocumentError
from hybridgraph.pages import Numbers, Page, Paper
from hybridgraph.pages.cases import Case
from hybridgraph.pages.formula import Formula, Known
from hybridgraph.pages.typeset import digits, letter, letters, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What the formulas give for a node and what the engine counted, in parameters or MACs of all repeats.

    `parts` holds the number of repeats and the sum in one of them, for each distinct case. `tolerance` is the share
    by which both may differ.
    """

    parts: tuple[tuple[int, int], ...]
    counted: int
    tolerance: float = 0.0

    @property
    def total(self) -> int:
        """The sum over all repeats."""
        return sum(count * each for count, each in self.parts)

    @property
    def agrees(self) -> bool:
        """Whether both are the same."""
        return abs(self.total - self.counted) <= self.counted * self.tolerance


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """The formulas of a page worked out for one node: its first repeat's numbers, and the sums of all."""

    known: Mapping[str, Known]
    numbers: Numbers
    params: Sums
    macs: Sums


def work_out(page: Page, cases: Sequence[Case], counted: Cost) -> Costs:
    """The formulas with a node's numbers. Raises DocumentError when they do not fit the node."""
    each = [(case.count, page.numbers(case.names)) for case in cases]
    first = each[0][1]
    return Costs(
        known={**cases[0].names, **first.symbols},
        numbers=first,
        params=Sums(
            parts=tuple((n, sum(found.params.values())) for n, found in each), counted=counted.params
        ),
        macs=Sums(
            parts=tuple((n, sum(found.macs.values())) for n, found in each),
            counted=counted.macs,
            tolerance=1e-3,
        ),
    )


def attempt(page: Page, cases: Sequence[Case], counted: Cost) -> Costs | str:
    """The worked out formulas, or the sentence that says why they do not fit the node."""
    try:
        return work_out(page, cases, counted)
    except DocumentError as error:
        return str(error)


def costs_html(page: Page, found: Costs | str | None, theme: Theme) -> str:
    """Symbols, then parameters and MACs part by part; with a node's numbers where there are some."""
    if not page.params and not page.macs:  # joining, pooling, rearranging
        return tr("It has no parameters and multiplies nothing.")
    costs = found if isinstance(found, Costs) else None
    note = found if isinstance(found, str) else ""
    text = _symbols(page, costs, theme)
    if legend := sizes(page):
        text += _muted(legend, theme)
    text += _table(tr("Parameters"), page.params, costs, costs.numbers.params if costs else {}, theme)
    text += _sum_row(costs.params, "parameters", theme) if costs and page.params else ""
    text += _table(tr("MACs for one image"), page.macs, costs, costs.numbers.macs if costs else {}, theme)
    text += _sum_row(costs.macs, tr("MACs"), theme) if costs and page.macs else ""
    if costs is None:
        text += _muted(note or tr("In a design, the block's own numbers stand here."), theme)
    return text


def definitions(page: Page) -> str:
    """What each letter of the formulas stands for, one a line."""
    return "<br>".join(f"{letter(name)} = {letters(formula)}" for name, formula in page.symbols.items())


def sizes(page: Page) -> str:
    """What the letters with a port's name below them are: H with a small x is the height at x."""
    tables = (page.symbols, page.params, page.macs)
    used = {name for table in tables for formula in table.values() for name in formula.names if "." in name}
    told = [f"{letter(name)} {name.partition('.')[2]}" for name in sorted(used)]
    ports = sorted({name.partition(".")[0] for name in used})
    return (
        tr("{told} of what comes in at {ports}.", told=", ".join(told), ports=" and ".join(ports))
        if told
        else ""
    )


def paper_html(paper: Paper) -> str:
    """A reference, with a link where it has an address."""
    text = escape(paper.full)
    if not paper.url:
        return text
    return f'{text}<br><a href="{paper.url}" style="text-decoration:none">arXiv:{paper.arxiv}</a>'


def papers_of(paper: str) -> tuple[Paper, ...]:
    """The references in the short form that the catalogue has."""
    found = []
    for one in paper.split(";"):
        number = re.search(r"\d{4}\.\d{4,5}", one)
        cite = one.partition(" · arXiv")[0].strip()
        if cite:
            found.append(Paper(cite=cite, arxiv=number[0] if number else ""))
    return tuple(found)


def bullets(items: Sequence[str]) -> str:
    """A list with little dots, hanging."""
    rows = "".join(
        f'<tr><td style="padding-right:7px">·</td><td style="padding-bottom:4px">{item}</td></tr>'
        for item in items
    )
    return f'<table cellspacing="0" cellpadding="0">{rows}</table>'


def _symbols(page: Page, costs: Costs | None, theme: Theme) -> str:
    """The letters, what they stand for and, for a node, their values."""
    if costs is None:
        return _muted(definitions(page), theme)
    rows = "".join(
        f'<tr><td width="26">{letter(name)}</td><td style="color:{theme.muted}">{letters(formula)}</td>'
        f'<td align="right">{_mono(plain(_tidy(costs.numbers.symbols[name])), theme.text)}</td></tr>'
        for name, formula in page.symbols.items()
    )
    return f'<table width="100%" cellspacing="0" cellpadding="0">{rows}</table>'


def _table(
    title: str, formulas: Mapping[str, Formula], costs: Costs | None, values: Mapping[str, int], theme: Theme
) -> str:
    """One row for each part: its name and number, under them the formula in letters and in digits."""
    if not formulas:
        return ""
    rows, absent = [], []
    for part, formula in formulas.items():
        value = values.get(part)
        if value == 0:
            absent.append(part)
            continue
        number = _mono(spaced(value), theme.text) if value is not None else ""
        rows.append(
            f'<tr><td style="color:{theme.muted}; padding-top:5px">{part}</td>'
            f'<td align="right" style="padding-top:5px">{number}</td></tr>'
        )
        rows.append(f'<tr><td colspan="2">{letters(formula)}</td></tr>')
        if costs is not None and formula.names:
            worked = digits(formula, {name: _tidy(known) for name, known in costs.known.items()})
            rows.append(f'<tr><td colspan="2">{_mono(f"= {worked}", theme.muted)}</td></tr>')
    body = "".join(rows)
    missing = _muted(tr("None here: {absent}.", absent=", ".join(absent)), theme) if absent else ""
    return (
        f'<p style="margin:8px 0 0 0; font-weight:600">{title}</p>'
        f'<table width="100%" cellspacing="0" cellpadding="0">{body}</table>{missing}'
    )


def _sum_row(sums: Sums, what: str, theme: Theme) -> str:
    """The sum over the repeats, and whether the engine counted the same."""
    rows = []
    if len(sums.parts) > 1 or sums.parts[0][0] > 1:
        for index, (count, each) in enumerate(sums.parts):
            name = tr("The first repeat") if index == 0 and count == 1 else tr("One repeat")
            rows.append((tr("{count} repeats, each", count=count) if count > 1 else name, spaced(each)))
    rows.append((tr("Sum"), spaced(sums.total)))
    ruled = f"border-top:1px solid {theme.line}; padding-top:4px"
    body = "".join(
        f'<tr><td style="color:{theme.muted}; {ruled if first else ""}">{name}</td>'
        f'<td align="right" style="{ruled if first else ""}">{_mono(number, theme.text)}</td></tr>'
        for first, (name, number) in zip([True, *[False] * len(rows)], rows, strict=False)
    )
    if sums.agrees:
        verdict = f'<span style="color:{theme.head}">✓ The engine counts the same.</span>'
    else:
        more = sums.counted - sums.total
        share = percent(abs(more) / sums.counted) if sums.counted else tr("all")
        side = tr("more") if more > 0 else tr("fewer")
        verdict = (
            f'<span style="color:{theme.warning}">≠ The engine counts {spaced(sums.counted)} {what}, '
            f"{spaced(abs(more))} ({share}) {side}.</span>"
        )
    return (
        f'<p style="margin:0; font-size:4px">&nbsp;</p><table width="100%" cellspacing="0" cellpadding="0">{body}'
        f'<tr><td colspan="2" style="padding-top:2px">{verdict}</td></tr></table>'
    )


def _tidy(value: Known) -> Known:
    """A whole number without its point: 14.0 is 14."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _mono(text: str, colour: str) -> str:
    return f"<span style=\"font-family:'{NUMBER_FAMILY}'; font-size:11px; color:{colour}\">{text}</span>"


def _muted(text: str, theme: Theme) -> str:
    return f'<p style="margin:4px 0 0 0; color:{theme.muted}">{text}</p>'
