"""One process at work on one run: the lock, the log, the requests to stop, and every error as an event."""

import contextlib
import traceback
from collections.abc import Callable
from pathlib import Path

from hybridgraph.errors import DocumentError, HybridGraphError, RunError, TrainingError
from hybridgraph.events import Event, EventLog, Failed, Stopped
from hybridgraph.jobs import TrainJob
from hybridgraph.runs.lock import hold
from hybridgraph.runs.store import LOG_FILE, open_run
from hybridgraph.storage import sweep
from hybridgraph.threads import share_cores
from hybridgraph.train.result import TrainResult
from hybridgraph.train.room import is_full, paused, when_there_is_room
from hybridgraph.train.stopping import StopAskedError, StopRequests

OnEvent = Callable[[Event], None]


def train(run: Path, *, on_event: OnEvent | None = None) -> TrainResult:
    """Train the run in that folder from its start or from its last checkpoint, until done or asked to stop.

    Every event goes to the log of the run and to `on_event`. Raises RunError (the folder, the job, the disk),
    DataError (the pictures) or TrainingError (the design, the numbers, the memory); the log then ends with the
    same sentence.
    """
    folder = open_run(run)
    if folder.outcome == "finished":
        raise RunError(f"The run {folder.path} is finished.", "Start a new run to train longer or otherwise.")
    with hold(folder.path), EventLog(folder.events_path) as log, StopRequests(folder.path) as stop:

        def tell(event: Event) -> None:
            if on_event is not None:
                on_event(event)

        def emit(event: Event) -> None:
            try:
                log.append(event)
            except RunError as error:
                if not is_full(error):
                    raise
                when_there_is_room(log.flush, lambda full: tell(paused(full)), stop)
            tell(event)

        try:
            sweep(folder.path)
            sweep(folder.checkpoints)
            return _train(folder.path, emit, stop)
        except StopAskedError:
            emit(Stopped())
            return TrainResult(
                run=folder.path,
                status="stopped",
                top1=None,
                loss=None,
                best_top1=None,
                epochs=0,
                images_per_second=0.0,
            )
        except HybridGraphError as error:
            _report(emit, error)
            if isinstance(error, DocumentError):
                raise RunError(error.message, error.hint) from error
            raise
        except Exception as error:
            _keep_traceback(folder.path)
            sentence = TrainingError(
                f"Training ended unexpectedly with {type(error).__name__}: {_first_line(error)}.",
                f"Details are in {folder.path / LOG_FILE}.",
            )
            _report(emit, sentence)
            raise sentence from error


def _train(run: Path, emit: OnEvent, stop: StopRequests) -> TrainResult:
    job = open_run(run).job
    if not isinstance(job, TrainJob):
        raise RunError(f"The run {run} is a {job.kind} run, so it cannot be trained.")
    share_cores()
    from hybridgraph.train.loop import fit  # torch: only after the lock is held and a stop is heard

    return fit(run, job, emit, stop)


def _report(emit: OnEvent, error: HybridGraphError) -> None:
    with contextlib.suppress(RunError):  # a full disk has no room for the event; the error itself is raised
        emit(Failed(message=error.message, hint=error.hint))


def _keep_traceback(run: Path) -> None:
    with contextlib.suppress(OSError), (run / LOG_FILE).open("a", encoding="utf-8") as log:
        log.write(traceback.format_exc())


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["no reason given"])[0].rstrip(".")
