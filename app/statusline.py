"""The line at the foot of the window: whether shapes are valid, and the totals with their units."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStatusBar, QWidget

from app.language import counted, tr
from app.quantities import count, memory
from app.session import Session
from app.theme import Theme
from app.units import Units


class _Dot(QWidget):
    """A filled dot; errors also get a glyph in the text beside it."""

    def __init__(self, colour: str) -> None:
        super().__init__()
        self.colour = colour

    def sizeHint(self) -> QSize:
        return QSize(12, 16)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.colour))
        painter.drawEllipse(QPointF(6, self.height() / 2), 4, 4)


class _Verdict(QWidget):
    """Dot and words; a click asks for the problems."""

    clicked = Signal()

    def __init__(self, colour: str) -> None:
        super().__init__()
        self.dot = _Dot(colour)
        self.label = QLabel()
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.dot)
        row.addWidget(self.label)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self.clicked.emit()


class StatusLine(QStatusBar):
    """Follows the session."""

    problems_requested = Signal()

    def __init__(
        self, session: Session, theme: Theme, parent: QWidget | None = None, *, units: Units | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._zoom = 1.0
        self._engine = "idle"
        self._units = units or Units()
        self._units.changed.connect(self.refresh)
        self.setSizeGripEnabled(False)
        self.setFixedHeight(28)
        self.verdict = _Verdict(theme.muted)
        self.verdict.clicked.connect(self.problems_requested)
        self.totals = QLabel()
        self.totals.setProperty("role", "number")
        self.totals.setContentsMargins(0, 0, 12, 0)
        self.addWidget(self.verdict)
        self.addPermanentWidget(self.totals)
        session.analysis_changed.connect(self.refresh)
        session.graph_changed.connect(self.refresh)
        self.refresh()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.refresh()

    def show_zoom(self, zoom: float) -> None:
        """Say how large the canvas is shown; 1.0 is life size."""
        self._zoom = zoom
        self.refresh()

    def show_engine(self, state: str) -> None:
        """Say how the engine stands."""
        self._engine = state
        self.refresh()

    def refresh(self, *_: object) -> None:
        """Show the session as it stands."""
        text, colour = self._verdict()
        self.verdict.label.setText(text)
        self.verdict.dot.colour = colour
        self.verdict.dot.update()
        parts = []
        analysis = self._session.analysis
        if analysis is not None and analysis.nodes:
            cost = analysis.total
            parts = [
                tr("{params} params", params=" ".join(count(cost.params)).strip()),
                f"{' '.join(count(self._units.of(cost.macs))).strip()} {self._units.name}",
                tr("{activation_bytes} / image", activation_bytes=" ".join(memory(cost.activation_bytes))),
            ]
        self.totals.setText("  ·  ".join([*parts, tr("zoom {value:.0f} %", value=self._zoom * 100)]))

    def _verdict(self) -> tuple[str, str]:
        analysis, theme = self._session.analysis, self._theme
        if not self._session.graph.nodes:
            return tr("The design is empty"), theme.muted
        if analysis is None:
            words = {"down": tr("The engine is restarting"), "idle": tr("The engine is off")}
            return words.get(self._engine, tr("The engine is starting")), theme.muted
        errors = len(analysis.errors)
        others = len(analysis.findings) - errors
        if errors:
            return counted("✕ {number} problem", "✕ {number} problems", errors), theme.error
        if others:
            return counted(
                "Shapes valid, {number} hint", "Shapes valid, {number} hints", others
            ), theme.warning
        return tr("All shapes valid"), theme.head
