"""The run of a pre-flight: its folder, its log, its result written anew after each check."""

from __future__ import annotations

from pathlib import Path

from hybridgraph.events import CheckFinished, Event, PreflightFinished
from hybridgraph.graph.model import Graph
from hybridgraph.jobs import PreflightJob
from hybridgraph.preflight.files import save
from hybridgraph.preflight.values import Check, PreflightResult
from hybridgraph.runs.store import open_run
from hybridgraph.threads import share_cores
from hybridgraph.train.stopping import StopRequests
from hybridgraph.train.taking import OnEvent, take_up


def preflight_run(run: Path | str, *, on_event: OnEvent | None = None) -> PreflightResult | None:
    """Take the pre-flight that a run's job asks for; None when it was asked to stop.

    Every event goes to the log of the run and to `on_event`. A training that cannot work is a result, not an error.
    Raises RunError, DocumentError or GraphError where nothing can be looked at; the log then ends with that sentence.
    """
    folder = open_run(run).path

    def work(graph: Graph, job: PreflightJob, emit: OnEvent, stop: StopRequests) -> PreflightResult | None:
        share_cores()
        from hybridgraph.preflight.inspection import inspect  # torch: only after the lock is held

        stop.raise_if_heard()  # loading it takes its time on a busy machine

        def tell(result: PreflightResult, check: Check | None) -> None:
            save(folder, result)
            emit(_finished(check) if check is not None else _ended(result))

        return inspect(graph, job, folder, emit, tell, stop)

    return take_up(run, PreflightJob, work, on_event, doing="The pre-flight")


def _finished(check: Check) -> Event:
    return CheckFinished(
        name=check.name,
        status=check.status,
        message=check.message,
        hint=check.hint,
        paths=tuple("/".join(path) for path in check.paths),
    )


def _ended(result: PreflightResult) -> Event:
    return PreflightFinished(is_able=result.is_able, verdict=result.verdict, seconds=result.seconds)
