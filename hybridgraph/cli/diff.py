"""The command that compares two designs."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hybridgraph import catalog, designs, verbs
from hybridgraph.cli.options import AsJson, print_json, say
from hybridgraph.comparison import SIGNS, UNSET, Comparison, compare, wording
from hybridgraph.comparison.costs import MEASURES, Amount, Costs, Known, Row, costs
from hybridgraph.comparison.listing import listed
from hybridgraph.comparison.page import page, row_name
from hybridgraph.comparison.results import design_of, results
from hybridgraph.graph.model import Graph
from hybridgraph.graph.values import encode
from hybridgraph.jobs import JOB_FILE
from hybridgraph.runs.store import Run, open_run
from hybridgraph.spec import Catalogue
from hybridgraph.storage import write_atomic

_ANY = "A design file, the name of a preset, a pattern, or a run folder."
WIDTH = 120  # columns, where no terminal says how many there are
_COLOURS = {"added": "green", "removed": "red", "changed": "yellow", "moved": "blue", "rewired": "blue"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """One of the two designs, what it is called, and what runs found out about it."""

    name: str
    graph: Graph
    runs: tuple[Run, ...]

    def known(self) -> Known:
        """What the engine and the runs say."""
        from hybridgraph.engine import Engine  # torch is imported by the commands that need it

        return Known(
            analysis=Engine().analyze(self.graph),
            results=results(self.runs, self.graph) if self.runs else None,
        )


def diff(
    before: Annotated[str, typer.Argument(metavar="A", help=_ANY)],
    after: Annotated[str, typer.Argument(metavar="B", help=_ANY)],
    *,
    run_a: Annotated[
        list[Path] | None, typer.Option(help="A run of A, for its accuracy or its latency; may be repeated.")
    ] = None,
    run_b: Annotated[list[Path] | None, typer.Option(help="A run of B; may be repeated.")] = None,
    html: Annotated[Path | None, typer.Option(help="Also write the comparison as one HTML file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare two designs: what was added, removed, changed, moved, and what it costs.

    The exit code is 0 also when they differ.
    """
    sides = _opened(before, run_a or []), _opened(after, run_b or [])
    found = compare(sides[0].graph, sides[1].graph)
    costing = costs(found, sides[0].known(), sides[1].known())
    names, catalogue = (sides[0].name, sides[1].name), catalog.known()
    if html is not None:
        write_atomic(html, page(found, costing, names, catalogue))
        say(f"Wrote {html}.")
    if as_json:
        print_json(_described(found, costing, names, catalogue))
    else:
        _print(found, costing, names, catalogue)


def _opened(design: str, runs: list[Path]) -> _Side:
    named = tuple(open_run(path) for path in runs)
    if _is_run(design):
        run = open_run(design)
        return _Side(name=run.name, graph=design_of(run), runs=(run, *named))
    graph = verbs.load(design)
    name = design if designs.is_variant(design) else Path(design).name
    return _Side(name=name, graph=graph, runs=named)


def _is_run(design: str) -> bool:
    try:
        return (Path(design) / JOB_FILE).is_file()
    except OSError:  # no file can have such a name; a long pattern is no file
        return False


# -- for people


def _print(found: Comparison, costing: Costs, names: tuple[str, str], catalogue: Catalogue) -> None:
    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    console.print(Text(f"{names[0]} → {names[1]}: {wording.summary(found)}"), soft_wrap=True)
    tables = [_totals(costing.total), _stages(found, costing, catalogue, wide=console.width >= WIDTH)]
    if listed(found):
        tables.append(_differences(found, catalogue))
    for table in tables:
        console.print()
        console.print(table)
    console.print()
    for note in costing.notes:
        console.print(Text(note), soft_wrap=True)
    console.print(
        "For one picture; 1 MAC = 2 FLOPs; activations are what training keeps in fp32.", style="dim"
    )


def _totals(total: Row) -> Table:
    """Both numbers of the whole network, a line for each measure."""
    table = Table(box=None, pad_edge=False)
    table.add_column("whole network", no_wrap=True)
    for heading in ("before", "after", "difference", ""):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, amount in total.amounts.items():
        numbers = [wording.number(name, value) for value in (amount.before, amount.after)]
        table.add_row(MEASURES[name], *map(Text, (*numbers, *wording.difference(name, amount))))
    return table


def _stages(found: Comparison, costing: Costs, catalogue: Catalogue, *, wide: bool) -> Table:
    """What each stage has now (what it had, where it is gone), and how much more that is; narrow: this alone."""
    table = Table(box=None, pad_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column("by stage", overflow="fold", min_width=16)
    measures = [name for name in costing.total.amounts if name != "top1"]
    for name in measures:
        if wide:
            table.add_column(MEASURES[name], justify="right", no_wrap=True)
        table.add_column("" if wide else MEASURES[name], justify="right", no_wrap=True, style="dim")
    for row in costing.stages:
        cells: list[str] = []
        for measure in measures:
            amount = row.amounts.get(measure, Amount())
            shown = amount.before if row.after is None else amount.after
            number = "" if shown is None else wording.number(measure, shown)
            difference = wording.difference(measure, amount)[0]
            cells += [number, difference] if wide else [difference or number]
        sign = Text(SIGNS[row.sign], style=_COLOURS[row.sign]) if row.sign else Text()
        table.add_row(sign, Text(row_name(found, row, catalogue)), *map(Text, cells))
    return table


def _differences(found: Comparison, catalogue: Catalogue) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for overflow in ("", "fold", "", "fold"):
        table.add_column(overflow="fold", no_wrap=not overflow)
    for each in listed(found):
        details = list(wording.details(found, each, catalogue)) or [(each.sign, "", "")]
        for index, (what, old, new) in enumerate(details):
            first = index == 0
            table.add_row(
                Text(SIGNS[each.sign] if first else "", style=_COLOURS[each.sign]),
                Text(wording.headline(found, each, catalogue) if first else ""),
                Text(what, style="dim"),
                Text(f"{old} → {new}" if old and new else old or new),
            )
    return table


# -- for programs


def _described(
    found: Comparison, costing: Costs, names: tuple[str, str], catalogue: Catalogue
) -> dict[str, Any]:
    return {
        "before": names[0],
        "after": names[1],
        "same": found.is_empty,
        "differences": [
            {
                "sign": each.sign,
                "before": "/".join(each.before) if each.before else None,
                "after": "/".join(each.after) if each.after else None,
                "title": wording.headline(found, each, catalogue),
                "rewired": each.after in found.rewired,
                "moved": each.pair.moved if each.pair else None,
                "changes": [
                    {
                        "kind": one.kind,
                        "name": one.name,
                        "before": _plain(one.before),
                        "after": _plain(one.after),
                    }
                    for one in (each.pair.changes if each.pair else ())
                ],
            }
            for each in found.differences
        ],
        "wires_added": [f"{'/'.join((*wire.at, ''))}{wire.edge}" for wire in found.wires_added],
        "wires_removed": [f"{'/'.join((*wire.at, ''))}{wire.edge}" for wire in found.wires_removed],
        "total": _amounts(costing.total),
        "stages": [
            {
                "before": "/".join(row.before) if row.before else None,
                "after": "/".join(row.after) if row.after else None,
                "sign": row.sign,
                **_amounts(row),
            }
            for row in costing.stages
        ],
        "notes": list(costing.notes),
    }


def _amounts(row: Row) -> dict[str, Any]:
    return {
        name: {"before": amount.before, "after": amount.after, "difference": amount.difference}
        for name, amount in row.amounts.items()
    }


def _plain(value: Any) -> Any:
    """A value as a design file has it; a parameter that is not named as {"$default": true}."""
    if value is UNSET:
        return {"$default": True}
    return encode(value)
