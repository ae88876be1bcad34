"""Notices that the file of the document in front was changed, deleted or claimed by somebody else, and says so."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication

from app.documents.desk import Documents
from app.documents.disk import Stamp, Watch
from app.documents.document import Document
from app.documents.saving import is_foreign, is_gone
from app.language import tr
from app.noticebar import Notice, NoticeBar
from app.session import Session
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph import files

_KEY, _CLAIM = "disk", "claim"


class Vigil(QObject):
    """Looks when the disk stirs, when the window is come back to, and when another tab is shown."""

    def __init__(self, documents: Documents, session: Session, bar: NoticeBar) -> None:
        super().__init__(documents)
        self._documents = documents
        self._session = session
        self._bar = bar
        self._watch = Watch(self)
        self._watch.stirred.connect(self.look)
        documents.tabs_changed.connect(self._follow)
        documents.entered.connect(self.look)
        documents.claimed.connect(self.look)
        session.document_changed.connect(self.look)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.applicationStateChanged.connect(self._on_state)

    def look(self, *_: object) -> None:
        """Compare the front document with its file."""
        document = self._documents.current
        notice = None
        if document is not None and is_gone(document):
            notice = self._gone(document)
        elif document is not None and is_foreign(document):
            notice = self._foreign(document)
        if notice is not None:
            self._bar.offer(_KEY, notice)
        else:
            self._bar.withdraw(_KEY)
        self._tell_claim(document)

    def _tell_claim(self, document: Document | None) -> None:
        """Say, for as long as it is so, that another window keeps this one from writing the file."""
        if document is not None and document.locked_by is not None:
            document.locked_by = self._documents.claims.take(document)  # the other one may be gone by now
        if document is None or document.locked_by is None:
            self._bar.withdraw(_CLAIM)
            return
        words = tr(
            "{title} is open in another window (process {locked_by}). Changes made here can be saved as another file.",
            title=document.title,
            locked_by=document.locked_by,
        )
        saving = self._documents.saving
        self._bar.offer(
            _CLAIM, Notice(severity="warning", text=words, actions=((tr("Save as…"), saving.save_as),))
        )

    def _follow(self) -> None:
        self._watch.follow({one.file for one in self._documents.tabs if one.file is not None})

    def _on_state(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationActive:
            self.look()

    def _gone(self, document: Document) -> Notice:
        if not document.is_dirty:
            document.is_unsaved_start = True  # this is the only one there is now
            self._documents.recovery.guard(document)
            self._session.document_changed.emit()
        saving = self._documents.saving
        return Notice(
            severity="warning",
            text=tr("{file} is no longer on the disk. The design is still here.", file=document.file),
            actions=((tr("Save it again"), saving.save), (tr("Save as…"), saving.save_as)),
        )

    def _foreign(self, document: Document) -> Notice:
        saving = self._documents.saving
        name = document.file.name if document.file else ""
        if not document.is_dirty:
            return Notice(
                severity="info",
                text=tr("{name} was changed by another program.", name=name),
                actions=((tr("Reload"), saving.reload), (tr("Keep mine"), self._keep)),
            )
        return Notice(
            severity="warning",
            text=tr("{name} was changed by another program, and you have unsaved changes.", name=name),
            actions=(
                (tr("Take theirs"), saving.reload),
                (tr("Keep mine"), self._keep),
                (tr("Compare"), self._compare),
                (tr("Save mine as…"), saving.save_as),
            ),
        )

    def _keep(self) -> None:
        """The next save writes over the file; what it holds is kept among the versions then."""
        document = self._session.document
        if document.file is not None:
            document.stamp = Stamp.of(document.file)
            document.is_unsaved_start = True
            self._documents.recovery.guard(document)
            self._session.document_changed.emit()

    def _compare(self) -> bool:
        """Show what differs; the question stands."""
        document = self._session.document
        try:
            theirs = files.load(document.file or "")
        except HybridGraphError as error:
            self._session.notified.emit("error", str(error))
        else:
            self._documents.compare_wanted.emit(tr("on the disk"), theirs)
        return False
