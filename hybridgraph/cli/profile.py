"""The command that measures a design on this machine: one setting in depth, or a sweep over many."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from hybridgraph import jobs
from hybridgraph.cli.options import (
    AsJson,
    ChannelsIn,
    Classes,
    DesignArgument,
    Device,
    open_design,
    print_json,
    say,
)
from hybridgraph.errors import RunError
from hybridgraph.events import CellMeasured, Event, Note, Warned
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph

if TYPE_CHECKING:
    from hybridgraph.profiler import SweepResult

_HINT = "Write one, or add --sweep to measure several."
Compiled = Literal["off", "on", "both"]


def profile(
    design: DesignArgument,
    *,
    device: Device = "auto",
    batch: Annotated[
        str, typer.Option(help="Pictures in one pass; several, such as 1,8,32, with --sweep.")
    ] = "8",
    precision: Annotated[
        str, typer.Option(help="Number format, auto tries the device; fp32,bf16 with --sweep.")
    ] = "auto",
    repeats: Annotated[
        int | None,
        typer.Option(min=1, help="Measurements; the median is reported. 20, in each cell of a sweep 10."),
    ] = None,
    passes: Annotated[
        jobs.Passes, typer.Option(help="Inference alone, or steps of training as well.")
    ] = "training",
    seconds: Annotated[
        float | None,
        typer.Option(
            min=0.1, help="Time for measuring, then fewer repeats must do; 60, each cell of a sweep 10."
        ),
    ] = None,
    trace: Annotated[
        Path | None, typer.Option(help="Write a trace for chrome://tracing or Perfetto to this file.")
    ] = None,
    sweep: Annotated[
        bool, typer.Option("--sweep", help="Measure every combination, each in a process of its own.")
    ] = False,
    compile: Annotated[Compiled, typer.Option(help="With --sweep: torch.compile, without, or both.")] = "off",  # noqa: A002
    memory_limit: Annotated[
        int | None,
        typer.Option(
            min=1, help="With --sweep: MB that a cell may take beside torch; finds the largest batch."
        ),
    ] = None,
    compile_limit: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            help="With --compile: seconds after which compiling a cell is given up; 600.",
        ),
    ] = None,
    run: Annotated[Path | None, typer.Option(help="Keep the measurements in this new run folder.")] = None,
    image_size: Annotated[
        str | None, typer.Option(help="Side of the square picture in pixels; several with --sweep.")
    ] = None,
    channels_in: ChannelsIn = None,
    classes: Classes = None,
    as_json: AsJson = False,
) -> None:
    """Measure a design on this device: time of each node in inference and training, memory, and what bounds it."""
    sizes = _numbers("image-size", image_size or "")
    graph = open_design(
        design, image_size=sizes[0] if sizes else None, channels_in=channels_in, classes=classes
    )
    if not sweep and (compile != "off" or memory_limit is not None):
        raise typer.BadParameter("--compile and --memory-limit are for a sweep. Add --sweep.")
    if compile == "off" and compile_limit is not None:
        raise typer.BadParameter("--compile-limit is for cells that are compiled. Add --compile on or both.")
    if sweep and trace is not None:
        raise typer.BadParameter("A sweep writes no trace. Leave --sweep or --trace out.")
    limits: dict[str, Any] = {"repeats": repeats, "seconds": seconds}
    limits = {name: value for name, value in limits.items() if value is not None}
    if sweep:
        job = jobs.SweepJob(
            device=device,
            batches=_numbers("batch", batch),
            image_sizes=sizes,
            precisions=tuple(_words(precision.replace("auto", "fp32"))),  # type: ignore[arg-type]
            compiles=("off", "on") if compile == "both" else (compile,),
            passes=passes,
            memory_limit=memory_limit or 0,
            compile_limit=compile_limit or jobs.COMPILE_SECONDS,
            **limits,
        )
        _sweep(graph, job, run, as_json=as_json)
        return
    single = jobs.ProfileJob(
        device=device,
        batch=_one("batch", _numbers("batch", batch)),
        precision=_one("precision", _words(precision)),
        passes=passes,
        trace=trace is not None,
        **limits,
    )
    if len(sizes) > 1:
        _one("image-size", sizes)
    _measure(graph, single, run, trace, as_json=as_json)


def _measure(
    graph: Graph, job: jobs.ProfileJob, run: Path | None, trace: Path | None, *, as_json: bool
) -> None:
    from hybridgraph.cli.profiletext import print_profile
    from hybridgraph.profiler import profile_run
    from hybridgraph.profiler.files import TRACE_FILE, content

    with _folder(graph, job, run) as folder:
        result = profile_run(folder, on_event=_tell)
        if result is None:
            raise RunError("The profile was stopped before its end.", "Start it again.")
        if trace is not None:
            _copy(folder / TRACE_FILE, trace)
    if as_json:
        whole = {
            "repeats": result.repeats,
            "total_us": result.total.median_us,
            "images_per_second": result.images_per_second,
            "training_images_per_second": result.training_images_per_second,
            "peak_memory_bytes": result.peak_memory_bytes,
            "training_peak_memory_bytes": result.training_film.peak_bytes if result.training_film else 0,
        }
        print_json({**content(result), **whole})
    else:
        print_profile(result)


def _sweep(graph: Graph, job: jobs.SweepJob, run: Path | None, *, as_json: bool) -> None:
    from hybridgraph.cli.profiletext import print_sweep
    from hybridgraph.profiler import sweep_run

    with _folder(graph, job, run) as folder:
        result = sweep_run(folder, on_event=_tell)
        if result is None:
            kept = (
                "Start it again to go on." if run is not None else "Name a folder with --run to go on later."
            )
            raise RunError("The sweep was stopped before its end.", kept)
    if as_json:
        print_json(_described(result))
    else:
        print_sweep(result)


def _described(result: SweepResult) -> dict[str, Any]:
    from dataclasses import asdict

    from hybridgraph.profiler.files import content

    return {**content(result), "cliffs": [{**asdict(one), "is_exact": one.is_exact} for one in result.cliffs]}


@contextlib.contextmanager
def _folder(graph: Graph, job: jobs.ProfileJob | jobs.SweepJob, run: Path | None) -> Iterator[Path]:
    """The folder of a run; one that is gone afterwards where none was named."""
    from hybridgraph import compiler
    from hybridgraph.runs.store import create_run

    text, source = files.dumps(graph), compiler.source(graph).text
    with contextlib.ExitStack() as stack:
        folder = run or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hybridgraph-"))) / "run"
        yield create_run(folder, graph_text=text, source=source, job=job).path


def _copy(source: Path, target: Path) -> None:
    try:
        shutil.copyfile(source, target)
    except OSError as error:
        raise RunError(
            f"The trace cannot be written to {target}: {error.strerror or error}.", "Choose another file."
        ) from error


def _tell(event: Event) -> None:
    if isinstance(event, CellMeasured):
        compiled = ", compiled" if event.compiled else ""
        where = f"{event.image_size} px, batch {event.batch}, {event.precision}{compiled}"
        say(f"{where}: {event.status}{f'. {event.message}' if event.message else ''}")
    elif isinstance(event, Note | Warned):
        say(event.message)


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _numbers(name: str, text: str) -> tuple[int, ...]:
    words = _words(text)
    if wrong := next((word for word in words if not word.isdecimal() or not 0 < int(word) < 10**7), None):
        raise typer.BadParameter(
            f"--{name} is {wrong!r} where whole numbers above 0 are needed, such as 1,8,32."
        )
    return tuple(int(word) for word in words)


def _one(name: str, values: tuple[Any, ...]) -> Any:
    if len(values) != 1:
        raise typer.BadParameter(f"--{name} names {len(values)} values, but a profile has one. {_HINT}")
    return values[0]
