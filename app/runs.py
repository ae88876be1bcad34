"""Starting runs and following their logs. A run belongs to a process of its own; the window only reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import Any, Literal, Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from hybridgraph.errors import HybridGraphError
from hybridgraph.events import (
    EpochFinished,
    Event,
    Failed,
    Finished,
    NodeTimed,
    Note,
    ProfileFinished,
    RunStarted,
    Step,
    Stopped,
    Warned,
    read_events,
)
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph
from hybridgraph.jobs import Job, ProfileJob, TrainJob
from hybridgraph.runs import Run, create_run, list_runs, start_process
from hybridgraph.runs.store import LOG_FILE

State = Literal["none", "starting", "running", "stopping", "stopped", "failed", "finished", "interrupted"]
POLL_MS = 200
_START_PATIENCE_TICKS = 10  # a started process that is gone this many looks later will not come any more


@dataclass(slots=True)
class Record:
    """What the log of one run said so far."""

    started: RunStarted | None = None
    steps: list[Step] = field(default_factory=list)
    epochs: list[EpochFinished] = field(default_factory=list)
    nodes: list[NodeTimed] = field(default_factory=list)
    profile: ProfileFinished | None = None
    end: Finished | Stopped | Failed | None = None
    messages: list[str] = field(default_factory=list)

    def feed(self, events: Iterable[Event]) -> None:
        """Take in more of the log; what a resumed run takes again is dropped."""
        for event in events:
            match event:
                case RunStarted():
                    self.started, self.end, self.profile = event, None, None
                    self.steps = [step for step in self.steps if step.step < event.step]
                    self.epochs = [epoch for epoch in self.epochs if epoch.epoch < event.epoch]
                    self.nodes = []
                case Step():
                    self.steps.append(event)
                case EpochFinished():
                    self.epochs.append(event)
                case NodeTimed():
                    self.nodes.append(event)
                case ProfileFinished():
                    self.profile = event
                case Finished() | Stopped() | Failed():
                    self.end = event
                case Note() | Warned():
                    self.messages.append(f"{event.message} {getattr(event, 'hint', '')}".strip())

    @property
    def fraction(self) -> float:
        """How far the run is, 0 to 1."""
        if isinstance(self.end, Finished) or self.profile is not None:
            return 1.0
        total = self.started.epochs * self.started.steps_per_epoch if self.started else 0
        return min((self.steps[-1].step + 1) / total, 1.0) if total and self.steps else 0.0

    def seconds_left(self, batch: int) -> float | None:
        """How long the remaining steps take at the present pace; None when that is not known yet."""
        if self.started is None or not self.steps or self.steps[-1].images_per_second <= 0:
            return None
        recent = self.steps[-50:]
        pace = sum(step.images_per_second for step in recent) / len(recent)
        left = self.started.epochs * self.started.steps_per_epoch - self.steps[-1].step - 1
        return max(left, 0) * batch / pace


class SourceProvider(Protocol):
    """Who can turn a graph into source: the engine client."""

    def request_source(
        self,
        graph: Graph,
        answer: Callable[[Mapping[str, Any]], None],
        refusal: Callable[[str], None],
        *,
        standalone: bool = False,
    ) -> None: ...


class RunDesk(QObject):
    """Makes run folders below `root` and starts their processes."""

    def __init__(self, provider: SourceProvider, root: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._provider = provider
        self.root = root

    def begin(
        self,
        graph: Graph,
        job: Job,
        *,
        begun: Callable[[Run], None],
        refused: Callable[[str], None],
    ) -> None:
        """Make a run of the graph and start it; `begun` or `refused` is called, later."""

        def answer(content: Mapping[str, Any]) -> None:
            try:
                text = files.dumps(graph)
                run = create_run(
                    self._folder(graph.name, job), graph_text=text, source=content["source"], job=job
                )
                start_process(run, job.kind)  # type: ignore[arg-type]
            except HybridGraphError as error:
                refused(str(error))
            else:
                begun(run)

        def refuse(sentence: str) -> None:
            refused(sentence or "The engine stopped before it could write the source. Try again.")

        self._provider.request_source(graph, answer, refuse)

    def resume(self, run: Run) -> None:
        """Start a process that goes on where the run stopped. Raises RunError."""
        start_process(run, "train")

    def runs(self, kind: str) -> list[Run]:
        """The runs of one kind, the youngest first; folders that cannot be read are left out."""
        found = []
        try:
            for run in list_runs(self.root):
                try:
                    if run.job.kind == kind:
                        found.append(run)
                except HybridGraphError:
                    continue  # a damaged folder must not hide the others; `hybridgraph runs` names it
        except HybridGraphError:
            return []
        return found

    def _folder(self, name: str, job: Job) -> Path:
        word = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "design"
        stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
        wish = self.root / f"{word}-{job.kind}-{stamp}"
        number = 2
        while wish.exists():
            wish = self.root / f"{word}-{job.kind}-{stamp}-{number}"
            number += 1
        return wish


class RunFollower(QObject):
    """Reads a run's log as it grows, and tells how the run stands."""

    advanced = Signal()
    state_changed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run: Run | None = None
        self.record = Record()
        self.state: State = "none"
        self.reason = ""
        self._offset = 0
        self._absent = 0
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self.look)

    def follow(self, run: Run, *, just_started: bool = False) -> None:
        """Read this run from its beginning; follow it while its process is at work."""
        self.run, self.record, self._offset, self._absent = run, Record(), 0, 0
        self.reason = ""
        self._expects_start = just_started
        self._set("starting" if just_started else "none")
        self._timer.start()
        self.look()

    def went_on(self) -> None:
        """The run was started again: expect its process."""
        self._expects_start, self._absent, self.record.end = True, 0, None
        self._set("starting")
        self._timer.start()

    def stop(self) -> None:
        """Ask the run to stop; the state says so at once."""
        if self.state in ("starting", "running"):
            self._set("stopping")
            self._ask_stop()

    def look(self) -> None:
        """Read what is new in the log."""
        run = self.run
        if run is None:
            return
        try:
            pid = run.pid  # before the log: what a process wrote last is read after it is known to be gone
            events, self._offset = read_events(run.events_path, self._offset)
        except HybridGraphError as error:
            self.reason = str(error)
            self._set("failed")
            self._timer.stop()
            return
        self.record.feed(events)
        if any(isinstance(event, RunStarted) for event in events):
            self._expects_start = False
        if events:
            self.advanced.emit()
        self._judge(pid)

    def _judge(self, pid: int | None) -> None:
        end = self.record.end
        if pid is not None:
            self._absent = 0
            if self.state == "stopping":
                self._ask_stop()  # again: a process that was only starting has not seen the first request
            elif self.record.started is not None and not self._expects_start:
                self._set("running")
            return
        if end is None and self.record.profile is None:
            self._absent += 1
            if self._expects_start and self._absent < _START_PATIENCE_TICKS * 10:
                return
            if self._absent < 2:
                return  # looked between two moments of one process; look again before calling it gone
        self._timer.stop()
        if isinstance(end, Failed):
            self.reason = f"{end.message} {end.hint}".strip()
            self._set("failed")
        elif isinstance(end, Stopped):
            self._set("stopped")
        elif isinstance(end, Finished) or self.record.profile is not None:
            self._set("finished")
        elif self.record.started is None and not self._expects_start:
            self._set("none")
        else:
            self.reason = self._last_words()
            self._set("interrupted")

    def _ask_stop(self) -> None:
        if self.run is not None and self.run.pid is not None:
            try:
                self.run.request_stop()
            except HybridGraphError as error:
                self.reason = str(error)

    def _last_words(self) -> str:
        """The last line the process printed, for a run that ended without an event."""
        try:
            text = (self.run.path / LOG_FILE).read_text(errors="replace") if self.run else ""
        except OSError:
            text = ""
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return lines[-1] if lines else ""

    def _set(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)


def command_line(job: Job, design: Path | str, run: Path | None = None) -> str:
    """The command that does in a terminal what the window just did: only what differs from the defaults."""
    plain: Job = TrainJob() if isinstance(job, TrainJob) else ProfileJob()
    words = ["hybridgraph", job.kind, quote(str(design))]
    names = ("data", "epochs", "batch", "device", "precision", "seed", "repeats")
    for name in names:
        value = getattr(job, name, None)
        if value is not None and (name == "data" or value != getattr(plain, name)):
            words += [f"--{name}", quote(str(value))]
    if run is not None and isinstance(job, TrainJob):
        words += ["--run", quote(str(run))]
    return " ".join(words)
