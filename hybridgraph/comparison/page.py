"""A comparison as one HTML file that needs nothing else: no network, no script, no font of its own."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from hybridgraph import __version__
from hybridgraph.comparison import wording
from hybridgraph.comparison.costs import MEASURES, Costs, Measure, Row
from hybridgraph.comparison.drawing import draw
from hybridgraph.comparison.listing import listed
from hybridgraph.comparison.model import SIGNS, Comparison
from hybridgraph.figures.svg import inline_svg
from hybridgraph.sheets import sheet, style
from hybridgraph.sheets.drawings import in_the_dark
from hybridgraph.spec import Catalogue

_READ = "For one picture; 1 MAC = 2 FLOPs; activations are what training keeps in fp32."


def page(comparison: Comparison, costs: Costs, names: tuple[str, str], catalogue: Catalogue) -> str:
    """The text of an HTML file. `names` are what the two designs are called."""
    light, dark = (draw(comparison, costs.stages, catalogue, colours) for colours in ("light", "dark"))
    body = [
        f'<h1>{escape(names[0])} <span class="muted">→</span> {escape(names[1])}</h1>',
        f'<p class="muted">{escape(wording.summary(comparison))}</p>',
        *_tiles(costs.total),
        f"<figure>{inline_svg(light, 'designs')}</figure>",
        *_legend(),
        "<h2>By stage</h2>",
        *_table(comparison, costs, catalogue),
        "<h2>What differs</h2>",
        *_changes(comparison, catalogue),
        *(f'<p class="note">{escape(note)}</p>' for note in costs.notes),
        f'<p class="note">{_READ} Made by HybridGraph {escape(__version__)}.</p>',
    ]
    styles = style("comparison", "page.css") + in_the_dark([(light, dark)])
    return sheet(f"{names[0]} → {names[1]}", styles, body)


def _tiles(total: Row) -> Iterator[str]:
    """The numbers of the whole, large."""
    yield '<div class="tiles">'
    for name, amount in total.amounts.items():
        difference, percent = wording.difference(name, amount)
        before, after = (escape(wording.number(name, value)) for value in (amount.before, amount.after))
        yield (
            f'<div class="tile"><div class="muted">{MEASURES[name]}</div><div class="large">{after}</div>'
            f'<div class="number muted">from {before}</div>'
            f'<div class="number">{escape(difference)} <span class="muted">{escape(percent)}</span></div></div>'
        )
    yield "</div>"


def _legend() -> Iterator[str]:
    yield '<p class="legend">'
    for sign in ("added", "removed", "changed", "rewired"):
        yield f'<span class="{sign}"><b class="sign">{SIGNS[sign]}</b> {sign}</span>'
    yield "<span>on the cards: parameters · MACs</span></p>"


def _table(comparison: Comparison, costs: Costs, catalogue: Catalogue) -> Iterator[str]:
    measures: list[Measure] = [name for name in costs.total.amounts if name != "top1"]
    yield '<div class="wide"><table><thead><tr><th></th><th class="name">stage or block</th>'
    yield from (f'<th colspan="3" class="group">{MEASURES[name]}</th>' for name in measures)
    yield '</tr><tr class="sides"><th></th><th></th>'
    yield from ("<th>before</th><th>after</th><th>difference</th>" for _ in measures)
    yield "</tr></thead><tbody>"
    for row in (*costs.stages, costs.total):
        whole = row.after == ()
        kind = "" if whole or row.sign is None else row.sign
        name = "whole network" if whole else row_name(comparison, row, catalogue)
        mark = SIGNS[row.sign] if row.sign and not whole else ""
        yield f'<tr class="{kind}{" total" if whole else ""}"><td class="sign">{mark}</td>'
        yield f'<td class="name">{escape(name)}</td>'
        for measure in measures:
            amount = row.amounts.get(measure)
            if amount is None:
                yield '<td colspan="3"></td>'
                continue
            difference = wording.difference(measure, amount)[0]
            before, after = (wording.number(measure, value) for value in (amount.before, amount.after))
            yield f'<td class="number muted">{escape(before)}</td><td class="number">{escape(after)}</td>'
            yield f'<td class="number difference">{escape(difference)}</td>'
        yield "</tr>"
    yield "</tbody></table></div>"


def row_name(comparison: Comparison, row: Row, catalogue: Catalogue) -> str:
    """What a row of the table is called: with both names where they differ."""
    old = wording.name_of(comparison.before, row.before, catalogue) if row.before else ""
    new = wording.name_of(comparison.after, row.after, catalogue) if row.after else ""
    return wording.arrow(old, new)


def _changes(comparison: Comparison, catalogue: Catalogue) -> Iterator[str]:
    found = listed(comparison)
    if not found:
        yield "<p>Nothing.</p>"
        return
    yield '<div class="wide"><table class="changes"><thead><tr><th></th><th class="name">where</th>'
    yield '<th class="name">what</th><th class="name">before</th><th class="name">after</th></tr></thead><tbody>'
    for each in found:
        rows = list(wording.details(comparison, each, catalogue)) or [(each.sign, "", "")]
        for index, (what, before, after) in enumerate(rows):
            head = wording.headline(comparison, each, catalogue) if index == 0 else ""
            mark = SIGNS[each.sign] if index == 0 else ""
            first = " first" if index == 0 else ""
            yield (
                f'<tr class="{each.sign}{first}"><td class="sign">{mark}</td><td class="name">{escape(head)}</td>'
                f'<td class="name muted">{escape(what)}</td><td class="value">{escape(before)}</td>'
                f'<td class="value">{escape(after)}</td></tr>'
            )
    yield "</tbody></table></div>"
