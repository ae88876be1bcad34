"""The grid of dots behind the design, painted as one tiled picture."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from app.theme import Theme

GAP = 32  # of the scene, between two dots
_LEAST_ZOOM = 0.35  # from farther away the dots would be a haze
_RADIUS = 1.1


class DotGrid:
    """The ground of the canvas. It keeps the picture of some dots for one zoom, screen and theme at a time."""

    def __init__(self) -> None:
        self._picture = QPixmap()
        self._of = (0.0, 0.0, "")
        self._aside = 8  # dots along a side of the picture

    def paint(self, painter: QPainter, parts: Sequence[QRect], *, theme: Theme, ratio: float) -> None:
        """Fill parts of the screen with ground and dots. The painter's transform says where the scene is.

        Parts are in pixels of the viewport; `ratio` is how many of the device's make one of them.
        """
        transform, ground = painter.worldTransform(), QColor(theme.canvas)
        tile = GAP * transform.m11()
        painter.resetTransform()
        is_plain = transform.m11() < _LEAST_ZOOM
        if not is_plain and self._of != (tile, ratio, theme.name):
            self._of = (tile, ratio, theme.name)
            self._aside = min(max(int(600 / tile), 1), 8)
            self._picture = self._draw(tile, ratio, theme)
        step = tile * self._aside  # many dots in one picture: few calls, and rounding cannot add up
        left, top = transform.dx(), transform.dy()
        for part in parts:
            if not is_plain and ratio == 1.0 and step == int(step):  # as at 100 %: it lines up with itself
                offset = QPointF((part.x() - round(left)) % step, (part.y() - round(top)) % step)
                painter.drawTiledPixmap(QRectF(part), self._picture, offset)
                continue
            painter.fillRect(part, ground)
            if not is_plain:
                self._cover(painter, part, left, top, step)
        painter.setWorldTransform(transform)

    def _cover(self, painter: QPainter, part: QRect, dx: float, dy: float, step: float) -> None:
        """Dots in one part of the screen, none of them beyond its edges, which clipping would have to cut."""
        ratio = self._picture.devicePixelRatio()
        y = dy + step * ((part.y() - dy) // step)
        while y <= part.bottom():
            x = dx + step * ((part.x() - dx) // step)
            top, low = max(y, part.y()), min(y + step, part.y() + part.height())
            while x <= part.right():
                left, right = max(x, part.x()), min(x + step, part.x() + part.width())
                cut = QRectF(
                    (left - x) * ratio, (top - y) * ratio, (right - left) * ratio, (low - top) * ratio
                )
                painter.drawPixmap(QPointF(left, top), self._picture, cut)
                x += step
            y += step

    def _draw(self, tile: float, ratio: float, theme: Theme) -> QPixmap:
        """A picture of some dots by as many: with the ground where it lines up with itself, else transparent."""
        length = tile * self._aside * ratio
        is_whole = ratio == 1.0 and length == int(length)
        side = int(length) + (0 if is_whole else 1)
        picture = QPixmap(side, side)
        picture.setDevicePixelRatio(ratio)
        picture.fill(QColor(theme.canvas) if is_whole else Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.dot))
        for row in range(self._aside):
            for column in range(self._aside):
                painter.drawEllipse(QPointF((column + 0.5) * tile, (row + 0.5) * tile), _RADIUS, _RADIUS)
        painter.end()
        return picture
