"""The command for the store of runs: list, show, delete."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from hybridgraph.cli.options import AsJson, print_json, say
from hybridgraph.errors import HybridGraphError
from hybridgraph.events import CellMeasured, EpochFinished, Finished, ProfileFinished
from hybridgraph.export.record import run_records
from hybridgraph.jobs import TrainJob, job_content
from hybridgraph.runs.store import Run, default_root, list_runs, open_run


def runs(
    run: Annotated[Path | None, typer.Argument(metavar="[RUN]", help="A run folder to show.")] = None,
    *,
    root: Annotated[Path | None, typer.Option(help="The folder whose runs are listed.")] = None,
    delete: Annotated[bool, typer.Option("--delete", help="Delete RUN and free its disk space.")] = False,
    as_json: AsJson = False,
) -> None:
    """List runs, or show or delete one."""
    if run is not None:
        found = open_run(run)
        if delete:
            found.delete()
            say(f"Deleted {found.path}.")
            return
        exports = [asdict(record) for record in run_records(found.path)]
        print_json({**_row(found), "job": job_content(found.job), "exports": exports}) if as_json else _show(
            found
        )
        return
    rows = [_row(found) for found in list_runs(root or default_root())]
    if as_json:
        print_json(rows)
        return
    if not rows:
        typer.echo(f"There are no runs in {root or default_root()} yet.")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("run", "kind", "status", "epochs", "top-1", "data"):
        table.add_column(heading)
    for row in rows:
        top1 = f"{row['top1']:.2f} %" if row["top1"] is not None else "–"
        table.add_row(row["name"], row["kind"], row["status"], str(row["epochs"] or "–"), top1, row["data"])
    Console(width=None if sys.stdout.isatty() else 120).print(table)


def _row(run: Run) -> dict[str, Any]:
    """What the list says of a run; a damaged one is listed as such, not hidden."""
    row: dict[str, Any] = {"name": run.name, "run": str(run.path), "kind": "–", "status": "damaged", "epochs": None,
                           "top1": None, "loss": None, "data": ""}  # fmt: skip
    try:
        job, events = run.job, run.events()
        row |= {"kind": job.kind, "status": run.status, "data": job.data if isinstance(job, TrainJob) else ""}
    except HybridGraphError as error:
        return {**row, "error": str(error)}
    epochs = [event for event in events if isinstance(event, EpochFinished)]
    if epochs:
        row |= {
            "epochs": epochs[-1].epoch + 1,
            "top1": 100 * epochs[-1].val_top1,
            "loss": epochs[-1].val_loss,
        }
    return row


def _show(run: Run) -> None:
    row = _row(run)
    typer.echo(f"{row['run']}\n{row['kind']}, {row['status']}")
    for event in run.events():
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
