"""Starting the processes of a training on this machine with torchrun, and watching them to their end."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from hybridgraph.distributed import words
from hybridgraph.distributed.parts import asked
from hybridgraph.errors import RunError, TrainingError
from hybridgraph.events import (
    EpochFinished,
    Event,
    EventLog,
    Failed,
    Finished,
    Step,
    Stopped,
    Warned,
    read_events,
)
from hybridgraph.runs.history import without_repeats
from hybridgraph.runs.lock import hold
from hybridgraph.runs.store import LOG_FILE, STOP_FILE, Run
from hybridgraph.train.result import TrainResult

Told = TypeVar("Told", Failed, Stopped, Warned)

_SOURCE_ROOT = Path(__file__).parents[2]
_LOOK_S = 0.1
_NOT_KEPT = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


def torchrun(run: Path, processes: int) -> list[str]:
    """The command that starts so many processes for the run on this machine."""
    return [
        sys.executable, "-P", "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}",
        f"--log-dir={run / words.PROCESSES}", "--redirects=3",
        "-m", "hybridgraph.train", str(run),
    ]  # fmt: skip


def train_together(run: Run, processes: int, on_event: Callable[[Event], None]) -> TrainResult:
    """Train the run with so many processes; answers when the last of them has ended.

    A signal to stop is passed on to them. Where one of them has no room, all are started again and take each batch in more
    parts. Raises RunError when a process is at work on the run already or none can be
    started, TrainingError with what a failed process said; the log of the run then ends with the same sentence.
    """
    if run.pid is not None:
        raise RunError(f"The run {run.path} is already running in process {run.pid}.")
    if sys.platform == "win32":
        raise RunError("Several processes need torchrun, which does not start them on Windows.", "Use one.")
    while True:
        name = uuid.uuid4().hex
        end = _start(run, processes, name, on_event)
        if isinstance(end, Finished | Stopped):
            return _result(run, end)
        wish = asked(run.path)
        if wish.start != name:
            break
        _tell(run, Warned(message=wish.message, hint="All processes start again for that."), on_event)
        if (run.path / STOP_FILE).exists():  # the next start would take it for one of before
            return _result(run, _tell(run, Stopped(), on_event))
    if not isinstance(end, Failed):
        error = words.parting(run.path, name)
        end = _tell(run, Failed(message=error.message, hint=error.hint), on_event)
    raise TrainingError(end.message, end.hint)


def _start(run: Run, processes: int, name: str, on_event: Callable[[Event], None]) -> Event | None:
    """Start the processes once and follow them; answers the event that says how they ended, if one does."""
    offset = run.events_path.stat().st_size if run.events_path.exists() else 0
    shutil.rmtree(run.path / words.PROCESSES, ignore_errors=True)
    try:
        with (run.path / LOG_FILE).open("ab") as log:
            process = subprocess.Popen(
                torchrun(run.path, processes), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=_environment(processes, name), start_new_session=True,
            )  # fmt: skip
    except OSError as error:
        raise RunError(f"Cannot start processes for {run.path}: {error.strerror or error}.") from error
    return _watch(run, process, offset, on_event)


def _environment(processes: int, name: str) -> dict[str, str]:
    paths = (str(_SOURCE_ROOT), os.environ.get("PYTHONPATH", ""))
    threads = max(1, (os.cpu_count() or 1) // processes)
    kept = {name: value for name, value in os.environ.items() if name not in _NOT_KEPT}
    # -P is not handed on to the processes; the variable is
    own = {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "PYTHONSAFEPATH": "1", words.START: name}
    return {"OMP_NUM_THREADS": str(threads), **kept, **own}


def _watch(
    run: Run, process: subprocess.Popen[bytes], offset: int, on_event: Callable[[Event], None]
) -> Event | None:
    """Tell the events of the processes until they have ended; answers the one that says how."""
    end: Event | None = None

    def tell() -> None:
        nonlocal offset, end
        events, offset = read_events(run.events_path, offset)
        for event in events:
            end = event if isinstance(event, Finished | Stopped | Failed) else end
            on_event(event)

    with _signals() as asked:
        while process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK_S)
            tell()
            if asked.is_set() and run.pid is not None:  # before that, a request would be swept away
                (run.path / STOP_FILE).touch()
    tell()
    return end


@contextlib.contextmanager
def _signals() -> Iterator[threading.Event]:
    """What is set when somebody asks this process to end."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    before = {
        number: signal.signal(number, lambda *_: asked.set()) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(run: Run, event: Told, on_event: Callable[[Event], None]) -> Told:
    """Write into the log of a run what its processes could not."""
    with contextlib.suppress(RunError), hold(run.path), EventLog(run.events_path) as log:
        log.append(event)
    on_event(event)
    return event


def _result(run: Run, end: Finished | Stopped) -> TrainResult:
    story = without_repeats(run.events())
    epochs = [event for event in story if isinstance(event, EpochFinished)]
    steps = [event for event in story if isinstance(event, Step)]
    last = epochs[-1] if epochs else None
    return TrainResult(
        run=run.path,
        status="finished" if isinstance(end, Finished) else "stopped",
        top1=last.val_top1 if last else None,
        loss=last.val_loss if last else None,
        best_top1=max(epoch.val_top1 for epoch in epochs) if epochs else None,
        epochs=len(epochs),
        images_per_second=end.images_per_second
        if isinstance(end, Finished)
        else steps[-1].images_per_second
        if steps
        else 0.0,
    )
