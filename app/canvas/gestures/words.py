"""A sentence at the mouse while something is in the hand."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen

from app.canvas.paint import Ink, metrics, write

WIDTH = 340
_SIZE, _LINE = 12, 17


def say(painter: QPainter, place: QPointF, words: str, ink: Ink) -> None:
    """Paint an error's sentence beside a place of the scene, in letters of one size on the screen."""
    spot = painter.worldTransform().map(place)
    transform = painter.worldTransform()
    painter.resetTransform()
    lines = _wrapped(words)
    width = max(metrics(False, _SIZE).horizontalAdvance(line) for line in lines) + 24
    plate = QRectF(spot.x() + 16, spot.y() + 14, width, _LINE * len(lines) + 14)
    seen = painter.viewport()
    plate.moveRight(min(plate.right(), seen.width() - 8.0))
    plate.moveBottom(min(plate.bottom(), seen.height() - 8.0))
    painter.setPen(QPen(ink.error, 1))
    painter.setBrush(ink.raised)
    painter.drawRoundedRect(plate, 8, 8)
    painter.setPen(ink.text)
    for index, line in enumerate(lines):
        write(painter, plate.x() + 12, plate.y() + 20 + _LINE * index, line, size=_SIZE)
    painter.setWorldTransform(transform)


def _wrapped(words: str) -> list[str]:
    """A sentence in lines of at most WIDTH px."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and metrics(False, _SIZE).horizontalAdvance(longer) > WIDTH:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
