"""Keeps a journal for every document with unsaved edits, and finds those that a killed program left."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from app.documents import journal
from app.documents.disk import text_of
from app.documents.document import Document
from app.documents.journal import JOURNAL_FILE, Journal, Recovered
from app.language import tr
from app.session import Session
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph.model import Graph
from hybridgraph.runs import lock

COALESCE_MS = 200
"""A step that grows, as in a drag, is written so often; a step of its own is written at once."""
FLUSH_MS = 1000


class Recovery(QObject):
    """Follows the session. A journal lives from the first unsaved edit until the work is saved or given up."""

    def __init__(self, session: Session, root: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.root = root
        self._session = session
        self._journals: dict[Document, Journal] = {}
        self._torn: dict[Document, list[Path]] = {}  # journals that the disk stopped taking
        self._places: dict[Document, int] = {}  # where each undo stack stood when it was last looked at
        self._before = session.graph
        self._waiting: Document | None = None  # its last step has grown since it was written
        self._is_failing = False
        self._grown = QTimer(self, singleShot=True, interval=COALESCE_MS)
        self._grown.timeout.connect(self.settle)
        self._flush = QTimer(self, singleShot=True, interval=FLUSH_MS)
        self._flush.timeout.connect(self._flush_all)
        session.graph_changed.connect(self._on_graph)
        session.history_changed.connect(self._on_history)
        session.document_changed.connect(self._on_document)
        session.settled.connect(self.settle)

    # ------------------------------------------------------------------------------------------------- writing

    def _on_graph(self, before: Graph, _after: Graph) -> None:
        self._before = before

    def _on_history(self) -> None:
        document = self._session.document
        index, former = document.undo_stack.index(), self._places.get(document, 0)
        if not document.is_dirty:
            self.discard(document)
        elif index == former and document in self._journals:
            self._waiting = document
            if not self._grown.isActive():
                self._grown.start()
            return
        else:
            self.settle()
            if document not in self._journals:
                self._begin(document, self._before, former)
            self._add(document)
        self._places[document] = index

    def _on_document(self) -> None:
        document = self._session.document
        if not document.is_dirty:
            self.discard(document)

    def settle(self) -> None:
        """Write what waits for a growing step to rest."""
        self._grown.stop()
        document, self._waiting = self._waiting, None
        if document is not None:
            self._add(document)

    def protect(self, document: Document) -> None:
        """Keep a document that is unsaved from its beginning and not in front yet, with the steps it was given."""
        stack = document.undo_stack
        end = stack.index()
        stack.setIndex(0)
        self._begin(document, document.graph, 0)
        for index in [*range(1, stack.count() + 1), *range(stack.count() - 1, end - 1, -1)]:
            stack.setIndex(index)
            self._add(document)
        self._places[document] = end

    def guard(self, document: Document) -> None:
        """Keep a document that became unsaved without an edit."""
        if document not in self._journals:
            place = document.undo_stack.index()
            self._begin(document, document.graph, place)
            self._places[document] = place

    def _begin(self, document: Document, base: Graph, index: int) -> None:
        text = None
        if base is document.agreed and document.file is not None and document.stamp is not None:
            text = text_of(document.file, document.stamp)
        try:
            self._journals[document] = Journal(
                self.root / f"{secrets.token_hex(8)}", base, index=index, title=document.title,
                file=document.file, stamp=document.stamp, text=text,
            )  # fmt: skip
        except (OSError, HybridGraphError) as error:
            self._fail(error)
        else:
            self._is_failing = False
            self._drop_torn(document)

    def _add(self, document: Document) -> None:
        kept = self._journals.get(document)
        if kept is None:
            return
        stack, graph = document.undo_stack, document.graph
        index = stack.index()
        is_undo = index < self._places.get(document, 0)
        try:
            if kept.is_long:
                self._begin(document, graph, index)
                if self._journals[document] is not kept:
                    kept.discard()  # only now: killed in between, the next start finds both
            else:
                kept.add(graph, index, stack.text(index if is_undo else index - 1))
        except OSError as error:
            self._journals.pop(document).close()
            self._torn.setdefault(document, []).append(
                kept.folder
            )  # better than nothing until there is another
            self._fail(error)
        self._flush.start()

    def _fail(self, error: Exception) -> None:
        """Say once that there is no recovery copy; the next edit tries again."""
        if not self._is_failing:
            self._is_failing = True
            self._session.notified.emit(
                "warning",
                tr(
                    "No recovery copy can be kept in {root} ({error}). Save often until that is mended.",
                    root=self.root,
                    error=error,
                ),
            )

    def _flush_all(self) -> None:
        for kept in self._journals.values():
            kept.flush()

    # ------------------------------------------------------------------------------------------------- ending

    def discard(self, document: Document) -> None:
        """The document is saved, or its work is not wanted."""
        if self._waiting is document:
            self._waiting = None
        self._drop_torn(document)
        kept = self._journals.pop(document, None)
        if kept is not None:
            kept.discard()

    def _drop_torn(self, document: Document) -> None:
        for folder in self._torn.pop(document, []):
            journal.remove(folder)

    def forget(self, document: Document) -> None:
        """The document is closed."""
        self.discard(document)
        self._places.pop(document, None)

    def leave(self) -> None:
        """Let go of every journal and leave them to be found."""
        self.settle()
        for kept in self._journals.values():
            kept.close()
        self._journals.clear()

    # ------------------------------------------------------------------------------------------------- finding

    def find(self) -> tuple[list[Recovered], list[str]]:
        """What ended programs left, the youngest first, and a sentence for each that cannot be read."""
        found, faults = [], []
        for folder in self._left():
            try:
                found.append(journal.read(folder))
            except journal.TornError as error:
                if (place := journal.put_aside(folder)) is not None:
                    faults.append(tr("{error} It is kept as {place}.", error=error, place=place))
            except HybridGraphError as error:
                faults.append(str(error))
        return sorted(found, key=lambda one: -one.edited_at), faults

    def _left(self) -> Sequence[Path]:
        try:
            folders = [place for place in self.root.iterdir() if (place / JOURNAL_FILE).exists()]
        except OSError:  # nothing was ever kept
            return []
        return [place for place in folders if lock.holder(place) is None]

    def resume(self, recovered: Recovered, document: Document) -> None:
        """Let a document take up what was found. The old journal goes when the new one holds everything."""
        self.discard(document)
        document.resume(recovered)
        self.protect(document)
        if document in self._journals:
            journal.remove(recovered.folder)

    def drop(self, recovered: Recovered) -> None:
        """What was found is not wanted."""
        journal.remove(recovered.folder)
