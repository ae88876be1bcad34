"""A dialog that asks a few things and lets a command of the command line do the work, in a process of its own."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from PySide6.QtCore import QProcess, Qt
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.labels import ElidedLabel
from app.language import tr
from hybridgraph.errors import HybridGraphError

COMMAND = (sys.executable, "-m", "hybridgraph.cli")


class PathField(QWidget):
    """A line for the name of a file or folder, with a button that looks for one."""

    def __init__(self, name: str, pattern: str, *, is_new: bool = False, is_folder: bool = False) -> None:
        super().__init__()
        self._name, self.pattern, self._is_new, self._is_folder = name, pattern, is_new, is_folder
        self.line = QLineEdit()
        self.line.setAccessibleName(name)
        self.browse = QPushButton("…")
        self.browse.setFixedWidth(36)
        self.browse.setAccessibleName(f"{name} …")
        self.browse.clicked.connect(self._look)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.line, 1)
        layout.addWidget(self.browse)

    @property
    def path(self) -> Path | None:
        """What is named; None where nothing is."""
        text = self.line.text().strip()
        return Path(text).expanduser().absolute() if text else None

    def _look(self) -> None:
        if self._is_folder:
            chosen = QFileDialog.getExistingDirectory(self, self._name, self.line.text())
        elif self._is_new:
            chosen, _ = QFileDialog.getSaveFileName(self, self._name, self.line.text(), self.pattern)
        else:
            chosen, _ = QFileDialog.getOpenFileName(self, self._name, self.line.text(), self.pattern)
        if chosen:
            self.line.setText(chosen)


class TaskDialog(QDialog):
    """Fields above, what came of it and the command below. Closing while it works cancels."""

    def __init__(self, title: str, verb: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None
        self._heard = ""
        self.setWindowTitle(title)
        self.setMinimumWidth(580)
        self.rows = QFormLayout()
        self.rows.setVerticalSpacing(10)
        self.word = QLabel()
        self.word.setWordWrap(True)
        self.word.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.command = ElidedLabel(Qt.TextElideMode.ElideMiddle)
        self.command.setProperty("role", "command")
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.busy.setTextVisible(False)
        self.busy.hide()
        self.start = QPushButton(verb)
        self.start.setProperty("role", "primary")
        self.start.setDefault(True)
        self.start.clicked.connect(self.begin)
        self.close_button = QPushButton(tr("Close"))
        self.close_button.clicked.connect(self.close)
        self.buttons = QHBoxLayout()
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.close_button)
        self.buttons.addWidget(self.start)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 18, 18, 16)
        layout.setSpacing(12)
        layout.addLayout(self.rows)
        layout.addWidget(self.busy)
        layout.addWidget(self.word)
        layout.addWidget(self.command)
        layout.addLayout(self.buttons)

    # -- what a task has of its own

    def arguments(self) -> list[str]:
        """The command for what the fields say. Raises HybridGraphError where they do not suffice."""
        raise NotImplementedError

    def shown(self, arguments: list[str]) -> list[str]:
        """The command as a person would type it, who does not have this window's passing files."""
        return arguments

    def told(self, result: Mapping[str, Any]) -> str:
        """What is said of the JSON that the command printed."""
        raise NotImplementedError

    def working(self) -> str:
        """What is said while the command works and has not said anything itself."""
        return tr("Working…")

    def heard(self, line: str) -> None:
        """The newest line that the command said of its progress."""
        self.say(line)

    def received(self, printed: str) -> None:
        """Show what the command printed when it was done."""
        try:
            result = json.loads(printed)
        except ValueError as error:
            self.failed(tr("The command says nothing that can be read: {error}.", error=error))
        else:
            self.say(self.told(result))

    def failed(self, sentence: str) -> None:
        """Show why nothing came of it."""
        self.say(sentence, role="error")

    # -- working

    def begin(self) -> None:
        """Start the command, or say what is missing."""
        try:
            arguments = self.arguments()
        except HybridGraphError as error:
            self.say(str(error), role="error")
            return
        self.command.setText(f"hybridgraph {shlex.join(self.shown(arguments))}")
        self._heard = ""
        self._process = process = QProcess(self)
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._broke)
        process.readyReadStandardError.connect(self._listen)
        self.start.setEnabled(False)
        self.close_button.setText(tr("Cancel"))
        self.busy.show()
        self.say(self.working())
        process.start(COMMAND[0], [*COMMAND[1:], *arguments, "--json"])

    def say(self, text: str, role: str = "") -> None:
        """Show a sentence below the fields."""
        self.word.setText(text)
        self.word.setProperty("role", role)
        self.word.style().unpolish(self.word)
        self.word.style().polish(self.word)
        self._make_room()

    def _make_room(self) -> None:
        """Grow for a sentence of several lines, which would else press the fields together."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.resize(self.width(), max(self.height(), layout.totalHeightForWidth(self.width())))

    def _listen(self) -> None:
        if self._process is None:
            return
        self._heard += bytes(self._process.readAllStandardError().data()).decode(errors="replace")
        lines = [line for line in self._heard.splitlines() if line.strip()]
        if lines:
            self.heard(lines[-1])

    def _finished(self, code: int, _status: QProcess.ExitStatus) -> None:
        process = self._process
        if process is None:
            return
        self._listen()
        printed = bytes(process.readAllStandardOutput().data()).decode(errors="replace")
        self._rest()
        if code == 0:
            self.received(printed)
        else:
            lines = self._heard.strip().splitlines()
            self.failed(lines[-1] if lines else tr("The command ended without a word."))

    def _broke(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._rest()
            self.failed(tr("The process cannot be started."))

    def _rest(self) -> None:
        self._process = None
        self.busy.hide()
        self.start.setEnabled(True)
        self.close_button.setText(tr("Close"))

    def showEvent(self, event: QShowEvent) -> None:
        """The keyboard goes through the fields first and comes to the buttons at the foot last."""
        feet = (self.close_button, self.start)
        fields = [
            one
            for one in self.findChildren(QWidget)
            if one.focusPolicy() & Qt.FocusPolicy.TabFocus and one not in feet and one.isVisibleTo(self)
        ]
        for one, other in pairwise([*fields, *feet]):
            QWidget.setTabOrder(one, other)
        if fields:
            fields[0].setFocus()
        super().showEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.waitForFinished(1000)
        event.accept()
