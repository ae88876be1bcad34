"""Profiling a design, or the run that keeps its profile: one process, the log, and every error as an event."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hybridgraph.errors import RunError
from hybridgraph.events import Note, ProfileFinished, RunStarted
from hybridgraph.graph.model import Graph
from hybridgraph.jobs import Device, Passes, Precision, ProfileJob, SweepJob
from hybridgraph.profiler.cells import SweepResult
from hybridgraph.profiler.files import TRACE_FILE, save
from hybridgraph.profiler.result import ProfileResult
from hybridgraph.runs.store import MODEL_FILE, open_run
from hybridgraph.threads import share_cores
from hybridgraph.train.stopping import StopRequests
from hybridgraph.train.taking import OnEvent, take_up


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

    def work(graph: Graph, job: ProfileJob, emit: OnEvent, stop: StopRequests) -> ProfileResult | None:
        return _profile(graph, job, emit, stop.requested, open_run(run).path)

    return take_up(run, ProfileJob, work, on_event, doing="Profiling")


def sweep_run(run: Path | str, *, on_event: OnEvent | None = None) -> SweepResult | None:
    """Take or go on with the sweep that a run's job asks for; None when it was asked to stop. Otherwise as `profile_run`."""

    def work(graph: Graph, job: SweepJob, emit: OnEvent, stop: StopRequests) -> SweepResult | None:
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
        return take_sweep(graph, job, open_run(run).path, emit, stop.requested)

    return take_up(run, SweepJob, work, on_event, doing="Profiling")


def work_on(run: Path | str) -> ProfileResult | SweepResult | None:
    """Do what the run's job asks for, a profile or a sweep."""
    return sweep_run(run) if isinstance(open_run(run).job, SweepJob) else profile_run(run)


def _profile(
    graph: Graph, job: ProfileJob, emit: OnEvent, is_stopped: Callable[[], bool], folder: Path | None
) -> ProfileResult | None:
    """Measure and report; None when asked to stop. Torch comes in here, after the lock is held."""
    share_cores()
    from hybridgraph.profiler.device import device_name
    from hybridgraph.profiler.measurement import measure
    from hybridgraph.profiler.subject import prepare
    from hybridgraph.train.environment import environment

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
    emit(environment(subject.device))
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
