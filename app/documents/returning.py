"""The next start: the tabs of last time, and the work that a killed program left."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from app.documents import asking
from app.documents.desk import Documents
from app.documents.document import Document
from app.documents.journal import Recovered
from app.documents.workspace import Workspace
from app.language import counted, tr
from app.noticebar import Notice, NoticeBar
from app.quantities import age
from app.session import Session
from hybridgraph.errors import HybridGraphError

_KEY = "recovery"
_REMEMBER_MS = 500


class Returning(QObject):
    """Remembers what is open while the window lives, and brings it back."""

    def __init__(self, documents: Documents, session: Session, bar: NoticeBar, state: Path) -> None:
        super().__init__(documents)
        self._documents = documents
        self._session = session
        self._bar = bar
        self._workspace = Workspace(state)
        self._later = QTimer(self, singleShot=True, interval=_REMEMBER_MS)
        self._later.timeout.connect(self.remember)

    def restore(self, *, to_front: bool = True) -> None:
        """Open what was open. Later starts of the program while this one runs begin with nothing.

        `to_front`: show the tab that was in front, rather than another design that is asked for.
        """
        if not self._workspace.take():
            return
        places, front, sentence = self._workspace.read()
        documents = []
        for place in places:
            document = Document(file=place.file)
            document.is_unread = True
            document.kept, document.label = place.design, place.title
            document.viewpoint, document.selection = place.viewpoint, place.selection
            documents.append(document)
        self._documents.restore(documents, documents[front] if to_front and front >= 0 else None)
        self._documents.tabs_changed.connect(self._later.start)
        self._session.document_changed.connect(self._later.start)
        if sentence:
            self._session.notified.emit("warning", sentence)

    def offer_recovery(self) -> None:
        """Say what an ended program left unsaved, if anything."""
        found, faults = self._documents.recovery.find()
        for sentence in faults:
            self._session.notified.emit("warning", sentence)
        if found:
            self._bar.offer(
                _KEY,
                Notice(
                    severity="warning",
                    text=_told(found),
                    actions=(
                        (tr("Recover"), lambda: self._recover(found)),
                        (tr("Discard"), lambda: self._discard(found)),
                        (tr("Later"), lambda: None),
                    ),
                ),
            )

    def _recover(self, found: Sequence[Recovered]) -> None:
        for recovered in reversed(found):  # the youngest comes last and is in front
            self._documents.take_up(recovered)
            if recovered.damage:
                self._session.notified.emit("warning", f"{recovered.title}: {recovered.damage}")

    def _discard(self, found: Sequence[Recovered]) -> bool:
        question = asking.discard_recovered(len(found))
        if self._documents.asker.ask(self._documents.window, question) != "discard":
            return False
        for recovered in found:
            self._documents.recovery.drop(recovered)
        return True

    def remember(self) -> None:
        """Write down what is open."""
        self._later.stop()
        if self._documents.current is not None:
            self._documents.view_wanted.emit(self._documents.current)
        try:
            self._workspace.write(self._documents.tabs, self._documents.current)
        except HybridGraphError as error:
            self._session.notified.emit(
                "warning", tr("What is open cannot be remembered: {error}", error=error)
            )

    def leave(self) -> None:
        """The window goes."""
        self.remember()
        self._workspace.leave()


def _told(found: Sequence[Recovered]) -> str:
    """What was left, in one sentence."""
    names = [f"{one.title} ({_amount(one)}, {age(one.edited_at)})" for one in found[:3]]
    more = tr(" and {value} more", value=len(found) - 3) if len(found) > 3 else ""
    return tr("HybridGraph ended with unsaved work: {names}{more}.", names=", ".join(names), more=more)


def _amount(recovered: Recovered) -> str:
    count = recovered.index
    return tr("unsaved") if count == 0 else counted("{number} edit", "{number} edits", count)
