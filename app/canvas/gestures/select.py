"""Selecting with a box, and cutting wires with a line."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app.canvas import geometry, hits
from app.canvas.geometry import Rect
from app.canvas.gestures.base import ALT, CTRL, SHIFT, Canvas, Gesture, Modifiers
from app.canvas.paint import faded
from app.canvas.routing import outline
from app.language import tr
from hybridgraph.graph.model import Edge, Path


class BoxSelect(Gesture):
    """Drag a box on the empty canvas: Shift adds to the selection, Ctrl toggles, Alt removes.

    A click without a drag selects what lies `under` the box: the stage it began in, or nothing.
    """

    def __init__(self, canvas: Canvas, start: QPointF, under: Path = ()) -> None:
        super().__init__(canvas, start)
        self._under = under

    def end(self, place: QPointF, modifiers: Modifiers) -> None:
        session = self.canvas.session
        self.here = place
        if not self.moved:
            if not modifiers & (SHIFT | CTRL | ALT):
                session.select([self._under] if self._under else ())
            return
        box = self._box()
        area = Rect(box.x(), box.y(), box.width(), box.height())
        found = hits.within(self.canvas.design.level, area)
        session.select(combined(session.selection, found, modifiers))

    def _box(self) -> QRectF:
        return QRectF(self.start, self.here).normalized()

    def paint(self, painter: QPainter) -> None:
        if self.moved:
            ink = self.canvas.design.ink
            pen = QPen(ink.accent, 1)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.setBrush(faded(ink.accent, 0.10))
            painter.drawRect(self._box())


def combined(before: frozenset[Path], found: list[Path], modifiers: Modifiers) -> set[Path]:
    """The selection after picking `found` with these keys held."""
    if modifiers & SHIFT:
        return set(before) | set(found)
    if modifiers & CTRL:
        return set(before) ^ set(found)
    if modifiers & ALT:
        return set(before) - set(found)
    return set(found)


class Cut(Gesture):
    """Drag a line across wires with Ctrl and the right button: every wire it crosses is removed."""

    cursor = Qt.CursorShape.CrossCursor

    def move(self, place: QPointF, modifiers: Modifiers) -> None:
        super().move(place, modifiers)
        self.canvas.design.light(self._crossed())

    def end(self, place: QPointF, modifiers: Modifiers) -> None:
        self.here = place
        crossed = self._crossed()
        self.cancel()
        self.canvas.editor.disconnect(crossed, tr("Cut wires"))

    def cancel(self) -> None:
        self.canvas.design.light([])

    def _crossed(self) -> list[tuple[Path, Edge]]:
        found = []
        for at, level, (x, y) in hits.levels(self.canvas.design.level):
            a = (self.start.x() - x, self.start.y() - y)
            b = (self.here.x() - x, self.here.y() - y)
            for edge, way in level.routes.items():
                if any(geometry.crosses(a, b, c, d) for c, d in pairwise(outline(way))):
                    found.append((at, edge))
        return found

    def paint(self, painter: QPainter) -> None:
        pen = QPen(self.canvas.design.ink.error, 1.6, Qt.PenStyle.DashLine)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawLine(QLineF(self.start, self.here))
