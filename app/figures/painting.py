"""A drawing of `hybridgraph.figures` carried out by a painter, letters as text."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QLinearGradient, QPainter, QPainterPath, QPen, QPolygonF

from app.theme import NUMBER_FAMILY, TEXT_FAMILY
from hybridgraph.figures.drawing import Box, Drawing, Fill, Line, Text, Wire
from hybridgraph.figures.opentype import Weight

_FINE = 16  # steps of a point: fonts have whole sizes


def paint(drawing: Drawing, painter: QPainter) -> None:
    """Draw everything but the paper, a unit of the painter being a point. The theme's fonts must be loaded."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for mark in drawing.marks:
        match mark:
            case Box():
                _box(mark, painter)
            case Wire():
                _wire(mark, painter)
            case Line():
                _line(mark, painter)
            case Text():
                _text(mark, painter)


def _box(box: Box, painter: QPainter) -> None:
    painter.setBrush(_brush(box.fill, box) if box.fill else Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(_brush(box.stroke, box), box.line) if box.stroke else Qt.PenStyle.NoPen)
    painter.drawRoundedRect(QRectF(box.x, box.y, box.w, box.h), box.radius, box.radius)


def _brush(fill: Fill, box: Box) -> QBrush:
    if fill.is_plain:
        return QBrush(QColor(fill.left))
    gradient = QLinearGradient(box.x, 0, box.x + box.w, 0)
    gradient.setColorAt(0, QColor(fill.left))
    if fill.hard:
        gradient.setColorAt(0.4999, QColor(fill.left))
        gradient.setColorAt(0.5, QColor(fill.right))
    gradient.setColorAt(1, QColor(fill.right))
    return QBrush(gradient)


def _wire(wire: Wire, painter: QPainter) -> None:
    path = QPainterPath()
    for kind, points in wire.steps:
        spots = [QPointF(*point) for point in points]
        if kind == "M":
            path.moveTo(spots[0])
        elif kind == "L":
            path.lineTo(spots[0])
        else:
            path.quadTo(spots[0], spots[1])
    painter.setBrush(Qt.BrushStyle.NoBrush)
    pen = QPen(QColor(wire.colour), wire.line)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawPath(path)
    if wire.head:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(wire.colour))
        painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in wire.arrow]))


def _line(line: Line, painter: QPainter) -> None:
    pen = QPen(QColor(line.colour), line.line)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if line.dash:
        pen.setDashPattern([length / line.line for length in line.dash])  # Qt counts in widths of the pen
    painter.setPen(pen)
    painter.drawPolyline(QPolygonF([QPointF(*point) for point in line.points]))


def _text(text: Text, painter: QPainter) -> None:
    painter.save()
    painter.scale(1 / _FINE, 1 / _FINE)
    painter.setPen(QColor(text.colour))
    painter.setFont(_font(text.weight, round(text.size * _FINE)))
    painter.drawText(QPointF(text.left * _FINE, text.y * _FINE), text.text)
    painter.restore()


@cache
def _font(weight: Weight, size: int) -> QFont:
    """A face as the layout measured it: without kerning and without ligatures."""
    font = QFont(NUMBER_FAMILY if weight == "number" else TEXT_FAMILY)
    font.setPixelSize(size)
    font.setWeight(QFont.Weight.DemiBold if weight == "strong" else QFont.Weight.Normal)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    font.setKerning(False)
    for feature in ("calt", "liga"):
        font.setFeature(QFont.Tag(feature), 0)
    return font
