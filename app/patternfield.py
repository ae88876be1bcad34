"""The pattern field over the canvas: the design in one line of text, to read and to type."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout

from app.canvas.view import CanvasView
from app.language import tr
from app.session import Session
from app.theme import Theme
from hybridgraph.errors import HybridGraphError, PatternError

MARGIN = 12  # px to the edges of the canvas
WIDEST = 620
_WAIT_MS = 120  # the line follows an edit when the hands rest
_WAVE = 2.0


class PatternLine(QLineEdit):
    """A line of text that can mark one place in it as a mistake, and asks to be left with Escape."""

    left = Signal()
    entered = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._mistake: tuple[int, int] | None = None

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = theme
        self.update()

    @property
    def mistake(self) -> tuple[int, int] | None:
        """The first character of the mistake that is marked, and how many."""
        return self._mistake

    def mark(self, mistake: tuple[int, int] | None) -> None:
        """Draw a wave under some characters, or under none."""
        self._mistake = mistake
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.entered.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._mistake is None:
            return
        position, length = self._mistake
        metrics = self.fontMetrics()
        cursor = self.cursorRect()
        origin = cursor.center().x() - metrics.horizontalAdvance(self.text()[: self.cursorPosition()])
        start = origin + metrics.horizontalAdvance(self.text()[:position])
        width = max(metrics.horizontalAdvance(self.text()[position : position + length]), 6)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._theme.error), 1.4))
        steps = int(width / _WAVE) + 1
        y = cursor.bottom() - 1.0
        painter.drawPolyline(
            QPolygonF([QPointF(start + i * _WAVE, y + (_WAVE if i % 2 else 0.0)) for i in range(steps + 1)])
        )


class PatternField(QFrame):
    """Shows the pattern of the design; Enter makes the design of what was typed, Escape takes it back."""

    followed = Signal(object)  # Pattern of the design, or None

    def __init__(self, session: Session, theme: Theme, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._session = session
        self._canvas = canvas
        self.setObjectName("pattern")
        self.line = PatternLine(theme)
        self.line.setProperty("role", "pattern")
        self.line.setAccessibleName(tr("Pattern of the design"))
        self.letters = QLabel()
        self.letters.setProperty("role", "number")
        self.word = QLabel()
        self.word.setProperty("role", "error")
        self.word.setWordWrap(True)
        self.word.hide()
        name = QLabel(tr("Pattern"))
        name.setProperty("role", "muted")
        name.setBuddy(self.line)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(name)
        row.addWidget(self.line, 1)
        row.addWidget(self.letters)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 5, 14, 5)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.word)
        self._following = QTimer(self, singleShot=True, interval=_WAIT_MS)
        self._following.timeout.connect(self._follow)
        session.graph_changed.connect(lambda *_: self._following.start())
        session.document_changed.connect(self._following.start)
        self.line.textEdited.connect(self._check)
        self.line.returnPressed.connect(self.apply)
        self.line.left.connect(self._leave)
        self.line.entered.connect(self._enter)
        self.line.editingFinished.connect(self._following.start)
        canvas.installEventFilter(self)
        canvas.covered_top = MARGIN + self.sizeHint().height()
        self._following.start()

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self.line.set_theme(theme)

    def edit(self) -> None:
        """Put the cursor into the line."""
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.selectAll()

    def apply(self) -> None:
        """Make the design of what was typed; a mistake is shown at its character."""
        text = self.line.text()
        if not text.strip() or self._tell(self._rebuilt(text)):
            return
        self.make(tr("Pattern"), text)
        self._canvas.setFocus()

    def make(self, what: str, text: str) -> None:
        """Make the design of a pattern in one undoable step that is called `what`; its cards glide to their places."""
        from hybridgraph import patterns

        self.line.setModified(False)
        edit = partial(self._session.apply, what, partial(patterns.rebuild, text=text))
        if self._canvas.glide.around(edit):
            self._canvas.frame_all()
        self._follow()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep to the upper left corner of the canvas."""
        if watched is self._canvas and event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._place()
        return super().eventFilter(watched, event)

    # ------------------------------------------------------------------------------------------------- following

    def _follow(self) -> None:
        """Write the pattern of the design, unless somebody is typing another one."""
        if self.line.hasFocus() and self.line.isModified():
            return
        self.setVisible(bool(self._session.graph.nodes))
        if not self._session.graph.nodes:
            self.line.clear()
            self.followed.emit(None)
            return  # the first window need not load how patterns are read
        from hybridgraph import patterns

        reading = patterns.read(self._session.graph)
        text = patterns.write(reading.pattern) if reading.pattern is not None else ""
        if text != self.line.text():
            self.line.setText(text)
            self.line.setCursorPosition(0)
        self.line.setPlaceholderText(
            tr("No pattern: {reason}", reason=reading.reason) if reading.reason else ""
        )
        self.letters.setText(reading.pattern.letters if reading.pattern is not None else "")
        self._tell(None)
        self._place()
        self.followed.emit(reading.pattern)

    def _enter(self) -> None:
        """Have the letters explained to somebody who is about to type."""
        from hybridgraph import patterns

        self.line.setToolTip(
            tr("Letter, depth · width of each stage; Enter makes the design of it.\n\n")
            + "\n".join(f"{letter.name}\t{letter.meaning}" for letter in patterns.LETTERS)
        )

    def _check(self, text: str) -> None:
        """Say at once where what is typed is wrong."""
        from hybridgraph import patterns

        error = self._rebuilt(text) if text.strip() else None
        if error is None and text.strip():
            self.letters.setText(patterns.parse(text).letters)
        self._tell(error)

    def _rebuilt(self, text: str) -> HybridGraphError | None:
        from hybridgraph import patterns

        try:
            patterns.rebuild(self._session.graph, text)
        except HybridGraphError as error:
            return error
        return None

    def _tell(self, error: HybridGraphError | None) -> bool:
        self.line.mark((error.position, error.length) if isinstance(error, PatternError) else None)
        self.word.setText(str(error) if error is not None else "")
        self.word.setVisible(error is not None)
        self._place()
        return error is not None

    def _leave(self) -> None:
        self.line.setModified(False)
        self._canvas.setFocus()
        self._follow()

    def _place(self) -> None:
        width = min(WIDEST, self._canvas.width() - 2 * MARGIN)
        self.word.setFixedWidth(max(width - 28, 40))
        layout = self.layout()
        is_high = layout is not None and self.word.isVisible()
        height = layout.totalHeightForWidth(width) if layout and is_high else self.sizeHint().height()
        self.setGeometry(QRect(MARGIN, MARGIN, width, max(height, self.minimumSizeHint().height())))
