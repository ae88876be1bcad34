"""A comment frame on the scene: a tinted area with its title, below cards and wires."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from app.canvas.faults import guarded
from app.canvas.frames.framing import HEAD
from app.canvas.geometry import Rect
from app.canvas.paint import Ink, faded, legible, write
from app.theme import Theme
from hybridgraph.graph.model import Frame, Path

RADIUS = 12.0
BELOW = -1.0  # cards and wires of its body


def colour_of(theme: Theme, name: str) -> str:
    """A frame's colour in a theme; grey for one that this version does not know."""
    known = {
        "blue": theme.convolution,
        "green": theme.head,
        "yellow": theme.warning,
        "orange": theme.attention,
        "red": theme.error,
    }
    return known.get(name, theme.glue)


def title_size(zoom: float) -> int:
    """The size of a frame's title in scene units: readable for as long as frames are painted one by one."""
    return legible(13, zoom)


def strip_height(zoom: float) -> float:
    """The height of the strip with the title, by which a frame is taken."""
    return max(HEAD, title_size(zoom) + 12.0)


class FrameItem(QGraphicsRectItem):
    """Paints one frame and holds nothing else."""

    def __init__(self, path: Path, ink: Ink, parent: QGraphicsItem | None) -> None:
        super().__init__(parent)
        self.path = path
        self.ink = ink
        self.frame: Frame | None = None
        self.place: Rect | None = None
        self.is_chosen = False
        self.setZValue(BELOW)
        self.setPen(QPen(Qt.PenStyle.NoPen))
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def show_frame(self, frame: Frame, place: Rect) -> None:
        """Take another title, colour, place or size."""
        if frame != self.frame or place != self.place:
            self.frame, self.place = frame, place
            self.stand(place)
            self.update()

    def stand(self, place: Rect) -> None:
        """Be drawn elsewhere for the moment, while the frame is in somebody's hand."""
        self.setPos(place.x, place.y)
        self.setRect(QRectF(0, 0, place.w, place.h).adjusted(-4, -4, 4, 4))

    def mark(self, *, chosen: bool) -> None:
        """Show or hide the ring of the one that is chosen."""
        if chosen != self.is_chosen:
            self.is_chosen = chosen
            self.update()

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        if self.frame is None:
            return
        zoom = painter.worldTransform().m11()
        area = self.rect().adjusted(4, 4, -4, -4)
        colour = QColor(colour_of(self.ink.theme, self.frame.colour))
        shape = QPainterPath()
        shape.addRoundedRect(area, RADIUS, RADIUS)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillPath(shape, faded(colour, 0.08))
        head = QPainterPath()
        head.addRect(QRectF(0, 0, area.width(), min(strip_height(zoom), area.height())))
        painter.fillPath(shape.intersected(head), faded(colour, 0.16))
        painter.setPen(self.ink.ring if self.is_chosen else QPen(faded(colour, 0.6), 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(shape)
        size = title_size(zoom)
        painter.setPen(self.ink.text)
        y = (strip_height(zoom) + size * 0.72) / 2
        write(painter, 12, y, self.frame.title, size=size, width=area.width() - 24, weight=600)
