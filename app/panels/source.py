"""The design as Python: the source that is trained and exported, read only, following the selection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor, QGuiApplication, QShowEvent, QTextCursor, QTextFormat
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.language import tr
from app.panels.highlight import PythonHighlighter
from app.quantities import spaced
from app.session import Session
from app.theme import Theme
from hybridgraph.graph.model import Graph, Path


class SourceProvider(Protocol):
    """Who can turn a graph into source: the engine client."""

    def request_source(
        self,
        graph: Graph,
        answer: Callable[[Mapping[str, Any]], None],
        refusal: Callable[[str], None],
        *,
        standalone: bool = False,
    ) -> None: ...


class SourcePanel(QWidget):
    """Asks for the source only while it can be seen."""

    def __init__(
        self, session: Session, provider: SourceProvider, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._provider = provider
        self._theme = theme
        self._shown_digest = ""
        self._lines: Mapping[str, tuple[int, int]] = {}
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setProperty("role", "number")
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setAccessibleName(tr("Source"))
        self._highlighter = PythonHighlighter(self.text.document(), theme)
        self._status = QLabel()
        self._status.setProperty("role", "muted")
        self.copy = QPushButton(tr("Copy"))
        self.copy.setIcon(icon("copy", theme.muted, 14))
        self.copy.clicked.connect(self._copy)
        bar = QHBoxLayout()
        bar.addWidget(self._status, 1)
        bar.addWidget(self.copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.addLayout(bar)
        layout.addWidget(self.text, 1)
        self._later = QTimer(self, singleShot=True, interval=60)
        self._later.timeout.connect(self._ask)
        session.analysis_changed.connect(self._schedule)
        session.graph_changed.connect(self._schedule)
        session.catalogue_changed.connect(self._forget)
        session.selection_changed.connect(self._follow)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._highlighter.set_theme(theme)
        self.copy.setIcon(icon("copy", theme.muted, 14))
        self._follow()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._schedule()

    def _forget(self) -> None:
        """The same design has another source now."""
        self._shown_digest = ""
        self._schedule()

    def _schedule(self, *_: object) -> None:
        if self.isVisible() and self._shown_digest != self._session.digest:
            self._later.start()

    def _ask(self) -> None:
        self._provider.request_source(self._session.graph, self._show, self._refuse)

    def _show(self, content: Mapping[str, Any]) -> None:
        if content["digest"] != self._session.digest:
            self._schedule()
            return
        self._shown_digest = content["digest"]
        self._lines = {path: (int(span[0]), int(span[1])) for path, span in content["lines"].items()}
        place = self.text.verticalScrollBar().value()
        self.text.setPlainText(content["source"])
        self.text.verticalScrollBar().setValue(place)
        count = self.text.document().blockCount()
        self._status.setText(
            tr("model.py · {count} lines · what is trained, profiled and exported", count=spaced(count))
        )
        self.text.setEnabled(True)
        self._follow()

    def _refuse(self, sentence: str) -> None:
        if sentence:
            self._status.setText(tr("There is no source yet: {sentence}", sentence=sentence))
        self.text.setEnabled(False)
        self._shown_digest = ""

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        self._session.notified.emit("info", tr("The source is on the clipboard."))

    def _span(self, path: Path) -> tuple[int, int] | None:
        """The lines of a node, or of the group it stands in."""
        for depth in range(len(path), 0, -1):
            span = self._lines.get("/".join(path[:depth]))
            if span is not None:
                return span
        return None

    def _follow(self, *_: object) -> None:
        """Mark the lines of the selection and bring the first of them into view."""
        spans = sorted(filter(None, (self._span(path) for path in self._session.selection)))
        marks = []
        for first, last in spans:
            for line in range(first, last + 1):
                block = self.text.document().findBlockByNumber(line - 1)
                if block.isValid():
                    mark = QTextEdit.ExtraSelection()
                    colour = QColor(self._theme.accent)
                    colour.setAlpha(38)
                    mark.format.setBackground(colour)
                    mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
                    mark.cursor = QTextCursor(block)
                    marks.append(mark)
        self.text.setExtraSelections(marks)
        if spans:
            self.text.setTextCursor(QTextCursor(self.text.document().findBlockByNumber(spans[0][0] - 1)))
            self.text.centerCursor()
