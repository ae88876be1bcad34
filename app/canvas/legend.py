"""The legend of the numbers on the cards: what they measure, in which unit, and what a full bar means."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.canvas import wording
from app.canvas.content import Measure
from app.canvas.paint import faded, metrics, write
from app.language import tr
from app.theme import Theme

BAR = 72


class Legend(QWidget):
    """A small plate in the corner of the canvas; hidden while nothing is measured."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._measure: Measure | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = theme
        self.update()

    def show_measure(self, measure: Measure | None) -> None:
        """Explain these numbers, or hide."""
        self._measure = measure
        if measure is not None:
            self.setFixedSize(
                int(metrics(False, 11).horizontalAdvance(self._title)) + self._scale_width + 28, 26
            )
            self.setAccessibleName(
                tr("Shown on the cards: {title}, up to {top}", title=self._title, top=self._top)
            )
            self.update()

    @property
    def is_wanted(self) -> bool:
        """Whether there is anything to explain."""
        return self._measure is not None

    @property
    def _title(self) -> str:
        assert self._measure is not None
        measure = self._measure
        if not measure.stale or measure.changed == frozenset():
            return measure.title
        if measure.changed is None:
            return measure.title + tr(" (before the last change)")
        return measure.title + tr(" (struck: before the last change)")

    @property
    def _top(self) -> str:
        assert self._measure is not None
        return wording.quantity(self._measure.top, self._measure.unit)

    @property
    def _scale_width(self) -> int:
        if self._measure is None or self._measure.top <= 0:
            return 0
        return BAR + int(metrics(True, 10).horizontalAdvance(self._top)) + 32

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._measure is None:
            return
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.setBrush(faded(theme.window, 0.92))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.setPen(QColor(theme.muted))
        write(painter, 12, 17, self._title, size=11)
        if self._scale_width:
            x = self.width() - self._scale_width - 4.0
            write(painter, x, 17, "0", size=10, number=True)
            gradient = QLinearGradient(x + 12, 0, x + 12 + BAR, 0)
            for step in range(11):
                gradient.setColorAt(step / 10, QColor(theme.heat_colour(step / 10)))
            write(painter, x + BAR + 18, 17, self._top, size=10, number=True)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(gradient)
            painter.drawRoundedRect(QRectF(x + 12, 11, BAR, 4), 2, 2)
        painter.end()
