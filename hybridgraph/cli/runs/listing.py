"""The commands that list runs and show one."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hybridgraph.cli.options import AsJson, print_json, say
from hybridgraph.cli.runs.naming import MOST_TOLD, OneRun, Root, find_run, tell_progress
from hybridgraph.cli.runs.text import written
from hybridgraph.errors import HybridGraphError
from hybridgraph.events import CellMeasured, EpochFinished, Finished, ProfileFinished
from hybridgraph.export.record import run_records
from hybridgraph.jobs import job_content
from hybridgraph.runs.columns import COLUMNS, find_column, ordered
from hybridgraph.runs.filters import filtered
from hybridgraph.runs.history import without_repeats
from hybridgraph.runs.index import RunIndex
from hybridgraph.runs.store import Run, default_root
from hybridgraph.runs.story import Story, read_milestones
from hybridgraph.runs.summary import Summary, read_summary

_SHOWN = ("name", "kind", "status", "epochs", "top1", "loss", "seed", "data", "tags")


def list_(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILTER]...", help="Such as top1>0.8 tag:leaf preset:moat* -status:failed."),
    ] = None,
    *,
    root: Root = None,
    sort: Annotated[str, typer.Option(metavar="COLUMN", help="What the list is sorted by.")] = "made",
    reverse: Annotated[bool, typer.Option("--reverse", help="Sort the other way round.")] = False,
    columns: Annotated[
        str, typer.Option(metavar="NAMES", help="Columns to show, with commas between; all: all.")
    ] = ",".join(_SHOWN),
    limit: Annotated[int, typer.Option(min=0, help="Show so many; 0: all.")] = 0,
    as_json: AsJson = False,
) -> None:
    """List the runs, the youngest first."""
    place = root or default_root()
    names = [one.name for one in COLUMNS] if columns == "all" else columns.split(",")
    shown = [find_column(name.strip()) for name in names if name.strip()]
    by = find_column(sort)
    with RunIndex(place) as index:
        index.refresh(tell_progress)
        found = index.summaries
    everything = len(found)
    found = filtered(found, " ".join(words or []))
    found = ordered(found, by, is_descending=reverse != (by.name == "made"))
    found = found[:limit] if limit else found
    if as_json:
        print_json([_row(place / run.name, run) for run in found])
        return
    if not found:
        typer.echo(
            f"None of {everything:,} runs passes." if everything else f"There are no runs in {place} yet."
        )
        return
    table = Table(box=None, pad_edge=False)
    for column in shown:
        is_number = column.kind not in ("text", "tags", "time")
        table.add_column(
            column.title, justify="right" if is_number else "left", no_wrap=column.name == "name"
        )
    for run in found:
        table.add_row(*(Text(written(column, run) or "–") for column in shown))
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    console.print(table)
    for run in found[:MOST_TOLD]:
        if run.status == "unreadable":
            say(f"{run.name}: {run.problem}")


def show(run: OneRun, *, root: Root = None, as_json: AsJson = False) -> None:
    """Show a run: how it went, and what was exported of it."""
    found = find_run(run, root)
    summary = read_summary(found.path, Story())
    if as_json:
        exports = [asdict(record) for record in run_records(found.path)]
        print_json({**_row(found.path, summary), "job": job_content(found.job), "exports": exports})
        return
    typer.echo(f"{found.path}\n{summary.kind or 'unknown'}, {summary.status}")
    if summary.problem:
        typer.echo(summary.problem)
    for line in (
        f"design {summary.design} ({summary.digest})" if summary.digest else "",
        f"data {summary.data}, fingerprint {summary.data_digest or 'not taken yet'}" if summary.data else "",
        f"recipe {summary.recipe}, seed {summary.seed}" if summary.recipe else "",
        f"torch {summary.torch} on {summary.machine}" if summary.torch else "",
        f"tags {' '.join(summary.tags)}" if summary.tags else "",
        f"note: {summary.note}" if summary.note else "",
    ):
        if line:
            typer.echo(line)
    _tell_events(found)


def _row(path: Path, run: Summary) -> dict[str, Any]:
    """What the list says of a run, for programs: top-1 in percent, as `train` prints it."""
    row: dict[str, Any] = {**asdict(run), "run": str(path)}
    for name in ("top1", "best_top1"):
        row[name] = None if row[name] is None else 100 * row[name]
    return row


def _tell_events(run: Run) -> None:
    try:
        events = without_repeats(read_milestones(run.events_path))
    except HybridGraphError:  # the summary has said so
        return
    for event in events:
        if isinstance(event, EpochFinished):
            typer.echo(f"epoch {event.epoch + 1}: loss {event.train_loss:.4f}, validation loss {event.val_loss:.4f}, "
                       f"top-1 {100 * event.val_top1:.2f} %")  # fmt: skip
        elif isinstance(event, Finished):
            typer.echo(f"finished: top-1 {100 * event.top1:.2f} %, best {100 * event.best_top1:.2f} %")
        elif isinstance(event, CellMeasured):
            compiled = ", compiled" if event.compiled else ""
            typer.echo(
                f"{event.image_size} px, batch {event.batch}, {event.precision}{compiled}: {event.status}"
            )
        elif isinstance(event, ProfileFinished):
            typer.echo(f"forward {event.total_us_median / 1000:.2f} ms for a batch of {event.batch}")
    for record in run_records(run.path):
        typer.echo(f"exported {record.made[:16].replace('T', ' ')} UTC: {record}")
