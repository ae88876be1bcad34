"""Curves over one axis, painted: lines, a grid, numbers. What grows five times a second has to be cheap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import ceil, floor, isfinite, log10
from operator import itemgetter

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.theme import Theme, mix, number_font

FEW_POINTS = 40
"""Curves this short show every point as a dot."""
LEFT, BOTTOM, EDGE = 42.0, 18.0, 6.0  # room for the numbers, and for half a number or dot at the other sides
TICK_X, TICK_Y = 64.0, 26.0  # the least distance of two numbers
PADDING = 0.04  # of the range of the values, above and below

Points = tuple[Sequence[float], Sequence[float]]
Place = tuple[float, float]


class Plot(QWidget):
    """Curves by name, each in its colour. Both axes fit what is shown."""

    def __init__(self, names: Sequence[str], theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._curves: dict[str, Points] = dict.fromkeys(names, ((), ()))

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = theme
        self.update()

    def show_points(self, name: str, xs: Sequence[float], ys: Sequence[float]) -> None:
        """Draw a curve anew; x grows. What is no number cannot be drawn and is left out."""
        kept = [(x, y) for x, y in zip(xs, ys, strict=True) if isfinite(y)]
        self._curves[name] = ([x for x, _ in kept], [y for _, y in kept])
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        area = QRectF(LEFT, EDGE, self.width() - LEFT - EDGE, self.height() - EDGE - BOTTOM)
        shown = [curve for curve in self._curves.values() if curve[0]]
        if not shown or area.width() < EDGE or area.height() < EDGE:
            return
        across = spanned((x for xs, _ in shown for x in (xs[0], xs[-1])), 0.0)
        up = spanned((y for _, ys in shown for y in (min(ys), max(ys))), PADDING)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_axes(painter, area, across, up)
        painter.setClipRect(area.adjusted(-4, -4, 4, 4))
        colours = (self._theme.convolution, self._theme.attention)
        for (xs, ys), colour in zip(self._curves.values(), colours, strict=False):
            scale_x, scale_y = area.width() / (across[1] - across[0]), area.height() / (up[1] - up[0])
            left, foot = area.x() - across[0] * scale_x, area.bottom() + up[0] * scale_y
            places = [(left + x * scale_x, foot - y * scale_y) for x, y in zip(xs, ys, strict=True)]
            line = [QPointF(x, y) for x, y in thinned(places)]
            painter.setPen(QPen(QColor(colour), 1.6))
            painter.drawPolyline(QPolygonF(line))
            if len(xs) <= FEW_POINTS:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(colour))
                for place in line:
                    painter.drawEllipse(place, 2.0, 2.0)

    def _paint_axes(
        self, painter: QPainter, area: QRectF, across: tuple[float, float], up: tuple[float, float]
    ) -> None:
        theme = self._theme
        painter.setFont(number_font(9))
        grid, axis, words = (
            QPen(QColor(mix(theme.canvas, theme.line, 0.6))), QPen(QColor(theme.line)), QColor(theme.muted)
        )  # fmt: skip
        for value in ticks(*up, area.height() / TICK_Y):
            y = area.bottom() - (value - up[0]) / (up[1] - up[0]) * area.height()
            painter.setPen(grid)
            painter.drawLine(QLineF(area.x(), y, area.right(), y))
            painter.setPen(words)
            place = QRectF(0, y - 8, LEFT - 5, 16)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{value:g}")
        for value in ticks(*across, area.width() / TICK_X):
            x = area.x() + (value - across[0]) / (across[1] - across[0]) * area.width()
            place = QRectF(x - TICK_X / 2, area.bottom() + 2, TICK_X, BOTTOM - 2)
            place.moveRight(min(place.right(), self.width() + TICK_X / 2 - 2 * EDGE))
            painter.setPen(words)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, f"{value:g}")
        painter.setPen(axis)
        painter.drawLine(area.topLeft(), area.bottomLeft())
        painter.drawLine(area.bottomLeft(), area.bottomRight())


def spanned(values: Iterator[float], padding: float) -> tuple[float, float]:
    """The range of some values with a margin that is a part of it; one around a value that is alone."""
    listed = list(values)
    low, high = min(listed), max(listed)
    margin = (high - low) * padding if high > low else abs(low) / 2 or 0.5
    return low - margin, high + margin


def ticks(low: float, high: float, most: float) -> list[float]:
    """Round numbers in a range, about `most` of them at the most: multiples of 1, 2 or 5 and a power of ten."""
    least = (high - low) / max(most, 1.0)
    power = 10.0 ** floor(log10(least))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least * (1 - 1e-9))
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [float(f"{number * step:.10g}") for number in range(first, last + 1)]


def thinned(line: Sequence[Place]) -> Iterator[Place]:
    """The points of a line from left to right, of those in one column of pixels only the highest and the lowest."""
    for _, column in groupby(line, key=lambda place: int(place[0])):
        inside = list(column)
        if len(inside) > 2:
            high, low = min(inside, key=itemgetter(1)), max(inside, key=itemgetter(1))
            inside = sorted({high, low})
        yield from inside
