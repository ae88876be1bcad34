"""Profiling a design, or the run that keeps its profile: one process, the log, and every error as an event."""

from __future__ import annotations

import contextlib
import os
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from hybridgraph.errors import HybridGraphError, RunError
from hybridgraph.events import Event, EventLog, Failed, Note, ProfileFinished, RunStarted, Stopped
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph
from hybridgraph.jobs import Device, Passes, Precision, ProfileJob, SweepJob
from hybridgraph.profiler.cells import SweepResult
from hybridgraph.profiler.files import TRACE_FILE, save
from hybridgraph.profiler.result import ProfileResult
from hybridgraph.runs.lock import hold
from hybridgraph.runs.store import GRAPH_FILE, LOG_FILE, MODEL_FILE, open_run
from hybridgraph.storage import sweep
from hybridgraph.threads import share_cores
from hybridgraph.train.stopping import StopRequests

OnEvent = Callable[[Event], None]
IsStopped = Callable[[], bool]
JobKind = TypeVar("JobKind", ProfileJob, SweepJob)
Result = TypeVar("Result", ProfileResult, SweepResult)


def profile(
    graph_or_run: Graph | Path | str,
    *,
    device: Device | None = None,
    batch: int | None = None,
    precision: Precision | None = None,
    repeats: int | None = None,
    passes: Passes | None = None,
    seconds: float | None = None,
    on_event: OnEvent | None = None,
) -> ProfileResult:
    """Time every node of a design on a device with fresh weights, in inference and in a step of training.

    Given the folder of a run, the profile is kept there and the run's job has the settings. `on_event` gets what
    a run writes into its log. Raises GraphError when the design cannot be compiled, RunError for a setting out of
    its limits or other than the run's, a device that is not there, memory that does not suffice, and when the run
    was asked to stop.
    """
    given: dict[str, Any] = {"device": device, "batch": batch, "precision": precision, "repeats": repeats}
    given |= {"passes": passes, "seconds": seconds}
    settings = {name: value for name, value in given.items() if value is not None}
    if isinstance(graph_or_run, Graph):
        job = ProfileJob(**settings)
        result = _profile(graph_or_run, job, on_event or (lambda _: None), lambda: False, None)
    else:
        kept = open_run(graph_or_run).job
        for name, value in settings.items() if isinstance(kept, ProfileJob) else ():
            if getattr(kept, name) != value:
                raise RunError(
                    f"The run {graph_or_run} asks for {name} {getattr(kept, name)}, not {value}.",
                    "Make a new run for other settings.",
                )
        result = profile_run(graph_or_run, on_event=on_event)
    if result is None:
        raise RunError("The profile was stopped before its end.", "Start it again.")
    return result


def profile_run(run: Path | str, *, on_event: OnEvent | None = None) -> ProfileResult | None:
    """Take the profile that a run's job asks for; None when it was asked to stop.

    Every event goes to the log of the run and to `on_event`. Raises RunError, DocumentError or GraphError; the log
    then ends with the same sentence.
    """

    def work(graph: Graph, job: ProfileJob, emit: OnEvent, is_stopped: IsStopped) -> ProfileResult | None:
        return _profile(graph, job, emit, is_stopped, open_run(run).path)

    return _take_up(run, ProfileJob, work, on_event)


def sweep_run(run: Path | str, *, on_event: OnEvent | None = None) -> SweepResult | None:
    """Take or go on with the sweep that a run's job asks for; None when it was asked to stop. Otherwise as `profile_run`."""

    def work(graph: Graph, job: SweepJob, emit: OnEvent, is_stopped: IsStopped) -> SweepResult | None:
        share_cores()
        from hybridgraph.profiler.device import choose_device
        from hybridgraph.profiler.sweep import take_sweep

        emit(
            RunStarted(
                kind=job.kind,
                device=choose_device(job.device).type,
                precision=", ".join(job.precisions),
                params=0,
                pid=os.getpid(),
                started_at=time.time(),
            )
        )
        return take_sweep(graph, job, open_run(run).path, emit, is_stopped)

    return _take_up(run, SweepJob, work, on_event)


def work_on(run: Path | str) -> ProfileResult | SweepResult | None:
    """Do what the run's job asks for, a profile or a sweep."""
    return sweep_run(run) if isinstance(open_run(run).job, SweepJob) else profile_run(run)


def _take_up(
    run: Path | str,
    kind: type[JobKind],
    work: Callable[[Graph, JobKind, OnEvent, IsStopped], Result | None],
    on_event: OnEvent | None,
) -> Result | None:
    """Hold the run, do the work of its job, and end its log with what came of it."""
    folder = open_run(run)
    with hold(folder.path), EventLog(folder.events_path) as log, StopRequests(folder.path) as stop:

        def emit(event: Event) -> None:
            log.append(event)
            if on_event is not None:
                on_event(event)

        try:
            sweep(folder.path)
            job = folder.job
            if not isinstance(job, kind):
                raise RunError(
                    f"The run {folder.path} is a {job.kind} run, so it cannot be taken as a {kind.kind}."
                )
            result = work(files.load(folder.path / GRAPH_FILE), job, emit, stop.requested)
        except HybridGraphError as error:
            _report(emit, error)
            raise
        except Exception as error:
            _keep_traceback(folder.path)
            first = (str(error).strip().splitlines() or ["no reason given"])[0].rstrip(".")
            sentence = RunError(
                f"Profiling ended unexpectedly with {type(error).__name__}: {first}.",
                f"Details are in {folder.path / LOG_FILE}.",
            )
            _report(emit, sentence)
            raise sentence from error
        if result is None:
            emit(Stopped())
        return result


def _profile(
    graph: Graph, job: ProfileJob, emit: OnEvent, is_stopped: Callable[[], bool], folder: Path | None
) -> ProfileResult | None:
    """Measure and report; None when asked to stop. Torch comes in here, after the lock is held."""
    share_cores()
    from hybridgraph.profiler.device import device_name
    from hybridgraph.profiler.measurement import measure
    from hybridgraph.profiler.subject import prepare

    subject = prepare(graph, job, folder and folder / MODEL_FILE)
    trace = folder / TRACE_FILE if folder is not None and job.trace else None
    emit(
        RunStarted(
            kind=job.kind,
            device=device_name(subject.device),
            precision=subject.precision,
            params=subject.params,
            pid=os.getpid(),
            started_at=time.time(),
        )
    )
    result = measure(subject, job, is_stopped, trace)
    if result is None:
        return None
    if folder is not None:
        save(folder, result)
    for sentence in result.notes:
        emit(Note(message=sentence))
    for node in result.nodes:
        emit(node.event())
    emit(
        ProfileFinished(
            total_us_median=result.total.median_us,
            batch=result.batch,
            images_per_second=result.images_per_second,
            peak_memory_bytes=result.peak_memory_bytes,
            repeats=result.repeats,
            step_us_median=result.training.times.median_us if result.training else 0.0,
            training_images_per_second=result.training_images_per_second,
            training_peak_memory_bytes=result.training_film.peak_bytes if result.training_film else 0,
        )
    )
    return result


def _report(emit: OnEvent, error: HybridGraphError) -> None:
    with contextlib.suppress(RunError):  # a full disk has no room for the event; the error itself is raised
        emit(Failed(message=error.message, hint=error.hint))


def _keep_traceback(run: Path) -> None:
    with contextlib.suppress(OSError), (run / LOG_FILE).open("a", encoding="utf-8") as log:
        log.write(traceback.format_exc())
