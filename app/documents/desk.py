"""The open documents of one window: which are there, which is in front, how they come and go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtWidgets import QWidget

from app.documents import asking
from app.documents.asking import Asker
from app.documents.claims import Claims
from app.documents.document import Document
from app.documents.journal import Recovered
from app.documents.recovery import Recovery
from app.documents.saving import Saving
from app.documents.versions import Versions
from app.session import Session
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph.model import Graph

RECENT_COUNT = 12


class Documents(QObject):
    """The tabs and the document flows. With none open, or at the start page, `current` is None."""

    tabs_changed = Signal()  # other documents, another order, another one in front, other names
    view_wanted = Signal(object)  # the Document in front: note how the canvas stands, before that changes
    claimed = Signal()  # somebody may write a document's file, or is kept from it by another window
    entered = Signal(object)  # the Document now in front; None: the start page
    recent_changed = Signal()
    compare_wanted = Signal(
        str, object
    )  # show how the document in front differs from this Graph of that name

    def __init__(
        self, session: Session, window: QWidget, settings: QSettings, asker: Asker, state: Path
    ) -> None:
        super().__init__(window)
        self._session = session
        self.window = window
        self._settings = settings
        self.asker = asker
        self.state = state
        self.tabs: list[Document] = []
        self.current: Document | None = None
        self.recovery = Recovery(session, state / "unsaved", self)
        self.versions = Versions(state / "versions")
        self.claims = Claims(state / "locks")
        self.saving = Saving(self, session)
        session.document_changed.connect(self.tabs_changed)
        session.document_replaced.connect(self._on_replaced)
        session.graph_changed.connect(self._adopt)
        self._adopt()

    # ------------------------------------------------------------------------------------------------- tabs

    def add(self, document: Document) -> None:
        """Open a document in a tab of its own, or in place of one where nothing was done, and show it."""
        front = self.current
        if front is not None and front.is_pristine:
            self.tabs[self.tabs.index(front)] = document
            self._let_go(front)
        else:
            self.tabs.append(document)
        if document.is_dirty:
            self.recovery.guard(document)
        self.activate(document)

    def activate(self, document: Document) -> bool:
        """Bring a tab to the front; False when its file cannot be read any more, and the tab is gone."""
        if document is self.current:
            return True
        if not self._is_read(document):
            return False
        if self.current is not None:
            self.view_wanted.emit(self.current)
        self.current = document
        self._session.switch(document)
        self.entered.emit(document)
        self.tabs_changed.emit()
        return True

    def go_home(self) -> None:
        """Show the start page; the tabs stay."""
        if self.current is not None:
            self.view_wanted.emit(self.current)
            self.current = None
            self.entered.emit(None)
            self._session.switch(Document())  # nothing is in front: no key changes what cannot be seen
            self.tabs_changed.emit()

    def step(self, by: int) -> None:
        """Go to the next tab (1) or the one before (-1), around the ends."""
        if self.tabs:
            start = self.tabs.index(self.current) if self.current in self.tabs else -1 if by > 0 else 0
            place = start + by  # from the start page to the first, or back to the last
            self.activate(self.tabs[place % len(self.tabs)])

    def move(self, start: int, end: int) -> None:
        """A tab was dragged to another place."""
        self.tabs.insert(end, self.tabs.pop(start))

    def close(self, document: Document | None = None) -> bool:
        """Close a tab, the front one by default; False when the person wants to keep it."""
        document = document or self.current
        if document is None or not self._may_go(document):
            return False
        place = self.tabs.index(document)
        self.tabs.remove(document)
        if document is self.current:
            self.current = None
            if not self.tabs or not self.activate(self.tabs[min(place, len(self.tabs) - 1)]):
                self.entered.emit(None)
        if document is self._session.document:
            self._session.switch(Document())  # an empty one that is no tab
        self._let_go(document)
        self.tabs_changed.emit()
        return True

    def may_close_all(self) -> bool:
        """Whether the window may go: every document is saved, or the person said what to do."""
        return all(self._may_go(document) for document in list(self.tabs))

    def restore(self, documents: Sequence[Document], front: Document | None) -> None:
        """Put back the tabs of last time; only the one in front is read now."""
        self.tabs.extend(documents)
        self.tabs_changed.emit()
        if front is not None:
            self.activate(front)

    def finish(self) -> None:
        """The window goes: nothing needs to be recovered, every file is free."""
        for document in [*self.tabs, self._session.document]:
            self._let_go(document)
        self.recovery.leave()

    def _may_go(self, document: Document) -> bool:
        if not document.is_dirty:
            return True
        self.activate(document)
        answer = self.asker.ask(self.window, asking.unsaved(document.title))
        return self.saving.save() if answer == "save" else answer == "discard"

    def _let_go(self, document: Document) -> None:
        self.recovery.forget(document)
        self.claims.release(document)
        document.end()

    def _adopt(self, *_: object) -> None:
        """A design that was begun outside the tabs becomes one."""
        document = self._session.document
        if document not in self.tabs and (document.graph.nodes or document.file is not None):
            self.tabs.append(document)
            self.current = document
            self.entered.emit(document)
            self.tabs_changed.emit()

    def _on_replaced(self, former: Document, document: Document) -> None:
        if former in self.tabs:
            self.tabs[self.tabs.index(former)] = document
            self.current = document
        self._let_go(former)

    # ------------------------------------------------------------------------------------------------- opening

    def new(self) -> None:
        """Ask for a blank design or a preset."""
        graph = self.asker.new_design(self._session, self.window)
        if graph is not None:
            self.add(Document(graph))

    def start(self, graph: Graph) -> None:
        """Open a design that lives in no file yet, or go to its tab while nobody has edited it there."""
        document = Document(graph)
        alike = [one for one in self.tabs if one.is_untouched and one.title == document.title]
        known = next((one for one in alike if self._is_read(one) and one.graph == graph), None)
        if known is None or not self.activate(known):
            self.add(document)

    def ask_open(self) -> None:
        """Ask for a file and open it."""
        folder = str(self._session.file.parent) if self._session.file else ""
        path = self.asker.open_path(self.window, folder)
        if path:
            self.open(Path(path))

    def open(self, path: Path) -> bool:
        """Open a file, or go to its tab; False, with a notice, when it cannot be read."""
        known = self.of(path)
        if known is not None:
            return self.activate(known)
        document = Document(file=path)
        if not self._read(document):
            return False
        self.remember(path)
        self.add(document)
        return True

    def of(self, path: Path) -> Document | None:
        """The tab of a file, if it is open."""
        return next((one for one in self.tabs if one.file is not None and is_same(one.file, path)), None)

    def take_up(self, recovered: Recovered) -> None:
        """Open work that a killed program left, in the tab of its file where that is not being worked on."""
        document = Document()
        self.recovery.resume(recovered, document)
        former = self.of(recovered.file) if recovered.file is not None else None
        if former is not None and not former.is_dirty:
            self.claims.release(former)
            self.tabs[self.tabs.index(former)] = document
            document.viewpoint = former.viewpoint
            if former is self.current:
                self.current = None
            self.activate(document)
            former.end()
        else:
            self.add(document)
        self.claim(document)

    def _is_read(self, document: Document) -> bool:
        """Whether the graph of a document is there, or could be read now."""
        return not document.is_unread or self._read(document)

    def _read(self, document: Document) -> bool:
        """Read the file of a document; one that cannot be read is no tab any more."""
        try:
            document.reread()
        except HybridGraphError as error:
            if document in self.tabs:
                self.tabs.remove(document)
                self.tabs_changed.emit()
            self._session.notified.emit("error", str(error))
            return False
        self.claim(document)
        return True

    def claim(self, document: Document) -> None:
        """Keep others from writing the document's file, or note who has it."""
        document.locked_by = self.claims.take(document)
        self.claimed.emit()

    # ------------------------------------------------------------------------------------------------- recent

    @property
    def recent(self) -> list[str]:
        """The files last opened or saved, the newest first."""
        kept = self._settings.value("recent", [])
        return (
            [kept] if isinstance(kept, str) else [str(one) for one in kept] if isinstance(kept, list) else []
        )

    def remember(self, path: Path) -> None:
        """Put a file at the head of the recent ones."""
        text = str(path.absolute())
        listed: Iterable[str] = [text, *(other for other in self.recent if other != text)]
        self._settings.setValue("recent", list(listed)[:RECENT_COUNT])
        self.recent_changed.emit()


def is_same(one: Path, other: Path) -> bool:
    """Whether two paths are one file."""
    try:
        return one.samefile(other)
    except OSError:
        return one.absolute() == other.absolute()
