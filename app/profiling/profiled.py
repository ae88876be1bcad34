"""The profile that is looked at: its figures, the design they are of, and which of them an edit has made stale."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.documents.document import Document
from app.language import tr
from app.profiling import measures
from app.profiling.measures import Measure
from app.session import Heat, Session
from hybridgraph.analysis import Analysis
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph, Path, digest
from hybridgraph.jobs import SweepJob
from hybridgraph.profiler.files import load_profile, load_sweep
from hybridgraph.profiler.freshness import changed
from hybridgraph.profiler.result import NodeProfile, ProfileResult
from hybridgraph.runs import Run
from hybridgraph.runs.store import GRAPH_FILE


class Profiled(QObject):
    """One profile for all views. It stays with the document it was measured of, whatever stands in front."""

    loaded = Signal()  # another profile, or none
    aged = Signal()  # other figures are stale

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.run: Run | None = None
        self.graph = Graph()
        self.result: ProfileResult | None = None
        self.nodes: dict[Path, NodeProfile] = {}
        self.stale: frozenset[Path] = frozenset()
        self._document: Document = session.document
        self._digest = ""
        self.measure: Measure | None = None
        session.graph_changed.connect(self._age)
        session.analysis_changed.connect(self._age)

    @property
    def is_here(self) -> bool:
        """Whether the design in front is the one that was measured, as it was or edited since."""
        return self._document is self.session.document

    def load(self, run: Run, document: Document) -> bool:
        """Take the profile of a run, of this document; False when the run holds none yet. Raises RunError."""
        result = load_profile(run.path)
        if result is None:
            return False
        self.graph = files.load(run.path / GRAPH_FILE)
        self._digest = digest(self.graph)
        self.run, self.result, self._document = run, result, document
        self.nodes = {node.path: node for node in result.nodes}
        self.stale = self._changed()
        self.loaded.emit()
        return True

    def clear(self) -> None:
        """Forget the profile; the canvas keeps its heat until it gets another."""
        self.run, self.result, self.nodes, self.stale = None, None, {}, frozenset()
        self.loaded.emit()

    def title(self, path: Path) -> str:
        """How a node was called when it was measured."""
        node = self.nodes.get(path)
        return node.title if node is not None else "/".join(path)

    def show_heat(self, measure: Measure | None) -> None:
        """Colour the cards by a measure, or no longer."""
        self.measure = measure
        if self.result is None:
            return
        if measure is None:
            self.session.show_heat(None, self._document)
            return
        self.session.show_heat(
            Heat(
                title=tr(measure.title),
                unit=measure.unit,
                values=measures.values_of(self.result, measure),
                digest=self._digest,
                changed=self.stale,
            ),
            self._document,
        )

    def _age(self, _before: Graph | Analysis | None = None, _after: Graph | None = None) -> None:
        if self.result is None or not self.is_here:
            return
        stale = self._changed()
        if stale != self.stale:
            self.stale = stale
            if self.measure is not None and self.session.heat is not None:
                self.show_heat(self.measure)
            self.aged.emit()

    def _changed(self) -> frozenset[Path]:
        assert self.result is not None
        if self._document.graph is self.graph:
            return frozenset()
        analysis = self._document.analysis
        reports = analysis.nodes if analysis is not None and self._document.is_analysis_current else None
        return changed(self.result.nodes, self.graph, self._document.graph, reports)


def graph_of(run: Run) -> Graph | None:
    """The design that a run is of; None when it cannot be read."""
    try:
        return files.load(run.path / GRAPH_FILE)
    except HybridGraphError:
        return None


def is_rest(run: Run | None, job: SweepJob, design: str) -> bool:
    """Whether this sweep of the design with this digest was stopped, so that the same job goes on with it."""
    try:
        if run is None or run.job != job:
            return False
        sweep, graph = load_sweep(run.path), graph_of(run)
    except HybridGraphError:  # a damaged one is begun anew
        return False
    return sweep is not None and not sweep.is_finished and graph is not None and digest(graph) == design


def progress(run: Run) -> str:
    """How far a sweep is. Batches that were tried to find where memory ends come on top; empty where nobody knows."""
    try:
        sweep, job = load_sweep(run.path), run.job
    except HybridGraphError:  # a damaged result is told by the view that shows it
        return ""
    if not isinstance(job, SweepJob):
        return ""
    cells = sweep.cells if sweep is not None else ()
    asked = len(job.batches) * max(len(job.image_sizes), 1) * len(job.precisions) * len(job.compiles)
    done = sum(not cell.is_probe for cell in cells)
    words = tr("Measured {done} of {asked} settings", done=min(done, asked), asked=asked)
    tried = len(cells) - done
    return words + (tr(", tried {tried} more for where memory ends", tried=tried) if tried else "")
