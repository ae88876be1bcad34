"""The reliability diagram: how often the network is right where it says so with how much confidence."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from app.language import tr
from app.quantities import spaced
from app.theme import Theme, mix, number_font, text_font
from hybridgraph.runs.predictions import Bin, Calibration

_LEFT, _TOP, _RIGHT, _BOTTOM = 52.0, 46.0, 14.0, 34.0
_COUNTS = 0.2  # of the height, for the pictures in each stretch
_GAP = 26.0


class Reliability(QWidget):
    """Accuracy over confidence, stretch by stretch, with the pictures in each below."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._calibration: Calibration | None = None
        self.setAccessibleName(tr("Calibration"))
        self.setMinimumSize(240, 220)

    def show_calibration(self, calibration: Calibration | None) -> None:
        """Show another calibration, or none."""
        self._calibration = calibration
        self.setAccessibleDescription(summary(calibration) if calibration else "")
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take another theme."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(460, 460)

    def _areas(self) -> tuple[QRectF, QRectF]:
        """Where accuracy is drawn, a square, and where pictures are counted."""
        height = self.height() - _TOP - _BOTTOM - _GAP
        side = max(min(height * (1 - _COUNTS), self.width() - _LEFT - _RIGHT), 40.0)
        upper = QRectF(_LEFT, _TOP, side, side)
        return upper, QRectF(_LEFT, upper.bottom() + _GAP, side, max(side * _COUNTS, 10.0))

    def paintEvent(self, _event: QPaintEvent) -> None:
        one = self._calibration
        if one is None:
            return
        theme, (upper, lower) = self._theme, self._areas()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(text_font(11))
        painter.setPen(QColor(theme.text))
        painter.drawText(QPointF(_LEFT, 18), summary(one))
        self._paint_axes(painter, upper, lower)
        most = max(each.count for each in one.bins)
        for each in one.bins:
            left = upper.left() + each.low * upper.width() + 1
            width = (each.high - each.low) * upper.width() - 2
            top, ideal = (
                upper.bottom() - share * upper.height() for share in (each.accuracy, each.confidence)
            )
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.convolution))
            painter.drawRect(QRectF(left, top, width, upper.bottom() - top))
            colour = QColor(theme.attention)
            colour.setAlphaF(0.45)
            painter.setBrush(colour)
            painter.drawRect(QRectF(left, min(top, ideal), width, abs(top - ideal)))
            painter.setPen(QPen(QColor(theme.attention), 2))
            painter.drawLine(QLineF(left, ideal, left + width, ideal))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(mix(theme.panel, theme.muted, 0.8)))
            height = lower.height() * each.count / most
            painter.drawRect(QRectF(left, lower.bottom() - height, width, height))
        painter.setPen(QPen(QColor(theme.text), 1, Qt.PenStyle.DashLine))
        painter.drawLine(upper.bottomLeft(), upper.topRight())

    def _paint_axes(self, painter: QPainter, upper: QRectF, lower: QRectF) -> None:
        theme = self._theme
        painter.setFont(number_font(9))
        for tick in range(0, 101, 20):
            x = upper.left() + upper.width() * tick / 100
            y = upper.bottom() - upper.height() * tick / 100
            painter.setPen(QPen(QColor(mix(theme.panel, theme.line, 0.8))))
            painter.drawLine(QLineF(upper.left(), y, upper.right(), y))
            painter.setPen(QColor(theme.muted))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, y - 8, _LEFT - 6, 16), right, f"{tick} %")
            painter.drawText(
                QRectF(x - 24, lower.bottom() + 2, 48, 14), Qt.AlignmentFlag.AlignCenter, f"{tick} %"
            )
        painter.setFont(text_font(10))
        at = upper.left()
        for words, ink in (
            (tr("told right"), theme.convolution),
            (tr("the confidence said, and how far off it is"), theme.attention),
        ):
            painter.setPen(QColor(ink))
            painter.drawText(QPointF(at, upper.top() - 7), words)
            at += painter.fontMetrics().horizontalAdvance(words) + 14
        painter.setPen(QColor(theme.muted))
        painter.drawText(QPointF(upper.left(), lower.top() - 6), tr("pictures"))
        line = QRectF(upper.left(), lower.bottom() + 16, upper.width(), 14)
        painter.drawText(line, Qt.AlignmentFlag.AlignRight, tr("confidence"))

    def bin_at(self, place: QPointF) -> Bin | None:
        """The stretch at a point of the widget."""
        upper, lower = self._areas()
        share = (place.x() - upper.left()) / upper.width()
        if self._calibration is None or not upper.top() <= place.y() <= lower.bottom():
            return None
        return next((each for each in self._calibration.bins if each.low <= share < each.high), None)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = self.bin_at(QPointF(event.pos()))
            if found is not None:
                QToolTip.showText(event.globalPos(), told(found), self)
                return True
        return super().event(event)


def summary(one: Calibration) -> str:
    """A calibration in a line."""
    return tr(
        "Expected calibration error {ece:.2f} %, largest {mce:.2f} %; mean confidence {confidence:.1f} %, right {right:.1f} %",
        ece=100 * one.ece, mce=100 * one.mce, confidence=100 * one.confidence, right=100 * one.accuracy,
    )  # fmt: skip


def told(one: Bin) -> str:
    """A stretch in words."""
    return tr(
        "{count} pictures told with {low:.0f} to {high:.0f} % confidence: {right:.1f} % of them right, {said:.1f} % said",
        count=spaced(one.count), low=100 * one.low, high=100 * one.high,
        right=100 * one.accuracy, said=100 * one.confidence,
    )  # fmt: skip
