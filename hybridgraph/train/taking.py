"""Taking up a run that is no training: the lock, the log, the requests to stop, and every error as an event."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from hybridgraph.errors import HybridGraphError, RunError
from hybridgraph.events import Event, EventLog, Failed, Stopped
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph
from hybridgraph.jobs import PreflightJob, ProfileJob, SweepJob
from hybridgraph.runs.lock import hold
from hybridgraph.runs.store import GRAPH_FILE, LOG_FILE, open_run
from hybridgraph.storage import sweep
from hybridgraph.train.stopping import StopAskedError, StopRequests

OnEvent = Callable[[Event], None]
JobKind = TypeVar("JobKind", ProfileJob, SweepJob, PreflightJob)
Result = TypeVar("Result")


def take_up(
    run: Path | str,
    kind: type[JobKind],
    work: Callable[[Graph, JobKind, OnEvent, StopRequests], Result | None],
    on_event: OnEvent | None,
    *,
    doing: str,
) -> Result | None:
    """Hold the run, do the work of its job, and end its log with what came of it; None when it was asked to stop.

    Every event goes to the log of the run and to `on_event`. Raises what the work raises of our errors, and RunError
    for a job of another kind and for every other exception, whose traceback is kept; the log then ends with the same
    sentence, in which the work is called what it is `doing`.
    """
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
            result = work(files.load(folder.path / GRAPH_FILE), job, emit, stop)
        except StopAskedError:
            result = None
        except HybridGraphError as error:
            _report(emit, error)
            raise
        except Exception as error:
            _keep_traceback(folder.path)
            first = (str(error).strip().splitlines() or ["no reason given"])[0].rstrip(".")
            sentence = RunError(
                f"{doing} ended unexpectedly with {type(error).__name__}: {first}.",
                f"Details are in {folder.path / LOG_FILE}.",
            )
            _report(emit, sentence)
            raise sentence from error
        if result is None:
            emit(Stopped())
        return result


def _report(emit: OnEvent, error: HybridGraphError) -> None:
    with contextlib.suppress(RunError):  # a full disk has no room for the event; the error itself is raised
        emit(Failed(message=error.message, hint=error.hint))


def _keep_traceback(run: Path) -> None:
    with contextlib.suppress(OSError), (run / LOG_FILE).open("a", encoding="utf-8") as log:
        log.write(traceback.format_exc())
