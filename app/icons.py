"""The bundled SVG icons in a theme's colour, and the tile that stands for a family of blocks."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QIcon, QLinearGradient, QPainter, QPainterPath, QPixmap
from PySide6.QtSvg import QSvgRenderer

import assets
from app.theme import Theme, number_font
from hybridgraph.spec import BlockSpec

_SCALES = (1, 2, 3)


@lru_cache(maxsize=256)
def icon(name: str, colour: str, size: int = 16, *, filled: bool = False) -> QIcon:
    """The icon `assets/icons/NAME.svg`, drawn in `colour` where it says currentColor, `size` px wide."""
    source = assets.path("icons", f"{name}.svg").read_text(encoding="utf-8")
    if filled:
        source = source.replace('fill="none"', 'fill="currentColor"')
    renderer = QSvgRenderer(QByteArray(source.replace("currentColor", colour).encode()))
    result = QIcon()
    for scale in _SCALES:
        pixmap = QPixmap(size * scale, size * scale)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter, QRectF(0, 0, size * scale, size * scale))
        painter.end()
        pixmap.setDevicePixelRatio(scale)
        result.addPixmap(pixmap)
    return result


def tile(spec: BlockSpec, theme: Theme, size: int = 20) -> QIcon:
    """A rounded square with the family's fill and the block's symbol."""
    return _tile(spec.family, spec.symbol, theme, size)


@lru_cache(maxsize=256)
def _tile(family: str, symbol: str, theme: Theme, size: int) -> QIcon:
    result = QIcon()
    for scale in _SCALES:
        pixmap = QPixmap(size * scale, size * scale)
        pixmap.setDevicePixelRatio(scale)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        paint_tile(painter, QRectF(0, 0, size, size), family, symbol, theme)
        painter.end()
        result.addPixmap(pixmap)
    return result


def paint_tile(painter: QPainter, area: QRectF, family: str, symbol: str, theme: Theme) -> None:
    """Paint a family's tile into `area`: one colour, a hard split, or a gradient, with the symbol on it."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    kind, left, right = theme.header(family)
    shape = QPainterPath()
    radius = area.width() * 0.26
    shape.addRoundedRect(area, radius, radius)
    gradient = QLinearGradient(area.topLeft(), QPointF(area.right(), area.top()))
    if kind == "gradient":
        gradient = QLinearGradient(area.topLeft(), area.bottomRight())
    gradient.setColorAt(0.0, QColor(left))
    if kind == "split":
        gradient.setColorAt(0.4999, QColor(left))
        gradient.setColorAt(0.5, QColor(right))
    gradient.setColorAt(1.0, QColor(right))
    painter.fillPath(shape, QBrush(gradient))
    if symbol:
        size = round(area.width() * {1: 0.6, 2: 0.48}.get(len(symbol), 0.36))
        painter.setFont(number_font(size, QFont.Weight.Medium))
        painter.setPen(QColor(theme.on_accent))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, symbol)
