"""A wire on the scene: one `Route` in one `WireLook`."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from app.canvas.content import WireLook
from app.canvas.faults import guarded
from app.canvas.items import CLOSE, NO_PEN
from app.canvas.paint import NEAR, Ink, faded, legible, metrics, write
from app.canvas.routing import LABEL_HEIGHT, Route
from hybridgraph.graph.model import Edge, Path

FADED = 0.35


class WireItem(QGraphicsRectItem):
    """One wire with the shape it carries on a pill, where there is room."""

    def __init__(self, at: Path, edge: Edge, ink: Ink, parent: QGraphicsItem | None) -> None:
        super().__init__(parent)
        self.at = at
        self.edge = edge
        self.ink = ink
        self.way: Route | None = None
        self.look: WireLook | None = None
        self.is_faded = False
        self.is_lit = False
        self.is_blamed = False
        self._path: QPainterPath | None = None  # made when it is painted: most wires of a large net never are
        self.setZValue(-1)
        self.setPen(NO_PEN)

    def show_route(self, way: Route) -> None:
        """Take another way."""
        if way != self.way:
            self.way = way
            self._path = None
            self.setRect(*way.bounds.grown(LABEL_HEIGHT / 2 + 3))
            self.update()

    def show_look(self, look: WireLook) -> None:
        """Carry something else."""
        if look != self.look:
            self.look = look
            self.update()

    def mark(self, *, faded: bool | None = None, lit: bool | None = None, blamed: bool | None = None) -> None:
        """Step back while something else is selected, light up under what would be put into it, or lead to an error."""
        before = (self.is_faded, self.is_lit, self.is_blamed)
        state = tuple(
            old if new is None else new for old, new in zip(before, (faded, lit, blamed), strict=True)
        )
        if state != before:
            self.is_faded, self.is_lit, self.is_blamed = state
            self.setZValue(-0.5 if self.is_blamed else -1)
            self.update()

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        way, look, ink = self.way, self.look, self.ink
        if way is None or look is None:
            return
        painter.setOpacity(FADED if self.is_faded and not self.is_lit else 1.0)
        if self.is_lit:
            colour = ink.accent
        elif self.is_blamed or look.state == "error":
            colour = ink.error
        else:
            colour = ink.wire if look.state == "ok" else ink.faint
        zoom = painter.worldTransform().m11()
        emphasis = 1.5 if self.is_lit or self.is_blamed else 0.0
        width = max(look.width + emphasis, (2.4 if self.is_blamed else 1.4) / zoom)
        is_dashed = look.state in ("error", "waiting") and not self.is_blamed
        painter.setPen(_pen(colour.rgb(), width, is_dashed))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._path is None:
            self._path = wire_path(way)
        painter.drawPath(self._path)
        if zoom >= (CLOSE if look.quiet and look.state == "ok" else NEAR) and look.label:
            painter.setOpacity(1.0)
            self._paint_label(painter, way, look, zoom)

    def _paint_label(self, painter: QPainter, way: Route, look: WireLook, zoom: float) -> None:
        """The shape on its pill: in full, else in short, else not at all; it never covers a card."""
        ink = self.ink
        size = legible(10, zoom)
        for text in (look.label, look.short):
            width = metrics(True, size).horizontalAdvance(text) + 12
            if width <= way.room:
                break
        else:
            return
        x, y = way.label
        pill = QRectF(x - width / 2, y - LABEL_HEIGHT / 2, width, LABEL_HEIGHT)
        painter.setPen(QPen(ink.line, 1))
        painter.setBrush(ink.canvas)
        painter.drawRoundedRect(pill, LABEL_HEIGHT / 2, LABEL_HEIGHT / 2)
        painter.setPen(ink.error if look.state == "error" or self.is_blamed else ink.muted)
        if self.is_faded and not self.is_lit:
            painter.setOpacity(0.75)  # the plate stays whole, or the wire would strike the words out
        write(painter, pill.x() + 6, y + size * 0.36, text, size=size, number=True)


@lru_cache(256)
def _pen(colour: int, width: float, is_dashed: bool) -> QPen:
    """The pen of a wire; most wires of one frame share it."""
    pen = QPen(QColor(colour), width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    if is_dashed:
        pen.setDashPattern([3, 2.4])
    return pen


def wire_path(way: Route) -> QPainterPath:
    """The route as a path to stroke."""
    path = QPainterPath(QPointF(*way.start))
    for segment in way.segments:
        if len(segment) == 2:
            path.lineTo(*segment[1])
        else:
            path.cubicTo(*segment[1], *segment[2], *segment[3])
    return path


def stroke(painter: QPainter, way: Route, colour: QColor, width: float = 2.0) -> None:
    """Draw a route that is no wire yet."""
    painter.setPen(QPen(faded(colour, 0.95), width))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(wire_path(way))
