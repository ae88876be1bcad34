"""The block files of a person: what is in each, and whether it may run. Looking at one runs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
)

from app.language import mark, tr
from app.panels.highlight import PythonHighlighter
from app.theme import number_font
from hybridgraph.custom.folder import BlockFile, State, folder
from hybridgraph.custom.template import write_template
from hybridgraph.errors import HybridGraphError

if TYPE_CHECKING:
    from app.window import MainWindow

_STATES: dict[State, str] = {
    "agreed": mark("runs"),
    "new": mark("not agreed to"),
    "changed": mark("changed, not agreed to"),
    "broken": mark("cannot be used"),
}
_FACTS: dict[State, str] = {
    "agreed": mark("You agreed to this content. It declares {blocks}."),
    "new": mark(
        "It declares {blocks}. Read it before you agree: its code can do what you can do on this computer."
    ),
    "changed": mark("It has changed since you agreed. It declares {blocks}. Read it before you agree again."),
    "broken": mark("It cannot be used as it is."),
}


class OwnBlocksDialog(QDialog):
    """The files at the left, the chosen one's text at the right, and what can be done with it below."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._blocks = window.blocks
        self._shown: BlockFile | None = None
        self.setWindowTitle(tr("My blocks"))
        self.resize(920, 620)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Block files"))
        self.list.setFixedWidth(230)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName(tr("Text of the file"))
        self.text.setProperty("role", "number")
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        PythonHighlighter(self.text.document(), window.theme)
        self.said, self.digest = QLabel(), QLabel()
        self.said.setWordWrap(True)
        self.digest.setFont(number_font(10))
        self.digest.setProperty("role", "muted")
        self.digest.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.new_button, self.folder_button = QPushButton(tr("New…")), QPushButton(tr("Open the folder"))
        self.forget_button, self.agree_button = (
            QPushButton(tr("Do not run it")),
            QPushButton(tr("Agree and load")),
        )
        self.agree_button.setProperty("role", "primary")
        close = QPushButton(tr("Close"))
        top = QHBoxLayout()
        top.setSpacing(10)
        top.addWidget(self.list)
        top.addWidget(self.text, 1)
        row = QHBoxLayout()
        row.addWidget(self.new_button)
        row.addWidget(self.folder_button)
        row.addStretch(1)
        for button in (close, self.forget_button, self.agree_button):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(10)
        column.addLayout(top, 1)
        column.addWidget(self.said)
        column.addWidget(self.digest)
        column.addLayout(row)
        self.list.currentRowChanged.connect(self._show)
        self.new_button.clicked.connect(self.ask_new)
        self.folder_button.clicked.connect(self._open_folder)
        self.forget_button.clicked.connect(self._forget)
        self.agree_button.clicked.connect(self._agree)
        close.clicked.connect(self.reject)
        self._blocks.changed.connect(self._fill)
        self._blocks.look()
        self._fill()

    def choose(self, name: str) -> None:
        """Show the file of that name."""
        names = [file.name for file in self._blocks.files]
        if name in names:
            self.list.setCurrentRow(names.index(name))

    def make(self, name: str) -> None:
        """Write a new block file and show it."""
        try:
            path = write_template(name)
        except HybridGraphError as error:
            self.said.setText(str(error))
            return
        self._blocks.look()
        self.choose(path.name)

    def ask_new(self) -> None:
        """Ask for the name of a new block and write a file for it."""
        name, is_given = QInputDialog.getText(
            self, tr("New block"), tr("Its id, as in my_block: small letters, digits and _")
        )
        if is_given:
            self.make(name.strip())

    def _fill(self) -> None:
        chosen = self._shown.name if self._shown is not None else ""
        self.list.blockSignals(True)
        self.list.clear()
        for file in self._blocks.files:
            broken = file.state == "agreed" and bool(self._blocks.fault_of(file))
            state = _STATES["broken" if broken else file.state]
            item = QListWidgetItem(f"{file.name}\n{tr(state)}")
            self.list.addItem(item)
        self.list.blockSignals(False)
        names = [file.name for file in self._blocks.files]
        self.list.setCurrentRow(names.index(chosen) if chosen in names else 0)
        self._show(self.list.currentRow())

    def _show(self, place: int) -> None:
        files = self._blocks.files
        file = self._shown = files[place] if 0 <= place < len(files) else None
        self.agree_button.setEnabled(file is not None and file.state in ("new", "changed"))
        self.forget_button.setEnabled(file is not None and file.state in ("agreed", "changed"))
        if file is None:
            self.text.setPlainText("")
            self.said.setText(
                tr(
                    "There is no block file in {folder} yet. “New…” writes one that works.",
                    folder=str(folder()),
                )
            )
            self.digest.setText("")
            return
        if self.text.toPlainText() != file.text:
            self.text.setPlainText(file.text)
        fault = self._blocks.fault_of(file)
        self.said.setText(fault or tr(_FACTS[file.state], blocks=", ".join(file.blocks)))
        self.digest.setText(tr("{size} bytes · SHA-256 {digest}", size=f"{file.size:,}", digest=file.digest))

    def _agree(self) -> None:
        if self._shown is not None:
            self._blocks.agree(self._shown)

    def _forget(self) -> None:
        if self._shown is not None:
            self._blocks.forget(self._shown)

    def _open_folder(self) -> None:
        place = folder()
        place.mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(place)))


def show(window: MainWindow) -> None:
    """Show the person's block files over the window."""
    OwnBlocksDialog(window).open()
