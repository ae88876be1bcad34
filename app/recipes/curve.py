"""The learning rate over the epochs of a training, drawn before it starts."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.language import tr
from app.theme import Theme, mix, number_font
from hybridgraph.recipes import Recipe, highest_rate, learning_rate

STEPS = 600
"""As many as the picture has pixels; the rate is a function of the share of the steps that is done."""
_LEFT, _FOOT, _EDGE = 52.0, 18.0, 8.0


def points(recipe: Recipe, batch: int) -> list[tuple[float, float]]:
    """The share of the training that is done, and the rate there."""
    return [(step / (STEPS - 1), learning_rate(step, STEPS, recipe, batch)) for step in range(STEPS)]


class RateCurve(QWidget):
    """The curve with its axes, or small and by itself. The card's own lies dimly behind a changed one."""

    def __init__(self, theme: Theme, *, is_small: bool = False) -> None:
        super().__init__()
        self._theme = theme
        self._is_small = is_small
        self._curve: list[tuple[float, float]] = []
        self._former: list[tuple[float, float]] = []
        self._epochs = 1
        self._warmup = 0.0
        if is_small:
            self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = theme
        self.update()

    def show_recipe(self, recipe: Recipe, epochs: int, batch: int, former: Recipe | None = None) -> None:
        """Draw the rate of a training with so many epochs and pictures in a step."""
        self._curve, self._epochs, self._warmup = points(recipe, batch), epochs, recipe.warmup
        self._former = points(former, batch) if former is not None else []
        if self._former == self._curve:
            self._former = []
        told = tr(
            "The learning rate rises to {highest:.3g} and ends at {last:.3g}.",
            highest=highest_rate(recipe, batch), last=self._curve[-1][1],
        )  # fmt: skip
        self.setAccessibleName(tr("Learning rate"))
        self.setAccessibleDescription(told)
        if not self._is_small:
            self.setToolTip(told)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(72, 22) if self._is_small else QSize(300, 170)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(2, 3, -2, -3)
        if not self._is_small:
            area = QRectF(_LEFT, _EDGE, self.width() - _LEFT - _EDGE, self.height() - _EDGE - _FOOT)
        top = max((rate for _, rate in (*self._curve, *self._former)), default=0.0)
        if not top or area.width() < _EDGE or area.height() < _EDGE:
            return
        if not self._is_small:
            self._paint_axes(painter, area, top)
        theme = self._theme
        dim = QColor(theme.muted)
        dim.setAlphaF(0.55)
        for curve, pen in (
            (self._former, QPen(dim, 1.2, Qt.PenStyle.DashLine)),
            (self._curve, QPen(QColor(theme.accent), 1.8)),
        ):
            painter.setPen(pen)
            line = [
                QPointF(area.x() + x * area.width(), area.bottom() - y / top * area.height())
                for x, y in curve
            ]
            painter.drawPolyline(QPolygonF(line))

    def _paint_axes(self, painter: QPainter, area: QRectF, top: float) -> None:
        theme = self._theme
        if self._warmup:
            band = QRectF(area.x(), area.y(), area.width() * self._warmup, area.height())
            painter.fillRect(band, QColor(mix(theme.canvas, theme.accent, 0.1)))
        painter.setFont(number_font(9))
        for share in (0.0, 0.5, 1.0):
            y = area.bottom() - share * area.height()
            painter.setPen(QPen(QColor(mix(theme.canvas, theme.line, 0.6 if share else 1.0))))
            painter.drawLine(QLineF(area.x(), y, area.right(), y))
            painter.setPen(QColor(theme.muted))
            place = QRectF(0, y - 8, _LEFT - 6, 16)
            text = f"{share * top:.2g}"
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
            x = area.x() + share * area.width()
            place = QRectF(x - 40, area.bottom() + 2, 80, _FOOT - 2)
            place.moveRight(min(place.right(), float(self.width()) + 26))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, f"{share * self._epochs:g}")
