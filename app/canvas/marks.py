"""Small signs on cards: what is wrong, what is passed over, not trained, computed again, or a linked copy."""

from __future__ import annotations

from functools import cache
from math import cos, pi, sin

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from app.canvas.paint import NEAR, Ink, metrics, write
from app.canvas.placement import Box


def grown(zoom: float) -> float:
    """How much larger than the card around it a sign is drawn, so that it can be seen from afar."""
    return min(max(NEAR / zoom, 1.0), 2.0)


def paint_badge(painter: QPainter, ink: Ink, severity: str) -> None:
    """A disc with ! for an error, a triangle for a warning, a disc with i for advice, around the origin."""
    painter.setPen(QPen(ink.canvas, 2))
    painter.setBrush(ink.severity(severity))
    if severity == "warning":
        painter.drawPath(_triangle())
    else:
        painter.drawEllipse(QPointF(0, 0), 9, 9)
    painter.setPen(ink.on_accent)
    glyph = "i" if severity == "advice" else "!"
    half = metrics(False, 11, 600).horizontalAdvance(glyph) / 2
    write(painter, -half, 4, glyph, size=11, weight=600)


def paint_frost(painter: QPainter, ink: Ink) -> None:
    """A disc with a snowflake around the origin: these weights are not trained."""
    painter.setPen(QPen(ink.canvas, 2))
    painter.setBrush(ink.raised)
    painter.drawEllipse(QPointF(0, 0), 9, 9)
    painter.setPen(QPen(ink.accent, 1.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawLines(_flake())


def paint_again(painter: QPainter, ink: Ink) -> None:
    """A disc with an arrow turning back around the origin: activations are computed again in training."""
    painter.setPen(QPen(ink.canvas, 2))
    painter.setBrush(ink.raised)
    painter.drawEllipse(QPointF(0, 0), 9, 9)
    painter.setPen(QPen(ink.accent, 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawArc(QRectF(-4.8, -4.8, 9.6, 9.6), 60 * 16, 270 * 16)
    painter.drawLine(QLineF(2.4, -4.2, 5.0, -4.6))
    painter.drawLine(QLineF(2.4, -4.2, 3.2, -1.7))


def paint_link(painter: QPainter, ink: Ink) -> None:
    """A disc with two links of a chain around the origin: this body is shared with other stages."""
    painter.setPen(QPen(ink.canvas, 2))
    painter.setBrush(ink.raised)
    painter.drawEllipse(QPointF(0, 0), 9, 9)
    painter.setPen(QPen(ink.accent, 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.rotate(-35)
    painter.drawRoundedRect(QRectF(-6.2, -2.1, 7.2, 4.2), 2.1, 2.1)
    painter.drawRoundedRect(QRectF(-1.0, -2.1, 7.2, 4.2), 2.1, 2.1)
    painter.rotate(35)


def paint_eye(painter: QPainter, ink: Ink) -> None:
    """A disc with an eye around the origin: press it to look inside."""
    painter.setPen(QPen(ink.line, 1))
    painter.setBrush(ink.raised)
    painter.drawEllipse(QPointF(0, 0), 9, 9)
    painter.setPen(QPen(ink.muted, 1.4))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(_lids())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink.muted)
    painter.drawEllipse(QPointF(0, 0), 1.8, 1.8)


def paint_bypass(painter: QPainter, ink: Ink, box: Box) -> None:
    """A line from the first input to the outputs, over the card: the value goes past it."""
    if not box.inputs:
        return
    start = box.inputs[0]
    painter.setPen(QPen(ink.text, 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for end in box.outputs:
        middle = (start.x + end.x) / 2
        path = QPainterPath(QPointF(start.x, start.y))
        path.cubicTo(middle, start.y, middle, end.y, end.x, end.y)
        painter.drawPath(path)


@cache
def _lids() -> QPainterPath:
    path = QPainterPath(QPointF(-6, 0))
    path.quadTo(0, -7, 6, 0)
    path.quadTo(0, 7, -6, 0)
    return path


@cache
def _triangle() -> QPainterPath:
    path = QPainterPath()
    path.moveTo(0, -9)
    path.lineTo(9.5, 7)
    path.lineTo(-9.5, 7)
    path.closeSubpath()
    return path


@cache
def _flake() -> list[QLineF]:
    """Three lines through the middle, each with a fork at both ends."""
    lines = []
    for step in range(6):
        angle = step * pi / 3 + pi / 6
        tip = QPointF(5.6 * cos(angle), 5.6 * sin(angle))
        lines.append(QLineF(QPointF(0, 0), tip))
        root = tip * 0.6
        for side in (-1, 1):
            turned = angle + side * pi / 4
            lines.append(QLineF(root, root + QPointF(2 * cos(turned), 2 * sin(turned))))
    return lines
