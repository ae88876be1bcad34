"""How a document gets into a file, and what is offered when that is not as simple as it sounds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.documents import asking
from app.documents.document import Document
from app.language import tr
from app.session import Session
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph import files

if TYPE_CHECKING:
    from app.documents.desk import Documents


class Saving:
    """Saves the document in front. Whatever stands in the way, nothing is lost and another way is offered."""

    def __init__(self, documents: Documents, session: Session) -> None:
        self._documents = documents
        self._session = session

    def save(self) -> bool:
        """Save into the document's file, asking for one when it has none."""
        document = self._session.document
        if self._documents.current is None:
            return False  # the start page is in no file
        if document.file is None:
            return self.save_as()
        if document.locked_by is not None:
            document.locked_by = self._documents.claims.take(document)  # the other one may be gone by now
        if document.locked_by is not None:
            return self.save_as() if self._ask(asking.locked(document.title, document.locked_by)) else False
        if is_foreign(document):
            answer = self._ask(asking.foreign(document.title))
            if answer == "theirs":
                return self.reload()
            if answer != "mine":
                return self.save_as() if answer else False
        return self._write(document.file)

    def save_as(self) -> bool:
        """Ask for a file and save into it."""
        document = self._session.document
        if self._documents.current is None:
            return False
        suggestion = str(document.file or f"{document.title}{files.SUFFIX}")
        chosen = self._documents.asker.save_path(self._documents.window, suggestion)
        if not chosen:
            return False
        if "." not in Path(chosen).name:
            chosen += files.SUFFIX
        path = Path(chosen)
        other = self._documents.of(path)
        if other is not None and other is not document:
            self._session.notified.emit(
                "error", tr("{path} is open in another tab. Close that one first.", path=path)
            )
            return False
        return self._write(path)

    def reload(self) -> bool:
        """Take what the file holds now, as one step that can be undone."""
        document = self._session.document
        if document.file is None:
            return False
        try:
            theirs = Document.read(document.file)
        except HybridGraphError as error:
            self._session.notified.emit("error", str(error))
            return False
        self._keep_version(document.file)
        self._session.settle()
        self._session.apply(tr("Take the file as it is"), lambda _graph: theirs.graph)
        document.stamp, document.agreed = theirs.stamp, document.graph
        self._session.agree()
        return True

    def _write(self, path: Path) -> bool:
        """Write the document, keeping what the file held among its versions; offer another place if that fails."""
        holder = self._documents.claims.holder(self._session.document, path)
        if holder is not None:
            return self.save_as() if self._ask(asking.locked(path.name, holder)) else False
        self._keep_version(path)
        while True:
            try:
                self._session.write(path)
                break
            except HybridGraphError as error:
                answer = self._ask(asking.not_saved(str(error)))
                if answer != "again":
                    return self.save_as() if answer else False
        self._keep_version(path)
        self._documents.claim(self._session.document)
        self._documents.remember(path)
        self._session.notified.emit("info", tr("Saved {path}.", path=path))
        return True

    def _keep_version(self, path: Path) -> None:
        try:
            self._documents.versions.keep(path)
        except HybridGraphError as error:
            self._session.notified.emit("warning", tr("No earlier version is kept: {error}", error=error))

    def _ask(self, question: asking.Question) -> str:
        """The answer; empty when the person thought better of it."""
        answer = self._documents.asker.ask(self._documents.window, question)
        return "" if answer == "cancel" else answer


def is_foreign(document: Document) -> bool:
    """Whether somebody else wrote the file since the document agreed with it; a file that is gone is free."""
    file, stamp = document.file, document.stamp
    return file is not None and stamp is not None and file.exists() and not stamp.holds(file)


def is_gone(document: Document) -> bool:
    """Whether the file was there and is not any more."""
    file, stamp = document.file, document.stamp
    return file is not None and stamp is not None and stamp.is_there and not file.exists()
