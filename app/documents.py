"""Opening, saving and closing designs: the file dialogs, the unsaved question, the recent files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from app.newdesign import ask_new
from app.session import Session
from app.theme import Theme
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph

RECENT_COUNT = 8
_FILTER = f"Designs (*{files.SUFFIX});;All files (*)"


class Asker(Protocol):
    """Asks the person: replaced in tests."""

    def new_design(self, session: Session, parent: QWidget) -> Graph | None: ...
    def open_path(self, parent: QWidget, folder: str) -> str: ...
    def save_path(self, parent: QWidget, suggestion: str) -> str: ...
    def unsaved(self, parent: QWidget, title: str) -> str: ...


class DialogAsker:
    """Asks with the platform's dialogs."""

    def __init__(self, theme: Callable[[], Theme]) -> None:
        self._theme = theme

    def new_design(self, session: Session, parent: QWidget) -> Graph | None:
        """The design to begin with; None when the person thought better of it."""
        return ask_new(session, self._theme(), parent)

    def open_path(self, parent: QWidget, folder: str) -> str:
        """The file to open; empty when the person thought better of it."""
        return QFileDialog.getOpenFileName(parent, "Open a design", folder, _FILTER)[0]

    def save_path(self, parent: QWidget, suggestion: str) -> str:
        """The file to write; empty when the person thought better of it."""
        return QFileDialog.getSaveFileName(parent, "Save the design", suggestion, _FILTER)[0]

    def unsaved(self, parent: QWidget, title: str) -> str:
        """What to do with unsaved changes: "save", "discard" or "cancel"."""
        box = QMessageBox(parent)
        box.setWindowTitle("Unsaved changes")
        box.setText(f"{title} has changes that are not saved.")
        box.setInformativeText("Without saving they are lost.")
        button = QMessageBox.StandardButton
        box.setStandardButtons(button.Save | button.Discard | button.Cancel)
        box.setDefaultButton(button.Save)
        answer = box.exec()
        return {button.Save: "save", button.Discard: "discard"}.get(button(answer), "cancel")


class Documents(QObject):
    """The document flows of one window."""

    recent_changed = Signal()
    opened = Signal()

    def __init__(self, session: Session, window: QWidget, settings: QSettings, asker: Asker) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._settings = settings
        self.asker = asker

    @property
    def recent(self) -> list[str]:
        """The files last opened or saved, the newest first."""
        kept = self._settings.value("recent", [])
        return [kept] if isinstance(kept, str) else list(kept or [])

    def may_replace(self) -> bool:
        """Whether the current document may go: it is saved, or the person said what to do."""
        if not self._session.is_dirty:
            return True
        answer = self.asker.unsaved(self._window, self._session.title)
        return self.save() if answer == "save" else answer == "discard"

    def new(self) -> None:
        """Ask for a blank design or a preset."""
        if self.may_replace():
            graph = self.asker.new_design(self._session, self._window)
            if graph is not None:
                self._session.new(graph)
                self.opened.emit()

    def ask_open(self) -> None:
        """Ask for a file and open it."""
        if self.may_replace():
            folder = str(self._session.file.parent) if self._session.file else ""
            path = self.asker.open_path(self._window, folder)
            if path:
                self.open(Path(path))

    def open_recent(self, path: str) -> None:
        """Open a file of the recent list."""
        if self.may_replace():
            self.open(Path(path))

    def open(self, path: Path) -> bool:
        """Open a file; the document stays as it is when it cannot be read."""
        if not self._session.open(path):
            return False
        self._remember(path)
        self.opened.emit()
        return True

    def save(self) -> bool:
        """Save into the document's file, asking for one when it has none."""
        if self._session.file is None:
            return self.save_as()
        return self._written(self._session.save())

    def save_as(self) -> bool:
        """Ask for a file and save into it."""
        suggestion = str(self._session.file or f"{self._session.title}{files.SUFFIX}")
        chosen = self.asker.save_path(self._window, suggestion)
        if not chosen:
            return False
        if "." not in Path(chosen).name:
            chosen += files.SUFFIX
        return self._written(self._session.save(Path(chosen)))

    def _written(self, done: bool) -> bool:
        if done and self._session.file is not None:
            self._remember(self._session.file)
            self._session.notified.emit("info", f"Saved {self._session.file}.")
        return done

    def _remember(self, path: Path) -> None:
        text = str(path.absolute())
        listed: Iterable[str] = [text, *(other for other in self.recent if other != text)]
        self._settings.setValue("recent", list(listed)[:RECENT_COUNT])
        self.recent_changed.emit()
