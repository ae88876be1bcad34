"""One process at work on one run: the lock, the log, the requests to stop, and every error as an event."""

import contextlib
import traceback
from collections.abc import Callable
from pathlib import Path

from hybridgraph.distributed.parts import is_started_again
from hybridgraph.distributed.place import Place, find_place, is_started
from hybridgraph.distributed.words import leave_word, parting, start_name
from hybridgraph.errors import DocumentError, HybridGraphError, RunError, TrainingError
from hybridgraph.events import Event, EventLog, Failed, Stopped
from hybridgraph.jobs import TrainJob
from hybridgraph.runs.awake import kept_awake
from hybridgraph.runs.lock import hold
from hybridgraph.runs.store import LOG_FILE, Run, open_run
from hybridgraph.sinks import Sinks
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
    place = find_place()
    if not place.is_first:
        return _assist(folder, place)
    processes = 1 if is_started() else _processes(folder)
    if processes > 1:
        from hybridgraph.distributed.starting import train_together

        return train_together(folder, processes, on_event or _keep_quiet)
    with (
        hold(folder.path),
        EventLog(folder.events_path) as log,
        StopRequests(folder.path) as stop,
        Sinks(folder) as sinks,
        kept_awake(),
    ):

        def tell(event: Event) -> None:
            sinks.take(event)
            if on_event is not None:
                on_event(event)

        emit = _logged(log, tell, stop, place)
        sinks.warn = emit
        try:
            sweep(folder.path)
            sweep(folder.checkpoints)
            return _train(folder.path, emit, stop, place)
        except StopAskedError:
            emit(Stopped())
            return _stopped(folder)
        except HybridGraphError as error:
            _end(folder.path, emit, error)
            if isinstance(error, DocumentError):
                raise RunError(error.message, error.hint) from error
            raise
        except Exception as error:
            _keep_traceback(folder.path)
            if not place.is_alone and _is_parting(error):
                lost = parting(folder.path, start_name(), place)
                _end(folder.path, emit, lost)
                raise lost from error
            sentence = TrainingError(
                f"Training ended unexpectedly with {type(error).__name__}: {_first_line(error)}.",
                f"Details are in {folder.path / LOG_FILE}.",
            )
            _report(emit, sentence)
            raise sentence from error


def _logged(log: EventLog, tell: OnEvent, stop: StopRequests, place: Place) -> OnEvent:
    """What writes events and tells them; a disk without room for them makes the training wait."""

    def emit(event: Event) -> None:
        try:
            log.append(event)
        except RunError as error:
            if not is_full(error):
                raise
            if place.is_alone:
                when_there_is_room(log.flush, lambda full: tell(paused(full)), stop.heard)
            else:  # the other processes wait with this one before the next step
                stop.waits = lambda: _is_stuck(log)
                tell(paused(error))
        tell(event)

    return emit


def _is_stuck(log: EventLog) -> bool:
    """Whether the disk still refuses what the log has to write."""
    try:
        log.flush()
    except RunError as error:
        if not is_full(error):
            raise
        return True
    return False


def _assist(folder: Run, place: Place) -> TrainResult:
    """Take part in a training that another process leads; what is said goes to this process's own output."""
    with StopRequests(folder.path, is_first=False) as stop:
        try:
            return _train(folder.path, _keep_quiet, stop, place)
        except StopAskedError:
            return _stopped(folder)
        except HybridGraphError as error:
            leave_word(folder.path, place, error)
            raise
        except Exception as error:
            traceback.print_exc()
            if stop.heard():  # it ended before the first steps, where each hears a stop by itself
                return _stopped(folder)
            sentence = TrainingError(
                f"Process {place.rank} ended with {type(error).__name__}: {_first_line(error)}."
            )
            if not _is_parting(error):
                leave_word(folder.path, place, sentence)
            raise sentence from error


def _processes(folder: Run) -> int:
    """How many processes the job asks for; one where it cannot be read, which is told when it is taken up."""
    try:
        job = folder.job
    except RunError:
        return 1
    return job.processes if isinstance(job, TrainJob) else 1


def _is_parting(error: Exception) -> bool:
    from hybridgraph.distributed.world import is_parting

    return is_parting(error)


def _keep_quiet(event: Event) -> None:
    """Of the processes of a training, the first one tells."""


def _stopped(folder: Run) -> TrainResult:
    return TrainResult(
        run=folder.path,
        status="stopped",
        top1=None,
        loss=None,
        best_top1=None,
        epochs=0,
        images_per_second=0.0,
    )


def _train(run: Path, emit: OnEvent, stop: StopRequests, place: Place) -> TrainResult:
    job = open_run(run).job
    if not isinstance(job, TrainJob):
        raise RunError(f"The run {run} is a {job.kind} run, so it cannot be trained.")
    share_cores()
    from hybridgraph.train.loop import fit  # torch: only after the lock is held and a stop is heard

    return fit(run, job, emit, stop, place)


def _end(run: Path, emit: OnEvent, error: HybridGraphError) -> None:
    """Tell of the error; where all are started again with more parts, whoever starts them tells that."""
    if not is_started_again(run):
        _report(emit, error)


def _report(emit: OnEvent, error: HybridGraphError) -> None:
    with contextlib.suppress(RunError):  # a full disk has no room for the event; the error itself is raised
        emit(Failed(message=error.message, hint=error.hint))


def _keep_traceback(run: Path) -> None:
    with contextlib.suppress(OSError), (run / LOG_FILE).open("a", encoding="utf-8") as log:
        log.write(traceback.format_exc())


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["no reason given"])[0].rstrip(".")
