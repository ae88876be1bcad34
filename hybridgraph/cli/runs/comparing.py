"""The command that compares runs: results, seeds, settings that differ, and designs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hybridgraph import catalog
from hybridgraph.cli.options import AsJson, print_json
from hybridgraph.cli.runs.naming import Root, Runs, find_run
from hybridgraph.cli.runs.text import plain
from hybridgraph.comparison import compare as compare_designs
from hybridgraph.comparison import wording
from hybridgraph.comparison.listing import listed
from hybridgraph.comparison.results import design_of
from hybridgraph.errors import HybridGraphError, RunError
from hybridgraph.runs.columns import BY_NAME
from hybridgraph.runs.differences import differences
from hybridgraph.runs.groups import SeedGroup, seed_groups
from hybridgraph.runs.store import Run
from hybridgraph.runs.story import Story
from hybridgraph.runs.summary import Summary, read_summary

_RESULTS = (
    "status",
    "epochs",
    "top1",
    "best",
    "loss",
    "train_loss",
    "gap",
    "params",
    "latency",
    "speed",
    "seconds",
)


def compare(
    runs: Runs,
    *,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Compare runs: results, what differs between their settings, pictures and machines, and their designs."""
    found = [find_run(run, root) for run in dict.fromkeys(runs)]
    if len(found) < 2:
        raise RunError("Only one run is named.", "Name two or more to compare.")
    content = described(found)
    if as_json:
        print_json(content)
    else:
        tell(content)


def described(runs: Sequence[Run]) -> dict[str, Any]:
    """The comparison as values that JSON can hold; shares as they are, between 0 and 1."""
    summaries = [read_summary(run.path, Story()) for run in runs]
    return {
        "runs": [run.name for run in runs],
        "results": {name: [BY_NAME[name].get(one) for one in summaries] for name in _RESULTS},
        "seeds": [_seeds(group) for group in seed_groups(summaries) if len(group.runs) > 1],
        "differences": [asdict(each) for each in differences(runs)],
        "designs": [_designs(runs[0], run, summaries) for run in runs[1:]],
    }


def tell(content: dict[str, Any]) -> None:
    """Print what `described` found."""
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    table = _table(content["runs"])
    for name, values in content["results"].items():
        column = BY_NAME[name]
        table.add_row(column.title, *(Text(plain(column.kind, value) or "–") for value in values))
    console.print(table)
    for group in content["seeds"]:
        best = group["best"]
        reach = (
            f" ± {100 * (best['high'] - best['mean']):.2f} % (95 %, t over seeds)"
            if best["high"] is not None
            else ""
        )
        typer.echo(f"\nSeeds {', '.join(map(str, group['seeds']))} of one design, data and recipe: "
                   f"best top-1 {100 * best['mean']:.2f}{reach}")  # fmt: skip
    typer.echo("")
    if content["differences"]:
        table = _table(content["runs"])
        for each in content["differences"]:
            table.add_row(
                f"{each['section']}: {each['name'].replace('_', ' ')}",
                *(Text(_word(one)) for one in each["values"]),
            )
        console.print(table)
    else:
        typer.echo("Job, recipe, data and environment are the same.")
    for each in content["designs"]:
        typer.echo(f"\n{each['before']} → {each['after']}: {each['summary']}")
        for line in each["differences"]:
            typer.echo(f"  {line}")


def _table(names: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for name in names:
        table.add_column(name, overflow="fold", min_width=8)
    return table


def _word(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or "–"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _seeds(group: SeedGroup) -> dict[str, Any]:
    parts = {"best": group.best, "top1": group.top1, "loss": group.loss}
    estimates = {name: None if one is None else asdict(one) for name, one in parts.items()}
    return {"runs": [run.name for run in group.runs], "seeds": list(group.seeds), **estimates}


def _designs(first: Run, second: Run, summaries: Sequence[Summary]) -> dict[str, Any]:
    """What became of the first run's design in the second's."""
    names = {"before": first.name, "after": second.name}
    digests = {one.name: one.digest for one in summaries}
    if digests[first.name] and digests[first.name] == digests[second.name]:
        return {**names, "summary": "The same network.", "differences": []}
    try:
        found = compare_designs(design_of(first), design_of(second))
    except HybridGraphError as error:
        return {**names, "summary": str(error), "differences": []}
    known = catalog.load()
    lines = [f"{each.sign} {wording.headline(found, each, known)}" for each in listed(found)]
    return {**names, "summary": wording.summary(found), "differences": lines}
