"""The one mutable cell of the application: the current graph, and everyone who wants to know when it changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path as File

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from app.commands import GraphCommand
from hybridgraph.analysis import Analysis
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph, Group, Path, digest
from hybridgraph.spec import Catalogue

BLOCK_MIME = "application/x-hybridgraph-block"
"""What a drag from the palette carries: the id of a block as UTF-8 text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """A measured value for each node, in `unit`, of the graph with this digest. `stale`: of another graph."""

    title: str
    unit: str
    values: Mapping[Path, float]
    digest: str
    stale: bool = False


class Session(QObject):
    """A document being edited: graph, analysis, selection, heat, undo stack and the file it lives in."""

    graph_changed = Signal(object, object)  # Graph before, Graph after
    analysis_changed = Signal(object)  # Analysis of the current graph
    selection_changed = Signal(object)  # frozenset[Path]
    measure_changed = Signal(object)  # Heat | None
    notified = Signal(str, str)  # severity "error", "warning" or "info"; sentence
    document_changed = Signal()  # another file, another name, or saved and unsaved
    probe_requested = Signal(object, object)  # Graph, Callable[[Analysis], None]

    def __init__(
        self, catalogue: Catalogue, graph: Graph | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.catalogue = catalogue
        self.undo_stack = QUndoStack(self)
        self.file: File | None = None
        self._graph = Graph() if graph is None else graph
        self._digest = digest(self._graph)
        self._analysis: Analysis | None = None
        self._selection: frozenset[Path] = frozenset()
        self._heat: Heat | None = None
        self._gesture = 0
        self._unsaved_start = False
        self.undo_stack.cleanChanged.connect(self._tell_clean)

    # ------------------------------------------------------------------------------------------------- reading

    @property
    def graph(self) -> Graph:
        """The current graph."""
        return self._graph

    @property
    def digest(self) -> str:
        """The digest of the current graph; the engine's answers carry it."""
        return self._digest

    @property
    def analysis(self) -> Analysis | None:
        """What the engine last said. Until its next answer this may be about the graph before the last edit."""
        return self._analysis

    @property
    def is_analysis_current(self) -> bool:
        """Whether `analysis` is about the current graph."""
        return self._analysis is not None and self._analysis.digest == self._digest

    @property
    def selection(self) -> frozenset[Path]:
        """The paths of the selected nodes and groups."""
        return self._selection

    @property
    def heat(self) -> Heat | None:
        """The measurement shown on the canvas."""
        return self._heat

    @property
    def is_dirty(self) -> bool:
        """Whether there are edits that no file holds."""
        return self._unsaved_start or not self.undo_stack.isClean()

    @property
    def title(self) -> str:
        """The name of the document for people."""
        if self.file is not None:
            return self.file.name.removesuffix(files.SUFFIX)
        return self._graph.name or "Untitled"

    # ------------------------------------------------------------------------------------------------- changing

    def apply(self, text: str, edit: Callable[[Graph], Graph], *, merge: str = "") -> bool:
        """Change the graph as one undoable step; False, with a notice, when the graph cannot take the edit.

        Consecutive edits with the same `merge` key become one step until `settle` is called. An edit that
        changes nothing adds no step.
        """
        try:
            after = edit(self._graph)
        except HybridGraphError as error:
            self.notified.emit("error", str(error))
            return False
        if after != self._graph:
            key = (self._gesture, merge)
            self.undo_stack.push(GraphCommand(self._show, self._graph, after, text, key))
        return True

    def settle(self) -> None:
        """End a gesture: the next edit starts an undo step of its own, whatever its merge key."""
        self._gesture += 1

    def select(self, paths: Iterable[Path]) -> None:
        """Select these nodes and nothing else; paths that do not exist are left out."""
        chosen = frozenset(path for path in paths if path and _exists(self._graph, path))
        if chosen != self._selection:
            self._selection = chosen
            self.selection_changed.emit(chosen)

    def probe(self, candidate: Graph, answer: Callable[[Analysis], None]) -> None:
        """Ask the engine about a graph that is not the current one. Only the newest question is answered."""
        self.probe_requested.emit(candidate, answer)

    def accept_analysis(self, analysis: Analysis) -> bool:
        """Take an answer of the engine; False when it is about another graph than the current one."""
        if analysis.digest != self._digest:
            return False
        self._analysis = analysis
        self.analysis_changed.emit(analysis)
        return True

    def show_heat(self, heat: Heat | None) -> None:
        """Show a measurement, or none."""
        self._heat = None if heat is None else replace(heat, stale=heat.digest != self._digest)
        self.measure_changed.emit(self._heat)

    # ------------------------------------------------------------------------------------------------- documents

    def new(self, graph: Graph, *, unsaved: bool = False) -> None:
        """Start another document that lives in no file yet; `unsaved` when it would be a pity to lose it."""
        self._replace(graph, None, unsaved=unsaved)

    def open(self, path: File) -> bool:
        """Read a design file; False, with a notice and the document untouched, when it cannot be read."""
        try:
            graph = files.load(path)
        except HybridGraphError as error:
            self.notified.emit("error", str(error))
            return False
        self._replace(graph, path)
        return True

    def save(self, path: File | None = None) -> bool:
        """Write the design to `path`, or to its own file; False, with a notice, when it cannot be written."""
        target = path or self.file
        if target is None:
            return False
        try:
            files.save(self._graph, target)
        except HybridGraphError as error:
            self.notified.emit("error", str(error))
            return False
        self.file = target
        self._unsaved_start = False
        self.settle()  # a value that goes on spinning is a new step, or undo could not return to what was saved
        self.undo_stack.setClean()
        self.document_changed.emit()
        return True

    def _replace(self, graph: Graph, path: File | None, *, unsaved: bool = False) -> None:
        self.undo_stack.clear()
        self.file = path
        self._unsaved_start = unsaved
        self._analysis = None
        self._show(graph)
        self.select(())
        self.show_heat(None)
        self.document_changed.emit()

    def _tell_clean(self, _clean: bool) -> None:
        self.document_changed.emit()

    def _show(self, after: Graph) -> None:
        before, self._graph = self._graph, after
        self._digest = digest(after)
        kept = frozenset(path for path in self._selection if _exists(after, path))
        is_kept, self._selection = (
            kept == self._selection,
            kept,
        )  # first: nobody may look up a node that is gone
        self.graph_changed.emit(before, after)
        if not is_kept:
            self.selection_changed.emit(self._selection)
        heat = self._heat
        if heat is not None and heat.stale != (heat.digest != self._digest):
            self.show_heat(heat)


def _exists(graph: Graph, path: Path) -> bool:
    for name in path[:-1]:
        item = graph.nodes.get(name)
        if not isinstance(item, Group):
            return False
        graph = item.body
    return path[-1] in graph.nodes
