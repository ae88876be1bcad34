"""The commands that delete runs and that make their index anew."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from hybridgraph.cli.options import AsJson, print_json, say
from hybridgraph.cli.runs.naming import MOST_TOLD, Root, Where, find_run, tell_progress
from hybridgraph.cli.runs.text import plain
from hybridgraph.errors import RunError
from hybridgraph.runs.deletion import size_of_run
from hybridgraph.runs.filters import filtered
from hybridgraph.runs.index import RunIndex
from hybridgraph.runs.store import Run, default_root


def delete(
    runs: Annotated[
        list[str] | None, typer.Argument(metavar="[RUN]...", help="Names of runs, or their folders.")
    ] = None,
    *,
    where: Where = "",
    root: Root = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete runs and free the disk. There is no way back."""
    found = [find_run(run, root) for run in dict.fromkeys(runs or [])]
    if where:
        place = root or default_root()
        with RunIndex(place) as index:
            index.refresh(tell_progress)
            chosen = filtered(index.summaries, where)
        found += [
            Run(place / one.name)
            for one in chosen
            if not one.is_running and Run(place / one.name) not in found
        ]
    if not found:
        raise RunError(
            "No run is named to be deleted."
            if not where
            else "No run that could be deleted passes the filter.",
            "Name runs, or give --where with a filter.",
        )
    for one in found:
        if one.pid is not None:
            raise RunError(
                f"The run {one.path} is running; nothing was deleted.", "Stop it before deleting it."
            )
    freed = sum(size_of_run(one.path) for one in found)
    if not yes:
        _ask(found, freed)
    freed = sum(one.delete() for one in found)
    if as_json:
        print_json({"deleted": [str(one.path) for one in found], "freed_bytes": freed})
    else:
        many = f"{len(found):,} runs" if len(found) > 1 else found[0].name
        typer.echo(f"Deleted {many} and freed {plain('bytes', freed)}.")


def rebuild(*, root: Root = None, as_json: AsJson = False) -> None:
    """Make the index of the runs anew from their folders."""
    place = root or default_root()
    with RunIndex(place) as index:
        index.rebuild(tell_progress)
        count, is_kept = len(index.summaries), index.is_kept
    if as_json:
        print_json({"root": str(place), "runs": count, "kept": is_kept})
    else:
        unkept = "" if is_kept else " The index cannot be kept there, so every start reads every run."
        typer.echo(f"Indexed {count:,} runs in {place}.{unkept}")


def _ask(found: list[Run], freed: int) -> None:
    """Ask whether these are to be deleted; whoever does not say yes ends the command."""
    names = ", ".join(one.name for one in found[:MOST_TOLD]) + (" …" if len(found) > MOST_TOLD else "")
    many = f"{len(found):,} runs" if len(found) > 1 else "the run"
    say(f"This deletes {many} {names} for good and frees {plain('bytes', freed)}.")
    if not sys.stdin.isatty():
        raise RunError("Nothing was deleted, because nobody can be asked here.", "Give --yes.")
    if not typer.confirm("Delete?"):
        raise RunError("Nothing was deleted.")
