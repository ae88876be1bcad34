"""The command that looks at a training before it begins."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from hybridgraph import jobs, recipes
from hybridgraph.cli.making import make_run
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
    Weights,
    print_json,
    say,
)
from hybridgraph.errors import RunError
from hybridgraph.events import CheckFinished, Event, Note, RunStarted, Warned
from hybridgraph.preflight import TITLES, PreflightResult, content, preflight_run

_MARKS = {"passed": "✓", "warned": "!", "failed": "✗"}


def preflight(
    design: DesignArgument,
    data: Data = "sample",
    run: Annotated[Path | None, typer.Option(help="Keep the result in this new run folder.")] = None,
    *,
    epochs: Epochs = 3,
    batch: Batch = 128,
    recipe: RecipeName = recipes.DEFAULT,
    device: Device = "auto",
    precision: Precision = "auto",
    seed: Seed = 0,
    processes: Processes = 1,
    weights: Weights = None,
    freeze: Freeze = "",
    recompute: Recompute = "",
    seconds: Annotated[float, typer.Option(min=0.1, help="Time for the steps that are taken and timed.")] = 20.0,
    settings: Settings = None,
    image_size: ImageSize = None,
    channels_in: ChannelsIn = None,
    classes: Classes = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Look at a training before it begins: shapes, memory, gradients, one batch learnt, input speed, time."""
    options = {"epochs": epochs, "batch": batch, "device": device, "precision": precision, "seed": seed,
               "processes": processes}  # fmt: skip
    with _folder(run) as folder:
        made = make_run(
            design, data, folder, recipe=recipe, options=options, settings=settings, weights=weights, freeze=freeze,
            recompute=recompute, image_size=image_size, channels_in=channels_in, classes=classes,
            seen_as=partial(_looked_at, seconds),
        )  # fmt: skip
        result = preflight_run(made.path, on_event=_quiet if as_json else _tell)
    if result is None:
        raise RunError("The pre-flight was stopped before its end.", "Start it again.")
    if as_json:
        print_json(content(result))
    else:
        _print(result)
    if not result.is_able:
        raise typer.Exit(1)


@contextlib.contextmanager
def _folder(run: Path | None) -> Iterator[Path]:
    """The folder of the run; one that is gone afterwards where none was named."""
    with contextlib.ExitStack() as stack:
        yield run or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hybridgraph-"))) / "run"


def _tell(event: Event) -> None:
    if isinstance(event, CheckFinished):
        title = next(title for name, title in TITLES.items() if name == event.name)
        hint = f"\n  {event.hint}" if event.hint else ""
        typer.echo(f"{_MARKS[event.status]} {title}: {event.message}{hint}")
    elif isinstance(event, RunStarted):
        say(f"Looking at {event.params:,} parameters on {event.device} in {event.precision}.")
    elif isinstance(event, Note | Warned):
        _quiet(event)


def _quiet(event: Event) -> None:
    """Notes and warnings alone."""
    if isinstance(event, Note | Warned):
        say(f"{event.message} {getattr(event, 'hint', '')}".strip())


def _looked_at(seconds: float, training: jobs.TrainJob) -> jobs.Job:
    return jobs.PreflightJob(training=training, seconds=seconds)


def _print(result: PreflightResult) -> None:
    for node in result.nodes:
        if node.why:
            typer.echo(f"  {node.title}: {node.why}")
    typer.echo(f"{result.verdict} ({result.seconds:.0f} s)")
