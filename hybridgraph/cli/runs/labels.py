"""The commands that write on runs: tags and a note."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from hybridgraph.cli.options import AsJson, print_json
from hybridgraph.cli.runs.naming import OneRun, Root, find_run
from hybridgraph.runs.labels import annotate, retag
from hybridgraph.runs.store import Run


def tag(
    run: OneRun,
    tags: Annotated[list[str], typer.Argument(metavar="TAG...", help="Words to call the run by.")],
    *,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Give a run tags."""
    _tell_tags(find_run(run, root), as_json=as_json, add=tags)


def untag(
    run: OneRun,
    tags: Annotated[list[str], typer.Argument(metavar="TAG...", help="Tags to take away.")],
    *,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Take tags from a run."""
    _tell_tags(find_run(run, root), as_json=as_json, remove=tags)


def note(
    run: OneRun,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What to write; empty takes the note away.")],
    *,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Write a note on a run."""
    found = find_run(run, root)
    labels = annotate(found.path, text)
    if as_json:
        print_json({"run": str(found.path), **asdict(labels)})
    else:
        typer.echo(f"{found.name}: {labels.note or 'no note'}")


def _tell_tags(
    run: Run, *, as_json: bool, add: list[str] | None = None, remove: list[str] | None = None
) -> None:
    labels = retag(run.path, add=add or (), remove=remove or ())
    if as_json:
        print_json({"run": str(run.path), **asdict(labels)})
    else:
        typer.echo(f"{run.name}: {' '.join(labels.tags) or 'no tags'}")
