"""One open design: its graph and all that belongs to it alone while others stand in front of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path as File

from PySide6.QtGui import QUndoStack

from app.commands import GraphCommand
from app.documents.disk import Stamp
from app.documents.journal import Recovered
from app.language import tr
from hybridgraph.analysis import Analysis
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph, Group, Path, digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """A measured value for each node, in `unit`, of the graph with this digest. `stale`: of another graph.

    `changed` are the nodes whose values no longer hold then; None where that is not known and no value may be trusted.
    """

    title: str
    unit: str
    values: Mapping[Path, float]
    digest: str
    stale: bool = False
    changed: frozenset[Path] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewpoint:
    """How the canvas was left: its zoom, and the point of the scene in its middle."""

    zoom: float
    x: float
    y: float


class Document:
    """Graph, undo stack, selection, answers and file of one design. The session is the only one that changes it."""

    def __init__(self, graph: Graph | None = None, file: File | None = None) -> None:
        self.graph = Graph() if graph is None else graph
        self._digest: tuple[Graph, str] | None = None
        self.undo_stack = QUndoStack()
        self.analysis: Analysis | None = None
        self.selection: frozenset[Path] = frozenset()
        self.heat: Heat | None = None
        self.file = file
        self.stamp: Stamp | None = None  # of the file as it was when the document last agreed with it
        self.agreed: Graph | None = None  # the graph that the file held then
        self.label = ""  # instead of the graph's own name, for a document without a file
        self.viewpoint: Viewpoint | None = None
        self.is_unread = False  # restored by its name alone; read when somebody looks at it
        self.kept = ""  # until then, the text of a design that lives in no file
        self.is_unsaved_start = False
        self.locked_by: int | None = None  # the process that has the file open, when that is another one
        self.shown: Callable[[Graph, frozenset[Path], Heat | None], None] | None = None
        """Told what the document held before, after another graph took its place: the session, while it is in front."""

    @classmethod
    def read(cls, path: File) -> Document:
        """The design in a file. Raises DocumentError."""
        document = cls(file=path)
        document.reread()
        return document

    def reread(self) -> None:
        """Take the graph from the file, as a document nobody has edited yet. Raises DocumentError."""
        if self.file is None:
            self.show(files.loads(self.kept, self.title))
            self.kept, self.is_unread = "", False
            self.label = "" if self.label == self.graph.name else self.label
            return
        stamp = Stamp.of(self.file)  # first: what is written between the two is noticed later
        self.show(files.load(self.file))
        self.undo_stack.clear()
        self.stamp, self.agreed = stamp, self.graph
        self.is_unread, self.is_unsaved_start = False, False

    def end(self) -> None:
        """Nobody comes back to it: let go of its steps.

        Python's collector frees a stack and its commands in any order, and Qt's stack then reads those that are gone.
        """
        self.undo_stack.blockSignals(True)
        self.undo_stack.clear()

    def resume(self, recovered: Recovered) -> None:
        """Take up the work that a journal kept, with its undo steps; it is unsaved."""
        self.file = recovered.file
        self.stamp = recovered.stamp
        self.show(recovered.graph)
        for step in recovered.steps:
            self.undo_stack.push(GraphCommand(self.show, step.before, step.after, step.text, (0, "")))
        self.undo_stack.setIndex(recovered.index)
        self.undo_stack.resetClean()
        self.is_unsaved_start, self.is_unread = True, False

    def show(self, graph: Graph) -> None:
        """Take another graph; the selection loses what is gone."""
        before, selection, heat = self.graph, self.selection, self.heat
        self.graph = graph
        kept = frozenset(path for path in selection if exists(graph, path))
        self.selection = selection if kept == selection else kept
        if heat is not None and heat.stale != (heat.digest != self.digest):
            self.heat = replace(heat, stale=not heat.stale)
        if self.shown is not None:
            self.shown(before, selection, heat)

    @property
    def digest(self) -> str:
        """The digest of the graph. It takes its time for thousands of nodes, so it waits until it is asked for."""
        if self._digest is None or self._digest[0] is not self.graph:
            self._digest = (self.graph, digest(self.graph))
        return self._digest[1]

    @property
    def is_analysis_current(self) -> bool:
        """Whether the analysis is about the graph."""
        return self.analysis is not None and self.analysis.digest == self.digest

    @property
    def is_dirty(self) -> bool:
        """Whether there are edits that no file holds."""
        return self.is_unsaved_start or not self.undo_stack.isClean()

    @property
    def is_untouched(self) -> bool:
        """Whether it is a design begun from a preset or the like, in no file yet, that nobody has edited."""
        return self.file is None and not self.is_dirty and bool(self.graph.nodes or self.kept)

    @property
    def is_pristine(self) -> bool:
        """Whether nothing was done here yet: it may give its place to another design."""
        return (
            not (self.graph.nodes or self.kept or self.is_dirty or self.undo_stack.count())
            and self.file is None
        )

    @property
    def title(self) -> str:
        """The name of the document for people."""
        if self.file is not None:
            return self.file.name.removesuffix(files.SUFFIX)
        return self.label or self.graph.name or tr("Untitled")


def exists(graph: Graph, path: Path) -> bool:
    """Whether there is a node or group at this path."""
    body = _body(graph, path[:-1])
    return body is not None and path[-1] in body.nodes


def has_frame(graph: Graph, path: Path) -> bool:
    """Whether there is a comment frame at this path."""
    body = _body(graph, path[:-1])
    return body is not None and path[-1] in body.frames


def _body(graph: Graph, at: Path) -> Graph | None:
    for name in at:
        item = graph.nodes.get(name)
        if not isinstance(item, Group):
            return None
        graph = item.body
    return graph
