"""The commands that train: train and resume."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from hybridgraph import designs, jobs, recipes
from hybridgraph.cli.options import (
    AsJson,
    ChannelsIn,
    Classes,
    DesignArgument,
    Device,
    ImageSize,
    Precision,
    open_design,
    pair,
    print_json,
    say,
)
from hybridgraph.custom.uses import stamped
from hybridgraph.errors import GraphError, RunError
from hybridgraph.events import EpochFinished, Event, Note, RunStarted, Step, Warned
from hybridgraph.graph import edits, files
from hybridgraph.graph.model import Graph
from hybridgraph.runs.store import create_run, default_root
from hybridgraph.train.result import TrainResult


def train(
    design: DesignArgument,
    data: Annotated[str, typer.Option(help=f"Pictures: {jobs.DATA_FORMS}.")] = "sample",
    run: Annotated[Path | None, typer.Option(help="The run folder to make; else one in the store of runs.")] = None,
    *,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the training pictures.")] = 3,
    batch: Annotated[int, typer.Option(min=1, help="Pictures in one step.")] = 128,
    recipe: Annotated[str, typer.Option(help="How to train: a name that `recipes` lists, or a TOML file.")] = recipes.DEFAULT,
    device: Device = "auto",
    precision: Precision = "auto",
    seed: Annotated[int, typer.Option(min=0, help="Start of every random choice.")] = 0,
    weights: Annotated[Path | None, typer.Option(help="Begin with the weights in this safetensors file, as "
                       "`weights import` writes it, or with those of this run.")] = None,
    freeze: Annotated[str, typer.Option(metavar="NAMES", help="Stages or blocks whose weights stay as they are, "
                      "such as stem,stage1 or stage2/moat.")] = "",
    settings: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE",
                        help="A value of the job or its recipe, such as learning_rate=3e-4.")] = None,
    image_size: ImageSize = None,
    channels_in: ChannelsIn = None,
    classes: Classes = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Train a design on labelled pictures. A preset or pattern takes its classes and channels from the data."""
    from hybridgraph import compiler
    from hybridgraph.data.description import describe
    from hybridgraph.train import checkpoints

    if designs.is_variant(design):
        found = describe(data, seed=seed)
        channels_in = channels_in or found.channels_in
        classes = classes or len(found.classes)
    graph = open_design(design, image_size=image_size, channels_in=channels_in, classes=classes)
    graph = _frozen(graph, freeze)
    plan = compiler.planned(graph)
    classes = jobs.classes_of(plan.output)
    if plan.input.height != plan.input.width:
        raise RunError(
            f"The design takes pictures of {plan.input.height}×{plan.input.width}; training cuts squares.",
            "Give the image node the same height and width.",
        )
    job = jobs.TrainJob(
        data=data,
        image_size=plan.input.height,
        channels_in=plan.input.channels,
        classes=classes,
        epochs=epochs,
        batch=batch,
        recipe=recipes.find(recipe).recipe,
        device=device,
        precision=precision,
        seed=seed,
    )
    job = jobs.with_settings(job, dict(map(pair, settings or [])))
    folder = run or default_root() / f"{graph.name or 'design'}-{datetime.now().astimezone():%Y-%m-%d-%H%M%S}"
    start = _packed(graph, weights) if weights is not None else None
    made = create_run(
        folder, graph_text=files.dumps(stamped(graph)), source=compiler.source(graph).text, job=job
    )
    if start is not None and not (made.checkpoints / checkpoints.LAST).exists():
        made.keep_start(start)
    _finish(_run(made.path), as_json=as_json)


def resume(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run that stopped.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Go on exactly where a run stopped."""
    _finish(_run(run), as_json=as_json)


def _packed(graph: Graph, weights: Path) -> bytes:
    """The file of a design with these weights. All must fit, but a head for other classes, which begins anew."""
    from hybridgraph.weights.files import facts, find_weights, packed
    from hybridgraph.weights.heads import prepare_body

    found = find_weights(weights)
    module, plan, fresh = prepare_body(graph, found)
    if fresh:
        say(f"The head begins anew for the design's classes: {', '.join(fresh)}.")
        found = dataclasses.replace(found, classes=())
    return packed(module, facts(plan, found))


def _frozen(graph: Graph, names: str) -> Graph:
    """The design with these nodes frozen, named by their paths. Raises RunError for one that it does not have."""
    for name in filter(None, (part.strip() for part in names.split(","))):
        path = tuple(name.split("/"))
        try:
            graph = edits.set_freeze(graph, path, freeze=True)
        except GraphError as error:
            known = ", ".join(graph.nodes)
            raise RunError(
                f"--freeze names {name!r}, which the design does not have.", f"It has {known}."
            ) from error
    return graph


def _run(folder: Path) -> TrainResult:
    from hybridgraph.train import train as work

    with follow() as tell:
        return work(folder, on_event=tell)


@contextmanager
def follow() -> Iterator[Callable[[Event], None]]:
    """What tells the events of a training on standard error: with a bar on a terminal, else in lines."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines()
        return
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), TextColumn("{task.fields[numbers]}"),
        console=console,
    ) as progress:  # fmt: skip
        yield _Bar(progress)


class _Lines:
    """Progress for a log: a line for each epoch and whatever else is worth saying."""

    def __init__(self, write: Callable[[str], None] = say) -> None:
        self._write = write
        self._epochs = 0

    def __call__(self, event: Event) -> None:
        """Say what the event tells."""
        if isinstance(event, RunStarted):
            self._epochs = event.epochs
            self._write(f"Training {event.params:,} parameters on {event.device} in {event.precision}.")
        elif isinstance(event, EpochFinished):
            self._write(
                f"epoch {event.epoch + 1}/{self._epochs}: loss {event.train_loss:.4f}, validation loss "
                f"{event.val_loss:.4f}, top-1 {100 * event.val_top1:.2f} %, {event.images_per_second:,.0f} pictures/s, "
                f"{event.eta_seconds:.0f} s left"
            )
        elif isinstance(event, Note | Warned):
            self._write(f"{event.message} {getattr(event, 'hint', '')}".strip())


class _Bar:
    """Progress for a terminal: one bar over all steps, with the lines of `_Lines` above it."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._lines = _Lines(lambda text: progress.console.print(text, highlight=False))
        self._task: TaskID | None = None

    def __call__(self, event: Event) -> None:
        """Move the bar."""
        self._lines(event)
        if isinstance(event, RunStarted):
            total = event.epochs * event.steps_per_epoch
            self._task = self._progress.add_task("training", total=total, completed=event.step, numbers="")
        elif isinstance(event, Step) and self._task is not None:
            numbers = f"loss {event.loss:.3f} · {event.images_per_second:,.0f} pictures/s"
            self._progress.update(self._task, completed=event.step, numbers=numbers)


def _finish(result: TrainResult, *, as_json: bool) -> None:
    top1 = None if result.top1 is None else round(100 * result.top1, 4)
    data: dict[str, Any] = {
        "status": result.status,
        "top1": top1,
        "loss": result.loss,
        "best_top1": None if result.best_top1 is None else round(100 * result.best_top1, 4),
        "epochs": result.epochs,
        "images_per_second": round(result.images_per_second, 1),
        "run": str(result.run),
    }
    if as_json:
        print_json(data)
    elif result.status == "stopped":
        typer.echo(f"Stopped after {result.epochs} epochs. Go on with: hybridgraph resume {result.run}")
    else:
        typer.echo(f"top-1 {top1} %, loss {result.loss:.4f} after {result.epochs} epochs. Run: {result.run}")
