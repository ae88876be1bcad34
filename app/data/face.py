"""What the wizard looks like, before anything is known."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.labels import ElidedLabel
from app.language import tr
from app.panels.combo import Combo
from app.theme import Theme

_SIZE = (1120, 780)
_AROUND = 40  # pixels of the screen that stay free for the window's frame


class WizardFace(QDialog):
    """Whose pictures and how they are read at the top; pages; progress, the design, the command and buttons below."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Pictures"))
        self.setAccessibleName(tr("Pictures"))
        room = parent.screen().availableGeometry()
        self.resize(min(_SIZE[0], room.width() - _AROUND), min(_SIZE[1], room.height() - _AROUND))
        self.title = QLabel(tr("Pictures"))
        self.title.setProperty("role", "headline")
        self.place = ElidedLabel(Qt.TextElideMode.ElideMiddle)
        self.place.setProperty("role", "muted")
        self.reader = Combo()
        self.reader.setAccessibleName(tr("Read as"))
        self.folder_button, self.file_button = QPushButton(tr("Folder…")), QPushButton(tr("File…"))
        for button, words in (
            (self.folder_button, tr("Look at another folder")),
            (self.file_button, tr("Look at another file")),
        ):
            button.setIcon(icon("folder-open", theme.muted, 13))
            button.setToolTip(words)
            button.setAccessibleName(words)
        self.pages = QTabWidget()
        self.pages.setAccessibleName(tr("Pictures"))
        self.pages.setDocumentMode(True)
        for keys, by in ((("Ctrl+Tab", "Ctrl+PgDown"), 1), (("Ctrl+Shift+Tab", "Ctrl+PgUp"), -1)):
            shortcut = QShortcut(self)
            shortcut.setKeys([QKeySequence(key) for key in keys])
            shortcut.activated.connect(partial(self._turn, by))
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.message)
        self.stack.addWidget(self.pages)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Pictures that have been looked at"))
        self.progress = ElidedLabel()
        self.progress.setProperty("role", "muted")
        self.stop_button = QPushButton(tr("Stop looking"))
        self.command = ElidedLabel(Qt.TextElideMode.ElideMiddle)
        self.command.setProperty("role", "command")
        self.copy = QPushButton()
        self.copy.setProperty("role", "quiet")
        self.copy.setIcon(icon("copy", theme.muted, 13))
        self.copy.setToolTip(tr("Copy the command that does the same in a terminal"))
        self.copy.setAccessibleName(tr("Copy the command"))
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.command.text()))
        self.close_button = QPushButton(tr("Close"))
        self.close_button.clicked.connect(self.close)
        self.use_button = QPushButton(tr("Use these pictures"))
        self.use_button.setProperty("role", "primary")
        self.use_button.setDefault(True)
        self.use_button.setEnabled(False)

    def _turn(self, by: int) -> None:
        self.pages.setCurrentIndex((self.pages.currentIndex() + by) % self.pages.count())

    def lay_out(self, fit: QWidget) -> None:
        """Put the parts together, with the row about the design."""
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self.title)
        names.addWidget(self.place)
        label = QLabel(tr("Read as"))
        label.setProperty("role", "muted")
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addLayout(names, 1)
        for widget in (label, self.reader, self.folder_button, self.file_button):
            head.addWidget(widget, 0, Qt.AlignmentFlag.AlignBottom)
        progress = QHBoxLayout()
        progress.addWidget(self.bar, 1)
        progress.addWidget(self.progress, 1)
        progress.addWidget(self.stop_button)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.command, 1)
        buttons.addWidget(self.copy)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.use_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 14, 20, 14)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self.stack, 1)
        layout.addLayout(progress)
        layout.addWidget(fit)
        layout.addLayout(buttons)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter in a field ends the typing there; only on a button does it press one."""
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if not is_enter or isinstance(self.focusWidget(), QPushButton):
            super().keyPressEvent(event)

    def say(self, sentence: str) -> None:
        """Show a sentence in place of the pages."""
        self.message.setText(sentence)
        self.stack.setCurrentWidget(self.message)

    def tell_progress(self, words: str) -> None:
        """Show how far the work is; "": none is under way, a space: it cannot be stopped."""
        for widget in (self.bar, self.progress):
            widget.setVisible(bool(words))
        self.stop_button.setVisible(bool(words.strip()))
        self.progress.setText(words)
