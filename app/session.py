"""The one mutable cell of the application: the design in front, and everyone who wants to know when it changes.

Several designs may be open; canvas, panels and engine know the session alone. When another one comes to the
front they hear the same signals as after an edit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path as File

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from app.commands import GraphCommand
from app.documents.disk import Stamp
from app.documents.document import Document, Heat, exists, has_frame
from app.preview import Preview
from hybridgraph.analysis import Analysis
from hybridgraph.custom.uses import stamped
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph import files, links
from hybridgraph.graph.companions import weights_of
from hybridgraph.graph.model import Graph, Path
from hybridgraph.spec import Catalogue

__all__ = ["BLOCK_MIME", "STAGE_MIME", "Heat", "Session"]

BLOCK_MIME = "application/x-hybridgraph-block"
"""What a drag from the palette carries: the id of a block as UTF-8 text."""
STAGE_MIME = "application/x-hybridgraph-stage"
"""What a drag of a kept stage carries: its fragment as the text of a design file."""


class Session(QObject):
    """The document in front: graph, analysis, selection, heat, undo stack and the file it lives in."""

    graph_changed = Signal(object, object)  # Graph before, Graph after
    analysis_changed = Signal(
        object
    )  # Analysis of the current graph; None when another document has none yet
    selection_changed = Signal(object)  # frozenset[Path]
    frame_chosen = Signal(object)  # Path of a comment frame; () when none is chosen any more
    measure_changed = Signal(object)  # Heat | None
    preview_changed = Signal(object)  # Preview | None
    settled = Signal()  # a gesture ended
    history_changed = Signal()  # a step was done, made longer, undone or redone
    notified = Signal(str, str)  # severity "error", "warning" or "info"; sentence
    document_changed = Signal()  # another document, another file, another name, or saved and unsaved
    catalogue_changed = Signal()  # blocks of the person's own came, went or changed
    document_replaced = Signal(object, object)  # Document that is gone, Document in its place
    probe_requested = Signal(object, object)  # Graph, Callable[[Analysis], None]

    def __init__(
        self, catalogue: Catalogue, graph: Graph | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.catalogue = {**catalogue}  # blocks of the person's own come into it and go
        self.make_room: Callable[[Graph, list[Path]], Graph] | None = None  # around stages that followed one
        self.preview: Preview | None = None
        self._gesture = 0
        self._frame: Path = ()
        self._document = Document(graph)
        self._listen()

    # ------------------------------------------------------------------------------------------------- reading

    @property
    def document(self) -> Document:
        """The document in front."""
        return self._document

    @property
    def graph(self) -> Graph:
        """The current graph."""
        return self._document.graph

    @property
    def digest(self) -> str:
        """The digest of the current graph; the engine's answers carry it."""
        return self._document.digest

    @property
    def undo_stack(self) -> QUndoStack:
        """The steps of the document in front."""
        return self._document.undo_stack

    @property
    def analysis(self) -> Analysis | None:
        """What the engine last said. Until its next answer this may be about the graph before the last edit."""
        return self._document.analysis

    @property
    def is_analysis_current(self) -> bool:
        """Whether `analysis` is about the current graph."""
        return self._document.is_analysis_current

    @property
    def selection(self) -> frozenset[Path]:
        """The paths of the selected nodes and groups."""
        return self._document.selection

    @property
    def frame(self) -> Path:
        """The comment frame that is chosen; () when none is. Nothing else is selected beside it."""
        return self._frame

    @property
    def heat(self) -> Heat | None:
        """The measurement shown on the canvas."""
        return self._document.heat

    @property
    def file(self) -> File | None:
        """The file the document lives in."""
        return self._document.file

    @property
    def weights(self) -> File | None:
        """The weights beside the document's file, where they are those of the network as it is now."""
        return weights_of(self.file, self.digest) if self.file is not None else None

    @property
    def is_dirty(self) -> bool:
        """Whether there are edits that no file holds."""
        return self._document.is_dirty

    @property
    def title(self) -> str:
        """The name of the document for people."""
        return self._document.title

    # ------------------------------------------------------------------------------------------------- changing

    def apply(self, text: str, edit: Callable[[Graph], Graph], *, merge: str = "") -> bool:
        """Change the graph as one undoable step; False, with a notice, when the graph cannot take the edit.

        Consecutive edits with the same `merge` key become one step until `settle` is called. An edit that
        changes nothing adds no step. What it does to one linked stage is done to all its copies.
        """
        try:
            edited = edit(self.graph)
            after = links.relinked(self.graph, edited)
            if after is not edited and self.make_room is not None:
                after = self.make_room(after, links.followers(edited, after))
        except HybridGraphError as error:
            self.notified.emit("error", str(error))
            return False
        if after != self.graph:
            key = (self._gesture, merge)
            self.undo_stack.push(GraphCommand(self._document.show, self.graph, after, text, key))
        return True

    def settle(self) -> None:
        """End a gesture: the next edit starts an undo step of its own, whatever its merge key."""
        self._gesture += 1
        self.settled.emit()

    def select(self, paths: Iterable[Path]) -> None:
        """Select these nodes and nothing else; paths that do not exist are left out."""
        chosen = frozenset(path for path in paths if path and exists(self.graph, path))
        if self._frame:
            self._take_frame(())
        if chosen != self.selection:
            self._document.selection = chosen
            self.selection_changed.emit(chosen)

    def choose_frame(self, path: Path) -> None:
        """Choose a comment frame and nothing else."""
        if path != self._frame:
            self.select(())
            self._take_frame(path)

    def _take_frame(self, path: Path) -> None:
        self._frame = path
        self.frame_chosen.emit(path)

    def probe(self, candidate: Graph, answer: Callable[[Analysis], None]) -> None:
        """Ask the engine about a graph that is not the current one. Only the newest question is answered."""
        self.probe_requested.emit(candidate, answer)

    def accept_analysis(self, analysis: Analysis) -> bool:
        """Take an answer of the engine; False when it is about another graph than the current one."""
        if analysis.digest != self.digest:
            return False
        self._document.analysis = analysis
        self.analysis_changed.emit(analysis)
        return True

    def show_heat(self, heat: Heat | None, document: Document | None = None) -> None:
        """Show a measurement, or none, of `document`: the one in front by default; another one keeps it."""
        document = document or self._document
        document.heat = None if heat is None else replace(heat, stale=heat.digest != document.digest)
        if document is self._document:
            self.measure_changed.emit(self.heat)

    def show_preview(self, preview: Preview | None) -> None:
        """Show another graph and its analysis on the canvas for the moment; the next edit ends it."""
        if preview is not self.preview:
            self.preview = preview
            self.preview_changed.emit(preview)

    # ------------------------------------------------------------------------------------------------- documents

    def switch(self, document: Document) -> None:
        """Bring another document to the front; this one waits with all that belongs to it."""
        former = self._document
        if document is former:
            return
        self._stop_listening()
        self._document = document
        self._listen()
        self.show_preview(None)
        self.settle()
        if self._frame:
            self._take_frame(())
        if former.analysis is not None or document.analysis is not None:
            self.analysis_changed.emit(document.analysis)  # first: the canvas then writes its cards once
        self.graph_changed.emit(former.graph, document.graph)
        self.selection_changed.emit(document.selection)
        if former.heat is not None or document.heat is not None:
            self.measure_changed.emit(document.heat)
        self.document_changed.emit()

    def replace(self, document: Document) -> None:
        """Put another document in the place of this one, which is gone for good."""
        self.document_replaced.emit(self._document, document)
        self.switch(document)

    def new(self, graph: Graph, *, unsaved: bool = False) -> None:
        """Start another document here that lives in no file yet; `unsaved` when it would be a pity to lose it."""
        document = Document(graph)
        document.is_unsaved_start = unsaved
        self.replace(document)

    def open(self, path: File) -> bool:
        """Read a design file in place of this document; False, with a notice, when it cannot be read."""
        try:
            document = Document.read(path)
        except HybridGraphError as error:
            self.notified.emit("error", str(error))
            return False
        self.replace(document)
        return True

    def save(self, path: File | None = None) -> bool:
        """Write the design to `path`, or to its own file; False, with a notice, when it cannot be written."""
        target = path or self.file
        if target is None:
            return False
        try:
            self.write(target)
        except HybridGraphError as error:
            self.notified.emit("error", str(error))
            return False
        return True

    def write(self, path: File) -> None:
        """Write the design to `path`, which becomes its own file. Raises DocumentError; nothing has changed then."""
        document = self._document
        files.save(stamped(document.graph), path)
        document.file, document.stamp, document.agreed = path, Stamp.of(path), document.graph
        self.agree()

    def agree(self) -> None:
        """The file holds what the document is."""
        self._document.is_unsaved_start = False
        self.settle()  # a value that goes on spinning is a new step, or undo could not return to what was saved
        self.undo_stack.setClean()
        self.document_changed.emit()

    def _listen(self) -> None:
        self._document.shown = self._tell_shown
        self.undo_stack.setParent(self)  # or it would tell of its own end to a session that is half gone
        self.undo_stack.cleanChanged.connect(self._tell_clean)
        self.undo_stack.indexChanged.connect(self._tell_history)

    def _stop_listening(self) -> None:
        self._document.shown = None
        self.undo_stack.cleanChanged.disconnect(self._tell_clean)
        self.undo_stack.indexChanged.disconnect(self._tell_history)
        self.undo_stack.setParent(None)

    def _tell_clean(self, _clean: bool) -> None:
        self.document_changed.emit()

    def _tell_history(self, _index: int) -> None:
        self.history_changed.emit()

    def _tell_shown(self, before: Graph, selection: frozenset[Path], heat: Heat | None) -> None:
        self.show_preview(None)
        if self._frame and not has_frame(self.graph, self._frame):
            self._take_frame(())
        self.graph_changed.emit(before, self.graph)
        if self.selection is not selection:
            self.selection_changed.emit(self.selection)
        if self.heat is not heat:
            self.measure_changed.emit(self.heat)
