"""The command that ranks designs by all that the store knows of them."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from hybridgraph.cli.options import AsJson, print_json
from hybridgraph.cli.runs.naming import Root, tell_progress
from hybridgraph.cli.runs.text import plain
from hybridgraph.runs.filters import filtered
from hybridgraph.runs.groups import Contestant, Rank, contestants, front, ranked
from hybridgraph.runs.index import RunIndex
from hybridgraph.runs.store import default_root


def bakeoff(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILTER]...", help="Of these runs alone, such as data:flowers top1>0.8."),
    ] = None,
    *,
    root: Root = None,
    by: Annotated[Rank, typer.Option(help="What designs are ranked by.")] = "accuracy",
    as_json: AsJson = False,
) -> None:
    """Rank the designs that were trained or profiled, with how sure their accuracy is and what they cost.

    A star marks those that no other one beats in accuracy at no more cost: latency, or the parameters if ranked by them.
    """
    place = root or default_root()
    with RunIndex(place) as index:
        index.refresh(tell_progress)
        found = contestants(filtered(index.summaries, " ".join(words or [])))
    best = front(found, "params" if by == "params" else "latency_us")
    found = ranked(found, by)
    if as_json:
        print_json([_row(number, one, is_best=one.digest in best) for number, one in enumerate(found, 1)])
        return
    if not found:
        typer.echo(f"Nothing in {place} was trained or profiled yet.")
        return
    table = Table(box=None, pad_edge=False)
    for title in ("rank", "design", "best top-1", "95 % interval", "over", "latency", "parameters", "runs"):
        table.add_column(title, justify="left" if title in ("design", "over") else "right")
    for number, one in enumerate(found, 1):
        star = " ★" if one.digest in best else ""
        table.add_row(str(number), f"{one.design}{star}", *(cell or "–" for cell in _cells(one)))
    Console(width=None if sys.stdout.isatty() else 160, highlight=False).print(table)
    for setting in sorted({one.setting for one in found if one.setting}):
        typer.echo(f"Latency: {setting}.")


def _cells(one: Contestant) -> tuple[str, ...]:
    has_interval = one.low is not None and one.high is not None
    return (
        plain("share", one.accuracy),
        f"{100 * (one.low or 0):.1f} – {100 * (one.high or 0):.1f} %" if has_interval else "",
        _over(one) if has_interval else "",
        plain("microseconds", one.latency_us),
        plain("count", one.params),
        str(len(one.trainings) + len(one.profiles)),
    )


def _over(one: Contestant) -> str:
    return f"{one.seeds} seeds" if one.over == "seeds" else "pictures, 1 seed"


def _row(number: int, one: Contestant, *, is_best: bool) -> dict[str, Any]:
    """A line of the ranking for programs: accuracies in percent, as `train` prints them, and runs by their names."""
    row: dict[str, Any] = {"rank": number, **asdict(one), "is_best": is_best}
    for name in ("accuracy", "low", "high"):
        row[name] = None if row[name] is None else 100 * row[name]
    for name in ("trainings", "profiles"):
        row[name] = [run.name for run in getattr(one, name)]
    return row
