"""Starting runs and following their logs. A run belongs to a process of its own; the window only reads."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from app.language import tr
from app.record import Record
from hybridgraph.custom.uses import stamped
from hybridgraph.errors import HybridGraphError
from hybridgraph.events import (
    Failed,
    Finished,
    PreflightFinished,
    RunStarted,
    Stopped,
    SweepFinished,
    read_events,
)
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph
from hybridgraph.jobs import Job, PreflightJob, SinkName, TrainJob
from hybridgraph.runs import Run, create_run, start_process
from hybridgraph.runs.processes import is_alive
from hybridgraph.runs.store import LOG_FILE, START, youngest_runs

State = Literal["none", "starting", "running", "stopping", "stopped", "failed", "finished", "interrupted"]
POLL_MS = 200
MOST = 200
"""Runs of a kind that are offered at once; there may be ten thousand."""
CHUNK_BYTES = 1 << 18
"""So much of a log is read at a time: parsing it takes less than one frame's pause can show."""
_DRAW_CHUNKS = 16


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

    def request(
        self,
        method: str,
        answer: Callable[[Mapping[str, Any]], None],
        refusal: Callable[[str], None],
        **content: Any,
    ) -> None: ...


class RunDesk(QObject):
    """Makes run folders below `root` and starts their processes."""

    told = Signal(str)  # what is worth knowing about a run that is made

    def __init__(self, provider: SourceProvider, root: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.provider = provider
        self.root = root
        self.sinks: tuple[SinkName, ...] = TrainJob().sinks
        """Who is told of the trainings that are made."""

    def begin(
        self,
        graph: Graph,
        job: Job,
        *,
        begun: Callable[[Run, int], None],
        refused: Callable[[str], None],
        weights: Path | None = None,
    ) -> None:
        """Make a run of the graph and start it; later `begun` is called with the process, or `refused`."""

        def made(run: Run) -> None:
            try:
                pid = start_process(run, job.kind)  # type: ignore[arg-type]
            except HybridGraphError as error:
                refused(str(error))
            else:
                begun(run, pid)

        self.make(graph, job, made=made, refused=refused, weights=weights)

    def make(
        self,
        graph: Graph,
        job: Job,
        *,
        made: Callable[[Run], None],
        refused: Callable[[str], None],
        weights: Path | None = None,
    ) -> None:
        """Make a run of the graph, not started; later `made` is called with it, or `refused`.

        A training begins with the weights of that file or run, which the engine fits to the design and to the classes of
        the pictures.
        """
        if isinstance(job, TrainJob):
            job = replace(job, sinks=self.sinks)

        def answer(content: Mapping[str, Any]) -> None:
            try:
                text = files.dumps(stamped(graph))
                run = create_run(
                    self._folder(graph.name, job), graph_text=text, source=content["source"], job=job
                )
            except (HybridGraphError, OSError) as error:
                refused(str(error))
            else:
                if weights is None:
                    made(run)
                else:
                    self._fit(run, graph, weights, job, made, refused)

        def refuse(sentence: str) -> None:
            refused(sentence or tr("The engine stopped before it could write the source. Try again."))

        self.provider.request_source(graph, answer, refuse)

    def _fit(
        self,
        run: Run,
        graph: Graph,
        weights: Path,
        job: Job,
        made: Callable[[Run], None],
        refused: Callable[[str], None],
    ) -> None:
        """Let the engine fit weights to the design of a run."""

        def answer(content: Mapping[str, Any]) -> None:
            if content.get("fresh"):
                self.told.emit(tr("The head begins anew for the classes of the design."))
            made(run)

        def refuse(sentence: str) -> None:
            shutil.rmtree(run.path, ignore_errors=True)  # it is no use without its weights
            refused(sentence or tr("The engine stopped before it could read the weights. Try again."))

        paths = {"weights": str(weights), "into": str(run.checkpoints / START)}
        training = job.training if isinstance(job, PreflightJob) else job
        told = {"data": training.data, "seed": training.seed} if isinstance(training, TrainJob) else {}
        self.provider.request("start", answer, refuse, graph=files.encode(graph), **paths, **told)

    def resume(self, run: Run) -> int:
        """Start a process that goes on where the run stopped; answers its id. Raises RunError."""
        return start_process(run, run.job.kind)  # type: ignore[arg-type]

    def runs(self, kind: str) -> list[Run]:
        """The youngest runs of one kind, the youngest first; the panel of runs has all, damaged ones too."""
        return youngest_runs(self.root, kind, MOST)

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
        self._chunks = 0
        self._starting = 0
        self._process = 0
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self.look)

    def follow(self, run: Run, *, starting: int = 0) -> None:
        """Read this run from its beginning; follow it while its process is at work.

        `starting` is the id of a process that was just started and has not taken the run up yet.
        """
        self.run, self.record, self._offset, self._absent = run, Record(), 0, 0
        self.reason = ""
        self._starting = self._process = starting
        self._set("starting" if starting else "none")
        self._timer.start()
        self.look()

    def went_on(self, starting: int) -> None:
        """The run was started again: expect its process."""
        self._starting = self._process = starting
        self._absent, self.record.end = 0, None
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
            events, offset = read_events(run.events_path, self._offset, CHUNK_BYTES)
        except HybridGraphError as error:
            self.reason = str(error)
            self._set("failed")
            self._timer.stop()
            return
        self.record.feed(events)
        if any(isinstance(event, RunStarted) for event in events):
            self._starting = 0
        is_behind = offset - self._offset > CHUNK_BYTES // 2
        self._offset = offset
        self._chunks = self._chunks + 1 if is_behind else 0
        if events and self._chunks % _DRAW_CHUNKS == 0:
            self.advanced.emit()
        self._timer.setInterval(0 if is_behind else POLL_MS)
        if not is_behind:
            self._judge(pid)

    def _judge(self, pid: int | None) -> None:
        end = self.record.end
        if pid is not None:
            self._absent = 0
            if self.state == "stopping":
                self._ask_stop()  # again: a process that was only starting has not seen the first request
            elif self.record.started is not None and not self._starting:
                self._set("running")
            return
        if end is None and self.record.profile is None:
            self._absent += 1
            if self._process and is_alive(self._process):
                return  # it has not taken the run up yet, or starts others anew
            if self._absent < 2:
                return  # looked between two moments of one process; look again before calling it gone
        self._timer.stop()
        if isinstance(end, Failed):
            self.reason = f"{end.message} {end.hint}".strip()
            self._set("failed")
        elif isinstance(end, Stopped):
            self._set("stopped")
        elif isinstance(end, Finished | SweepFinished | PreflightFinished) or self.record.profile is not None:
            self._set("finished")
        elif self.record.started is None and not self._starting:
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
