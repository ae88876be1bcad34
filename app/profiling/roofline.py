"""The roofline: what each block reaches, against what this device was measured to give."""

from __future__ import annotations

from math import ceil, floor, log10

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.canvas.paint import metrics
from app.language import mark, told, tr
from app.profiling.chart import Chart, Spot, shade
from app.quantities import count, digits
from app.theme import Theme
from hybridgraph.profiler.roofline import Bound, Dot

_TEXT = 250
_BOUNDS: dict[Bound, str] = {
    "compute": mark("Bound by arithmetic"),
    "memory": mark("Bound by memory traffic"),
    "neither": mark("Bound by neither"),
}


class RooflineView(Chart):
    """Both axes are logarithmic. A dot's size is its share of the time, its shape what bounds it."""

    _taken: list[QRectF]

    def draw(self, painter: QPainter) -> None:
        result = self.profiled.result
        assert result is not None
        self.setAccessibleName(tr("What bounds each block, in inference"))
        area = QRectF(self.rect()).adjusted(58, 20, -_TEXT - 16, -28)
        dots = [one for one in result.roofline if not one.is_group and one.time_us > 0]
        flops = [one for one in dots if one.flops]
        if not flops or area.width() < 60 or area.height() < 40:
            self.write(painter, area, tr("No block computes products."))
            return
        rates = result.rates
        xs, rates_reached = [one.intensity for one in flops], [one.flops_per_second for one in flops]
        low_x, high_x = log10(min(*xs, rates.ridge)) - 0.4, log10(max(*xs, rates.ridge)) + 0.5
        low_y = log10(min(rates_reached)) - 0.4
        high_y = log10(max(*rates_reached, rates.matmul.median)) + 0.15

        def place(intensity: float, rate: float) -> QPointF:
            x = area.left() + (log10(intensity) - low_x) / (high_x - low_x) * area.width()
            return QPointF(x, area.bottom() - (log10(rate) - low_y) / (high_y - low_y) * area.height())

        self._axes(painter, area, (low_x, high_x), (low_y, high_y))
        painter.save()
        painter.setClipRect(area)
        painter.setPen(QPen(QColor(self.theme.text), 1.6))
        corner = place(rates.ridge, rates.matmul.median)
        start = 10.0**low_x
        painter.drawPolyline([place(start, rates.roof(start)), corner, QPointF(area.right(), corner.y())])
        painter.restore()
        gigabytes, rate = digits(rates.bandwidth.median / 1e9), " ".join(count(rates.matmul.median))
        self.write(painter, QRectF(area.right() - 150, corner.y() - 17, 148, 14), f"{rate}FLOP/s", size=10,
                   number=True, side="right")  # fmt: skip
        whole = sum(one.time_us for one in dots)
        for one in sorted(flops, key=lambda one: -one.time_us):
            self._dot(painter, place(one.intensity, one.flops_per_second), one, one.time_us / whole)
        for at, one in enumerate(one for one in dots if not one.flops):
            self._dot(
                painter, QPointF(area.left() + 8, area.bottom() - 8 - 13 * at), one, one.time_us / whole
            )
        shares = {one.path: one.time_us / whole for one in dots}
        self._taken = [spot.area for spot in self.spots]
        for spot in self.spots:
            self._name(painter, spot, shares[spot.path], area)
        self._tell(painter, QRectF(area.right() + 18, 12, _TEXT - 12, self.height() - 20), gigabytes)

    def _axes(
        self, painter: QPainter, area: QRectF, xs: tuple[float, float], ys: tuple[float, float]
    ) -> None:
        line = QPen(QColor(self.theme.line), 1)
        for power in range(ceil(xs[0]), floor(xs[1]) + 1):
            x = area.left() + (power - xs[0]) / (xs[1] - xs[0]) * area.width()
            painter.setPen(line)
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            self.write(painter, QRectF(x - 24, area.bottom() + 1, 48, 13), f"{10.0**power:g}", size=9,
                       number=True, side="centre")  # fmt: skip
        for power in range(ceil(ys[0]), floor(ys[1]) + 1):
            y = area.bottom() - (power - ys[0]) / (ys[1] - ys[0]) * area.height()
            painter.setPen(line)
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            self.write(painter, QRectF(4, y - 7, area.left() - 8, 14), " ".join(count(10.0**power)), size=9,
                       number=True, side="right")  # fmt: skip
        name = QRectF(area.left(), area.bottom() + 12, area.width(), 14)
        self.write(painter, name, tr("FLOPs for each byte moved"), size=10, side="centre")
        self.write(painter, QRectF(6, 1, 80, 13), tr("FLOP/s"), size=10)

    def _dot(self, painter: QPainter, spot: QPointF, one: Dot, share: float) -> None:
        radius = 4 + 9 * share**0.5
        area = QRectF(spot.x() - radius, spot.y() - radius, 2 * radius, 2 * radius)
        is_stale = one.path in self.profiled.stale
        colour = _colour(one.bound, self.theme)
        painter.setPen(QPen(QColor(colour), 1.4, Qt.PenStyle.DotLine if is_stale else Qt.PenStyle.SolidLine))
        painter.setBrush(Qt.BrushStyle.NoBrush if is_stale or not one.flops else shade(colour, 0.45))
        _shape(painter, area, one.bound)
        self.spots.append(
            Spot(area=area.adjusted(-3, -3, 3, 3), path=one.path, words=told(one.words), is_round=True)
        )

    def _name(self, painter: QPainter, spot: Spot, share: float, area: QRectF) -> None:
        """The name of a dot that takes much of the time, where it covers no other dot and no other name."""
        if share < 0.08:
            return
        name = self.profiled.title(spot.path)
        wide = metrics(False, 10).horizontalAdvance(name) + 4
        dot, middle = spot.area, spot.area.center()
        for place in (
            QRectF(dot.right() + 2, middle.y() - 8, wide, 16),
            QRectF(dot.left() - 2 - wide, middle.y() - 8, wide, 16),
            QRectF(middle.x() - wide / 2, dot.bottom(), wide, 16),
            QRectF(middle.x() - wide / 2, dot.top() - 16, wide, 16),
            *(QRectF(middle.x() + 6, middle.y() + away, wide, 16) for away in (16, -32, 30, -46)),
        ):
            if area.contains(place) and not any(place.intersects(one) for one in self._taken):
                self._taken.append(place)
                self.write(painter, place, name, size=10, colour=self.theme.text)
                return

    def _tell(self, painter: QPainter, area: QRectF, gigabytes: str) -> None:
        """The legend, and the sentence of what is hovered or selected."""
        y = area.top()
        for bound, words in _BOUNDS.items():
            colour = _colour(bound, self.theme)
            painter.setPen(QPen(QColor(colour), 1.4))
            painter.setBrush(shade(colour, 0.45))
            _shape(painter, QRectF(area.left(), y + 2, 10, 10), bound)
            self.write(painter, QRectF(area.left() + 18, y, area.width() - 18, 14),
                       tr(words), size=11)  # fmt: skip
            y += 17
        self.write(painter, QRectF(area.left(), y, area.width(), 14),
                   tr("Measured here: {rate} GB/s", rate=gigabytes), size=10)  # fmt: skip
        chosen = self.profiled.session.selection
        spot = self.hot or next((one for one in self.spots if one.path in chosen), None)
        words = spot.words if spot else tr("Point at a dot, and it says what bounds the block.")
        rest = QRectF(area.left(), y + 22, area.width(), area.bottom() - y - 22)
        self.write(painter, rest, words, colour=self.theme.text, wrap=True)


def _colour(bound: Bound, theme: Theme) -> str:
    return {"compute": theme.head, "memory": theme.accent, "neither": theme.warning}[bound]


def _shape(painter: QPainter, area: QRectF, bound: Bound) -> None:
    """A circle where arithmetic is the bound, a square where memory is, else a diamond."""
    if bound == "compute":
        painter.drawEllipse(area)
    elif bound == "memory":
        painter.drawRect(area.adjusted(1, 1, -1, -1))
    else:
        middle = area.center()
        points = [QPointF(middle.x(), area.top()), QPointF(area.right(), middle.y()),
                  QPointF(middle.x(), area.bottom()), QPointF(area.left(), middle.y())]  # fmt: skip
        painter.drawPolygon(QPolygonF(points))
