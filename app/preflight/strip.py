"""The checklist of the pre-flight in the training panel."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.icons import icon
from app.labels import ElidedLabel
from app.language import told, tr
from app.preflight.desk import Preflight
from app.preflight.rows import CheckRow
from app.quantities import digits
from app.session import Session
from app.theme import Theme, text_font
from hybridgraph.preflight.values import CHECKS

_TICK_MS = 500
_TITLE = 18.0


class LossCurve(QWidget):
    """The loss over the steps on one batch, small."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._curve: list[float] = []
        self.setAccessibleName(tr("Loss on one batch"))

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = theme
        self.update()

    def show_curve(self, curve: list[float]) -> None:
        """Draw the losses."""
        self._curve = curve
        if curve:
            self.setAccessibleDescription(
                tr(
                    "{first:.3g} to {last:.3g} in {count} steps",
                    first=curve[0],
                    last=curve[-1],
                    count=len(curve),
                )
            )
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(180, 120)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if len(self._curve) < 2:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(text_font(11))
        painter.setPen(QColor(self._theme.muted))
        first, last = digits(self._curve[0]), digits(self._curve[-1])
        title = tr("Loss on one batch: {first} → {last}", first=first, last=last)
        painter.drawText(QRectF(0, 0, self.width(), _TITLE), Qt.AlignmentFlag.AlignVCenter, title)
        area = QRectF(self.rect()).adjusted(1, _TITLE + 4, -3, -8)
        top = max(self._curve) or 1.0
        painter.setPen(QPen(QColor(self._theme.line), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setPen(QPen(QColor(self._theme.convolution), 1.6))
        steps = len(self._curve) - 1
        line = [
            QPointF(
                area.x() + step / steps * area.width(), area.bottom() - max(loss, 0) / top * area.height()
            )
            for step, loss in enumerate(self._curve)
        ]
        painter.drawPolyline(QPolygonF(line))


class PreflightStrip(QFrame):
    """It is seen from the first pre-flight on, until it is closed or a training begins."""

    went = Signal()  # something was selected and is to be brought into view
    shown = Signal(bool)  # whether it takes the place of the curves

    def __init__(
        self, session: Session, preflight: Preflight, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._preflight, self._theme = session, preflight, theme
        self._is_closed = False
        self.setProperty("role", "card")
        self.setAccessibleName(tr("Pre-flight"))
        title = QLabel(tr("Pre-flight"))
        title.setProperty("role", "card-title")
        self.verdict = ElidedLabel()
        self.curve = LossCurve(theme)
        self.curve.setFixedWidth(180)
        self.stop = QPushButton(tr("Stop"))
        self.close_button = QToolButton()
        self.close_button.setProperty("role", "quiet")
        self.close_button.setAccessibleName(tr("Close the pre-flight"))
        self.rows = {name: CheckRow(name, theme) for name in CHECKS}
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(title)
        head.addWidget(self.verdict, 1)
        for widget in (self.stop, self.close_button):
            head.addWidget(widget)
        column = QVBoxLayout()
        column.setSpacing(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(12, 6, 8, 6)
        whole.setSpacing(4)
        whole.addLayout(head)
        below = QHBoxLayout()
        below.setSpacing(16)
        below.addLayout(column, 1)
        below.addWidget(self.curve)
        whole.addLayout(below, 1)
        for row in self.rows.values():
            row.clicked.connect(lambda _=False, row=row: self._go(row))
            column.addWidget(row)
        column.addStretch(1)
        self.setMinimumWidth(300)
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self._show_verdict)
        self.stop.clicked.connect(preflight.stop)
        self.close_button.clicked.connect(self.put_away)
        preflight.changed.connect(self.refresh)
        self.set_theme(theme)
        self.refresh()

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = theme
        self.curve.set_theme(theme)
        for row in self.rows.values():
            row.set_theme(theme)
        self.close_button.setIcon(icon("x", theme.muted, 12))
        self._show_verdict()

    def begin(self) -> None:
        """Be seen again: a pre-flight begins."""
        self._is_closed = False

    def put_away(self) -> None:
        """Close the strip and forget the result."""
        self._is_closed = True
        self._preflight.forget()

    def step_aside(self) -> None:
        """Leave the room to the curves of a training; the marks on the canvas stay."""
        self._is_closed = True
        self.refresh()

    def refresh(self) -> None:
        """Show what is known by now."""
        preflight = self._preflight
        result = preflight.result
        is_told = preflight.is_busy or result is not None or bool(preflight.trouble)
        self.setVisible(is_told and not self._is_closed)
        self.shown.emit(is_told and not self._is_closed)
        done = {check.name: check for check in result.checks} if result is not None else {}
        is_next = preflight.is_busy
        for name, row in self.rows.items():
            check = done.get(name)
            row.show_check(check, is_next=is_next and check is None, is_stale=preflight.is_stale)
            is_next = is_next and check is not None
        self.curve.show_curve(preflight.curve)
        self.stop.setVisible(preflight.is_busy)
        self.stop.setEnabled(not preflight.is_stopping)
        if preflight.is_busy:
            self._tick.start()
        else:
            self._tick.stop()
        self._show_verdict()

    def _show_verdict(self) -> None:
        preflight, theme = self._preflight, self._theme
        result, colour = preflight.result, theme.muted
        if preflight.is_busy:
            text = (
                tr("Stopping…")
                if preflight.is_stopping
                else tr("{seconds} s", seconds=round(preflight.seconds))
            )
        elif preflight.trouble:
            text, colour = told(preflight.trouble), theme.error
        elif result is not None:
            text = told(result.verdict)
            statuses = {check.status for check in result.checks}
            colour = (
                theme.error if not result.is_able else theme.warning if "warned" in statuses else theme.head
            )
            if preflight.is_stale:
                text, colour = tr("Of before the last change: {verdict}", verdict=text), theme.muted
        else:
            text = ""
        self.verdict.setText(text)
        self.verdict.setStyleSheet(f"color: {colour};")

    def _go(self, row: CheckRow) -> None:
        if row.check is not None and row.check.paths and self._preflight.is_here:
            self._session.select(row.check.paths)
            self.went.emit()
