"""The commands of the queue: queue add, list, remove, move, pause, run, stop, clear."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from typer.core import TyperGroup

from hybridgraph import jobs, queue, recipes
from hybridgraph.cli.making import make_run
from hybridgraph.cli.options import (
    AsJson,
    Batch,
    ChannelsIn,
    Classes,
    Data,
    Device,
    Epochs,
    Freeze,
    ImageSize,
    Precision,
    Processes,
    RecipeName,
    Recompute,
    Seed,
    Settings,
    Strategy,
    Weights,
    print_json,
    say,
)
from hybridgraph.queue.listing import Item, as_content
from hybridgraph.runs.awake import is_able
from hybridgraph.runs.store import default_root, open_run


class _Group(TyperGroup):
    """`queue` alone lists; an option belongs behind its command, and is not swallowed before it."""

    def parse_args(
        self, ctx: Any, args: list[str]
    ) -> list[str]:  # typer keeps the type of a context to itself
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


commands = typer.Typer(
    cls=_Group,
    help="Runs that wait for one another: they are taken in order, with no window open. Without a command: list.",
)
Root = Annotated[Path | None, typer.Option(help="The store of runs; else the usual one.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="An entry or its run, as `queue list` names them.")]


@commands.command()
def add(
    design: Annotated[str, typer.Argument(metavar="DESIGN|RUN", help="What to train: a design as for `train`, or the "
                      "folder of a run that is new or stopped.")],
    data: Data = "sample",
    *,
    run: Annotated[Path | None, typer.Option(help="The run folder to make.")] = None,
    epochs: Epochs = 3,
    batch: Batch = 128,
    recipe: RecipeName = recipes.DEFAULT,
    device: Device = "auto",
    precision: Precision = "auto",
    seed: Seed = 0,
    processes: Processes = 1,
    strategy: Strategy = "auto",
    weights: Weights = None,
    freeze: Freeze = "",
    recompute: Recompute = "",
    settings: Settings = None,
    image_size: ImageSize = None,
    channels_in: ChannelsIn = None,
    classes: Classes = None,
    root: Root = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Put a training at the end of the queue, and start the queue unless it is paused."""
    store = root or default_root()
    if (Path(design).expanduser() / jobs.JOB_FILE).is_file():
        made = open_run(design)
    else:
        options = {"epochs": epochs, "batch": batch, "device": device, "precision": precision, "seed": seed,
                   "processes": processes, "strategy": strategy}  # fmt: skip
        made = make_run(
            design, data, run, root=store, recipe=recipe, options=options, settings=settings, weights=weights,
            freeze=freeze, recompute=recompute, image_size=image_size, channels_in=channels_in, classes=classes,
        )  # fmt: skip
    where = queue.Queue(store)
    entry = where.add(made)
    queue.begin(where)
    if as_json:
        print_json({"name": entry.name, "run": entry.run})
    else:
        typer.echo(f"{entry.name} waits as the last of {queue.look(where).waiting}. Run: {entry.run}")


@commands.command("list")
def list_(*, root: Root = None, as_json: AsJson = False) -> None:
    """List what is over, what is at work and what waits, with its times."""
    listing = queue.look(queue.Queue(root or default_root()))
    if as_json:
        print_json(
            {
                "paused": listing.is_paused,
                "worker": listing.worker,
                "items": [*map(as_content, listing.items)],
            }
        )
        return
    if not listing.items:
        typer.echo("The queue is empty. `hybridgraph queue add DESIGN` puts a training into it.")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "state", "done", "begins", "ends", ""):
        table.add_column(heading)
    for item in listing.items:
        done = f"{100 * item.fraction:.0f} %" if item.state != "waiting" else ""
        table.add_row(item.entry.name, item.state, done, _begin(item), _end(item), item.entry.message)
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    if listing.is_paused:
        say("The queue is paused: no other run begins. `hybridgraph queue run` lets it go on.")
    elif listing.waiting and listing.worker is None:
        say("No process takes the runs. `hybridgraph queue run` starts it.")
    if not is_able():
        say("This machine cannot be kept awake from here: switch its sleep off for as long as runs wait.")


@commands.command()
def remove(name: Name, *, root: Root = None, as_json: AsJson = False) -> None:
    """Take an entry out; its run stays in the store."""
    where = queue.Queue(root or default_root())
    entry = where.find(name)
    where.remove(entry)
    _done(as_json, f"Taken out: {entry.name}.", name=entry.name)


@commands.command()
def move(
    name: Name,
    place: Annotated[
        int, typer.Argument(metavar="PLACE", min=1, help="Its place among those that wait, from 1.")
    ],
    *,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Give a waiting entry another place."""
    where = queue.Queue(root or default_root())
    entry = where.find(name)
    where.move(entry, place - 1)
    _done(as_json, f"{entry.name} is number {place} of those that wait.", name=entry.name)


@commands.command()
def pause(*, root: Root = None, as_json: AsJson = False) -> None:
    """Let no other run begin; the one at work goes on to its end."""
    queue.Queue(root or default_root()).pause()
    _done(as_json, "The queue is paused.")


@commands.command()
def run(*, root: Root = None, as_json: AsJson = False) -> None:
    """Let the queue go on, in a process of its own."""
    where = queue.Queue(root or default_root())
    where.go_on()
    pid = queue.begin(where)
    _done(as_json, "Nothing waits." if pid is None else f"Process {pid} takes the runs.", worker=pid)


@commands.command()
def stop(*, root: Root = None, as_json: AsJson = False) -> None:
    """Stop the run at work, which goes on from its checkpoint with `queue run`, and let no other begin."""
    queue.Queue(root or default_root()).stop()
    _done(as_json, "The queue is stopped.")


@commands.command()
def clear(*, root: Root = None, as_json: AsJson = False) -> None:
    """Take out what is over; the runs stay."""
    count = queue.Queue(root or default_root()).clear()
    _done(as_json, f"Taken out: {count}.", count=count)


def _done(as_json: bool, sentence: str, **content: object) -> None:
    if as_json:
        print_json(content)
    else:
        typer.echo(sentence)


def _begin(item: Item) -> str:
    return _clock(item.begins_at, is_known=bool(item.entry.started_at))


def _end(item: Item) -> str:
    return _clock(item.ends_at, is_known=item.entry.is_over)


def _clock(at: float | None, *, is_known: bool) -> str:
    if at is None:
        return "–"
    return f"{'' if is_known else 'about '}{datetime.fromtimestamp(at).astimezone():%a %H:%M}"
