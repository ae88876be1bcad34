"""The pre-flight of the design in front: begun, followed, stopped, and stale once the design or the form changed."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path as File

from PySide6.QtCore import QObject, Signal

from app.documents.document import Document
from app.language import tr
from app.runs import RunDesk, RunFollower
from app.session import Session
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph.marks import MARKS, marked
from hybridgraph.graph.model import Graph, Path
from hybridgraph.jobs import PreflightJob, TrainJob
from hybridgraph.preflight.files import load
from hybridgraph.preflight.shapes import check_shapes
from hybridgraph.preflight.values import NodeGradient, PreflightResult
from hybridgraph.runs import Run

FOLDER = "preflights"
"""Below the runs: a pre-flight is looked at and forgotten, so it does not stand among them."""
_BUSY = ("starting", "running", "stopping")


class Preflight(QObject):
    """One for each window. `result` grows while a process of its own takes the checks."""

    changed = Signal()

    def __init__(
        self, session: Session, desk: RunDesk, ask: Callable[[], TrainJob], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._desk = RunDesk(desk.provider, desk.root / FOLDER, self)
        self._ask = ask
        self._document: Document | None = None
        self._job: TrainJob | None = None
        self._marks: tuple[frozenset[Path], ...] = ()
        self._is_asking = False
        self._begun = 0.0
        self.result: PreflightResult | None = None
        self.trouble = ""
        self.follower = RunFollower(self)
        self.follower.advanced.connect(self._read)
        self.follower.state_changed.connect(self._moved)
        session.graph_changed.connect(lambda *_: self.changed.emit())
        session.document_changed.connect(self.changed)

    # ------------------------------------------------------------------------------------------------- reading

    @property
    def is_busy(self) -> bool:
        """Whether the checks are being taken."""
        return self._is_asking or self.follower.state in _BUSY

    @property
    def is_stopping(self) -> bool:
        """Whether it was asked to stop and has not yet."""
        return self.follower.state == "stopping"

    @property
    def is_here(self) -> bool:
        """Whether the design in front is the one that is looked at, as it was or edited since."""
        return self._document is self._session.document

    @property
    def is_stale(self) -> bool:
        """Whether the design, or what is asked of the training, is another one by now."""
        if self.result is None or not self.is_here:
            return self.result is not None
        if self.result.digest != self._session.digest or self._marks != _marks(self._session.graph):
            return True
        with contextlib.suppress(HybridGraphError):  # what cannot be asked for yet is no other training
            return self._job is not None and self._ask() != self._job
        return False

    @property
    def seconds(self) -> float:
        """How long the checks take so far."""
        return time.monotonic() - self._begun if self.is_busy else self.result.seconds if self.result else 0.0

    @property
    def curve(self) -> list[float]:
        """The loss over the steps on one batch, also while they are taken."""
        if self.result is not None and self.result.curve:
            return list(self.result.curve)
        return list(self.follower.record.curves["loss"].values) if self.is_busy else []

    def unwell(self) -> dict[Path, NodeGradient]:
        """The blocks of the design in front that the gradient does not reach as it should."""
        if self.result is None or not self.is_here:
            return {}
        return {node.path: node for node in self.result.nodes if node.why}

    # ------------------------------------------------------------------------------------------------- doing

    def begin(self, weights: File | None = None) -> None:
        """Take the checks of the training that the form asks for; a refusal is told."""
        if self.is_busy:
            self._session.notified.emit("info", tr("A pre-flight is running."))
            return
        session = self._session
        self._document, self.trouble, self.result = session.document, "", None
        self._marks = _marks(session.graph)
        analysis = session.analysis
        if analysis is not None and session.is_analysis_current and analysis.errors:
            check = check_shapes(analysis, session.graph, session.catalogue)
            self._job = None
            self.result = PreflightResult(digest=session.digest, checks=(check,), is_finished=True)
            self.changed.emit()
            return
        try:
            self._job = self._ask()
        except HybridGraphError as error:
            self._refuse(str(error))
            return
        self._is_asking, self._begun = True, time.monotonic()
        self.changed.emit()
        job = PreflightJob(training=self._job)
        self._desk.begin(session.graph, job, begun=self._started, refused=self._refuse, weights=weights)

    def stop(self) -> None:
        """Ask the process to stop."""
        self.follower.stop()

    def forget(self) -> None:
        """Put the result away; what runs is stopped."""
        self.stop()
        self.result, self.trouble, self._document = None, "", None
        self.changed.emit()

    def _started(self, run: Run, pid: int) -> None:
        self._is_asking = False
        for former in self._desk.runs(PreflightJob.kind):
            if former.path != run.path:
                with contextlib.suppress(HybridGraphError):  # another window is at work on it
                    former.delete()
        self.follower.follow(run, starting=pid)

    def _refuse(self, sentence: str) -> None:
        self._is_asking = False
        self.trouble = sentence
        self.changed.emit()

    # ------------------------------------------------------------------------------------------------- following

    def _read(self) -> None:
        run = self.follower.run
        if run is None or self._document is None:
            return  # it was put away meanwhile
        try:
            self.result = load(run.path) or self.result
        except HybridGraphError as error:
            self.trouble = str(error)
        self.changed.emit()

    def _moved(self, state: str) -> None:
        if self._document is None:
            return
        if state in ("failed", "interrupted"):
            self.trouble = self.follower.reason or tr("The pre-flight ended before it was done.")
        elif state == "stopped":
            self.trouble = tr("The pre-flight was stopped.")
        self._read()


def _marks(graph: Graph) -> tuple[frozenset[Path], ...]:
    """What is kept from training or computed twice: it is no other network, but another training."""
    return tuple(marked(graph, mark) for mark in MARKS)
