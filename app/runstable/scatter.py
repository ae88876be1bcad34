"""Accuracy against cost: a point for each design with its interval, and the line of those that no other one beats."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot, log10

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QToolTip, QWidget

from app.language import tr
from app.plots.scale import Scale, spanned, written
from app.theme import Theme, mix, number_font, text_font
from hybridgraph.runs.groups import Contestant, front

LEFT, BOTTOM, EDGE = 42.0, 32.0, 10.0
_NEAR = 12.0  # px
_PADDING = 0.08


class Scatter(QWidget):
    """Designs by their cost (to the right, in logarithms) and their best top-1 (upwards)."""

    chosen = Signal(str)  # the digest of a design

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._found: list[Contestant] = []
        self._cost = "latency_us"
        self._title = ""
        self._chosen = ""
        self.setMinimumSize(160, 100)
        self.setMouseTracking(True)

    def sizeHint(self) -> QSize:
        return QSize(340, 200)

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = theme
        self.update()

    def show_designs(self, found: Sequence[Contestant], cost: str, title: str) -> None:
        """Show designs by a cost, "latency_us" or "params"; those without it, or without an accuracy, are left out."""
        self._found = [one for one in found if one.accuracy is not None and getattr(one, cost) is not None]
        self._cost, self._title = cost, title
        best = front(self._found, cost)
        names = [one.design for one in self._found if one.digest in best]
        self.setAccessibleName(tr("Top-1 against {cost}", cost=title))
        self.setAccessibleDescription(
            tr("No other design is more accurate at no more cost: {names}", names=", ".join(names))
            if names
            else ""
        )
        self.update()

    def choose(self, digest: str) -> None:
        """Mark a design."""
        self._chosen = digest
        self.update()

    def places(self) -> list[tuple[QPointF, Contestant]]:
        """Where each design stands."""
        scales = self._scales()
        if scales is None:
            return []
        across, up = scales
        return [
            (QPointF(across.place(self._x(one)), up.place(100 * (one.accuracy or 0.0))), one)
            for one in self._found
        ]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if (one := self._at(event.position())) is not None:
            self.chosen.emit(one.digest)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            one = self._at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), one.design if one is not None else "", self)
            return True
        return super().event(event)

    def _at(self, point: QPointF) -> Contestant | None:
        near = [(hypot(at.x() - point.x(), at.y() - point.y()), one) for at, one in self.places()]
        distance, one = min(near, key=lambda pair: pair[0], default=(_NEAR + 1, None))
        return one if distance <= _NEAR else None

    def _x(self, one: Contestant) -> float:
        return log10(max(float(getattr(one, self._cost)), 1e-9))

    def _scales(self) -> tuple[Scale, Scale] | None:
        area = QRectF(self.rect()).adjusted(LEFT, EDGE, -EDGE, -BOTTOM)
        if not self._found or area.width() < EDGE or area.height() < EDGE:
            return None
        xs = [self._x(one) for one in self._found]
        ys = [
            100 * value
            for one in self._found
            for value in (one.accuracy, one.low, one.high)
            if value is not None
        ]
        left, right = spanned(min(xs), max(xs), _PADDING, is_log=False)
        low, high = spanned(max(min(ys), 0.0), min(max(ys), 100.0), _PADDING, is_log=False)
        return (
            Scale(low=left, high=right, start=area.left(), stop=area.right()),
            Scale(low=low, high=high, start=area.bottom(), stop=area.top()),
        )

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scales = self._scales()
        if scales is None:
            painter.setPen(QColor(theme.muted))
            painter.setFont(text_font(12))
            words = tr("Train and profile designs to see what each costs.")
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)
            return
        across, up = scales
        self._paint_axes(painter, across, up)
        places = self.places()
        best = front(self._found, self._cost)
        line = sorted((at for at, one in places if one.digest in best), key=lambda at: at.x())
        painter.setPen(QPen(QColor(theme.head), 1.4, Qt.PenStyle.DashLine))
        painter.drawPolyline(QPolygonF(line))
        painter.setFont(text_font(11))
        for at, one in places:
            colour = QColor(theme.head if one.digest in best else theme.muted)
            painter.setPen(QPen(colour, 1.4))
            if one.low is not None and one.high is not None:
                painter.drawLine(QLineF(at.x(), up.place(100 * one.low), at.x(), up.place(100 * one.high)))
            painter.setBrush(QColor(theme.accent) if one.digest == self._chosen else colour)
            painter.drawEllipse(at, 4.5, 4.5)
            painter.setPen(QColor(theme.text))
            width = painter.fontMetrics().horizontalAdvance(one.design)
            x = at.x() + 8 if at.x() + 8 + width < self.width() else at.x() - 8 - width
            painter.drawText(QPointF(x, at.y() - 6), one.design)

    def _paint_axes(self, painter: QPainter, across: Scale, up: Scale) -> None:
        theme = self._theme
        painter.setFont(number_font(9))
        grid, words = QPen(QColor(mix(theme.canvas, theme.line, 0.6))), QColor(theme.muted)
        values = up.ticks(abs(up.stop - up.start) / 26.0)
        for value, text in zip(values, written(values), strict=True):
            y = up.place(value)
            painter.setPen(grid)
            painter.drawLine(QLineF(across.start, y, across.stop, y))
            painter.setPen(words)
            place = QRectF(0, y - 8, LEFT - 5, 16)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        for number in (across.low, (across.low + across.high) / 2, across.high):
            x = min(max(across.place(number), across.start + 18), across.stop - 18)
            value = 10**number / (1000 if self._cost == "latency_us" else 1e6)
            place = QRectF(x - 30, up.start + 3, 60, 14)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, f"{value:.3g}")
        painter.setFont(text_font(10))
        foot = QRectF(across.start, up.start + 16, across.stop - across.start, 15)
        painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, self._title)
