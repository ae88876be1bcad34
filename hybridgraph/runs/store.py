"""Runs as folders: making, starting, watching, stopping, listing and deleting them.

RUN/
├── graph.hybrid.json   the design
├── job.json            what to do with it
├── model.py            the design as source; its `build_model()` is what runs
├── events.jsonl        what happened so far
├── checkpoints/        weights and the state to go on from
├── labels.json         tags and a note, if a person gave any
├── tensorboard/        the same curves for TensorBoard
├── log.txt             what the process printed
├── lock                held by the process at work
└── stop                asks it to stop
"""

import contextlib
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import platformdirs

from hybridgraph.errors import DocumentError, RunError
from hybridgraph.events import (
    Event,
    Failed,
    Finished,
    PreflightFinished,
    ProfileFinished,
    RunStarted,
    Stopped,
    SweepFinished,
    read_events,
)
from hybridgraph.jobs import JOB_FILE, Job, load_job, save_job, with_absolute_data
from hybridgraph.runs.deletion import delete_run
from hybridgraph.runs.lock import holder
from hybridgraph.runs.processes import start_detached
from hybridgraph.storage import write_atomic

GRAPH_FILE = "graph.hybrid.json"
MODEL_FILE = "model.py"
EVENTS_FILE = "events.jsonl"
LOG_FILE = "log.txt"
STOP_FILE = "stop"
CHECKPOINTS = "checkpoints"
START = "start.safetensors"
"""Beside the checkpoints: the weights that a training begins with, where they are not fresh."""

Status = Literal["new", "running", "stopped", "failed", "finished", "interrupted"]
"""`new` has never been started; `interrupted` was killed: both can be started or resumed."""
Kind = Literal["train", "profile", "sweep", "preflight"]

_MODULES: Mapping[Kind, str] = {
    "train": "hybridgraph.train",
    "profile": "hybridgraph.profiler",
    "sweep": "hybridgraph.profiler",
    "preflight": "hybridgraph.preflight",
}
_KIND = re.compile(rb'"kind":\s*"([a-z]+)"')
_HEAD_BYTES = 512
_TAIL_BYTES = 1 << 16
_NICENESS = 5  # of a training on all cores: the window beside it goes first
"""The last event that says how a run stands lies within this distance of the log's end, or at its start."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run folder; everything about it is read from the disk when it is asked for."""

    path: Path

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.path.name

    @property
    def events_path(self) -> Path:
        """The log, for `read_events`."""
        return self.path / EVENTS_FILE

    @property
    def checkpoints(self) -> Path:
        """The folder of the checkpoints."""
        return self.path / CHECKPOINTS

    def keep_start(self, data: bytes) -> None:
        """Keep the safetensors file of the weights that a training begins with. Raises RunError."""
        try:
            write_atomic(self.checkpoints / START, data)
        except DocumentError as error:
            raise RunError(f"The first weights cannot be kept. {error.message}", error.hint) from error

    @property
    def job(self) -> Job:
        """What the run was asked to do. Raises RunError when the file is damaged."""
        return load_job(self.path / JOB_FILE)

    @property
    def kind(self) -> str:
        """The kind of its job by the first letters of the file, quick for thousands; "" where these do not say."""
        try:
            with (self.path / JOB_FILE).open("rb") as file:
                found = _KIND.search(file.read(_HEAD_BYTES))
        except OSError:
            return ""
        return found[1].decode() if found else ""

    @property
    def pid(self) -> int | None:
        """The process at work on the run, or None."""
        return holder(self.path)

    @property
    def status(self) -> Status:
        """How the run stands, by the lock and the log. Raises RunError when the log cannot be read."""
        return "running" if self.pid is not None else self.outcome

    @property
    def outcome(self) -> Status:
        """How the last process left the run, by the log alone. Raises RunError when it cannot be read."""
        last = self._last_milestone()
        if isinstance(last, Finished | ProfileFinished | SweepFinished | PreflightFinished):
            return "finished"
        if isinstance(last, Stopped):
            return "stopped"
        if isinstance(last, Failed):
            return "failed"
        return "interrupted" if last is not None else "new"

    @property
    def is_resumable(self) -> bool:
        """Whether the folder holds all that a process needs and none is at work."""
        files = (GRAPH_FILE, JOB_FILE, MODEL_FILE)
        return all((self.path / name).is_file() for name in files) and self.pid is None

    def events(self) -> list[Event]:
        """The whole log."""
        return read_events(self.events_path)[0]

    def request_stop(self) -> None:
        """Ask the process to stop at its next step. Raises RunError when none is at work."""
        if self.pid is None:
            raise RunError(f"The run {self.path} is not running, so there is nothing to stop.")
        try:
            (self.path / STOP_FILE).touch()
        except OSError as error:
            raise RunError(f"Cannot ask {self.path} to stop: {error.strerror or error}.") from error

    def delete(self) -> int:
        """Remove the folder with all it holds; answers the bytes freed. Raises RunError while a process is at work on it."""
        return delete_run(self.path)

    def _last_milestone(self) -> Event | None:
        path, milestones = (
            self.events_path,
            (RunStarted, Finished, ProfileFinished, SweepFinished, PreflightFinished, Stopped, Failed),
        )
        size = path.stat().st_size if path.exists() else 0
        for offset in {max(0, size - _TAIL_BYTES), 0}:
            events = read_events(path, offset)[0]  # a first line cut by the offset is no event
            found = [event for event in events if isinstance(event, milestones)]
            if found:
                return found[-1]
        return None


def create_run(directory: Path | str, *, graph_text: str, source: str, job: Job) -> Run:
    """Make a run folder; data paths of the job are made absolute.

    A folder that already holds this very run, with no process at work, is taken up as it is. Raises RunError
    for any other folder that is not empty, and for one that cannot be written.
    """
    path = Path(directory).expanduser().absolute()
    job = with_absolute_data(job)
    try:
        if path.exists() and any(path.iterdir()):
            run = Run(path)
            if run.is_resumable and _matches(run, graph_text, source, job):
                return run
            what = "holds another run" if (path / JOB_FILE).exists() else "is not empty"
            raise RunError(f"The folder {path} {what}.", "Choose a new folder, or resume that run.")
        (path / CHECKPOINTS).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        hint = "Choose another folder."
        raise RunError(f"The run folder {path} cannot be made: {reason}.", hint) from error
    try:
        write_atomic(path / GRAPH_FILE, graph_text)
        write_atomic(path / MODEL_FILE, source)
        save_job(path / JOB_FILE, job)
    except DocumentError as error:
        shutil.rmtree(path, ignore_errors=True)  # it was empty; half a run would be in the way
        raise RunError(f"The run folder {path} cannot be made. {error.message}", error.hint) from error
    return Run(path)


def open_run(directory: Path | str) -> Run:
    """The run in that folder. Raises RunError when there is none."""
    path = Path(directory).expanduser().absolute()
    if not path.is_dir():
        raise RunError(f"There is no run folder {path}.")
    if not (path / JOB_FILE).is_file():
        raise RunError(f"The folder {path} is no run: it has no {JOB_FILE}.")
    return Run(path)


def list_runs(root: Path) -> list[Run]:
    """The runs directly below `root`, the youngest first. A missing root has none."""
    try:
        found = [entry for entry in root.iterdir() if not entry.name.startswith(".")]
        folders = [entry for entry in found if (entry / JOB_FILE).is_file()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError(f"Cannot list the runs in {root}: {error.strerror or error}.") from error
    return [Run(folder) for folder in sorted(folders, key=_made_at, reverse=True)]


def youngest_runs(root: Path, kind: Kind | str, most: int) -> list[Run]:
    """The youngest runs of one kind, the youngest first; those that cannot be read, or a root that cannot, are left out."""
    found: list[Run] = []
    with contextlib.suppress(RunError):
        for run in list_runs(root):
            if run.kind == kind:
                with contextlib.suppress(RunError):  # a damaged one must not hide the others
                    load_job(run.path / JOB_FILE)
                    found.append(run)
            if len(found) == most:
                break
    return found


def default_root() -> Path:
    """Where runs are kept unless a folder is named."""
    return platformdirs.user_data_path("HybridGraph", appauthor=False) / "runs"


def start_process(run: Run, kind: Kind) -> int:
    """Start a process for the run that outlives this one; answers its id.

    A training, and the pre-flight that times its steps, run at a lower priority than this process. What it prints goes to `log.txt`. Raises RunError when a process is at work or none can be started.
    """
    if run.pid is not None:
        raise RunError(f"The run {run.path} is already running in process {run.pid}.")
    if run.outcome == "finished":
        raise RunError(f"The run {run.path} is finished.", "Start a new run.")
    try:
        return start_detached(
            _MODULES[kind],
            run.path,
            run.path / LOG_FILE,
            niceness=_NICENESS if kind in ("train", "preflight") else 0,
        )
    except OSError as error:
        raise RunError(f"Cannot start a process for {run.path}: {error.strerror or error}.") from error


def _matches(run: Run, graph_text: str, source: str, job: Job) -> bool:
    """Whether the folder already is the run that was asked for."""
    try:
        texts = [(run.path / name).read_text(encoding="utf-8") for name in (GRAPH_FILE, MODEL_FILE)]
    except (OSError, UnicodeDecodeError):
        return False
    return texts == [graph_text, source] and run.job == job


def _made_at(folder: Path) -> float:
    try:
        return (folder / JOB_FILE).stat().st_mtime
    except OSError:  # deleted while the list was made
        return 0.0
