"""The commands that train: train and resume."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from hybridgraph import recipes
from hybridgraph.cli.making import change_job, make_run
from hybridgraph.cli.options import (
    AsJson,
    Batch,
    ChannelsIn,
    Classes,
    Data,
    DesignArgument,
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
from hybridgraph.events import EpochFinished, Event, Note, RunStarted, Step, Warned
from hybridgraph.runs.store import open_run
from hybridgraph.train.result import TrainResult


def train(
    design: DesignArgument,
    data: Data = "sample",
    run: Annotated[Path | None, typer.Option(help="The run folder to make; else one in the store of runs.")] = None,
    *,
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
    sink: Annotated[str, typer.Option(metavar="NAMES", help="Who is told of it beside the run's log: tensorboard, mlflow, "
                    "wandb, several with commas between, or none.")] = "tensorboard",
    settings: Settings = None,
    image_size: ImageSize = None,
    channels_in: ChannelsIn = None,
    classes: Classes = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Train a design on labelled pictures. A preset or pattern takes its classes and channels from the data."""
    options = {"epochs": epochs, "batch": batch, "device": device, "precision": precision, "seed": seed,
               "processes": processes, "strategy": strategy, "sinks": _sinks(sink)}  # fmt: skip
    made = make_run(
        design,
        data,
        run,
        recipe=recipe,
        options=options,
        settings=settings,
        weights=weights,
        freeze=freeze,
        recompute=recompute,
        image_size=image_size,
        channels_in=channels_in,
        classes=classes,
    )
    _finish(_run(made.path), as_json=as_json)


def _sinks(names: str) -> tuple[str, ...]:
    """The sinks that a text names; their names are checked with the job."""
    return () if names == "none" else tuple(filter(None, (name.strip() for name in names.split(","))))


def resume(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run that stopped.")],
    *,
    processes: Annotated[
        int | None, typer.Option(min=1, max=1024, help="From here on; else as many as before.")
    ] = None,
    sink: Annotated[
        str | None, typer.Option(metavar="NAMES", help="Who is told from here on; else those of before.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Go on exactly where a run stopped."""
    changes: dict[str, Any] = {} if processes is None else {"processes": processes}
    if sink is not None:
        changes["sinks"] = _sinks(sink)
    if changes:
        change_job(open_run(run), **changes)
    _finish(_run(run), as_json=as_json)


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
