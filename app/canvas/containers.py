"""A stage on the scene: a container with its name, what it costs, and the handle of its repeat count."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from app.canvas import marks
from app.canvas.content import Card
from app.canvas.faults import guarded
from app.canvas.geometry import Rect, number_width, text_width
from app.canvas.items import BoxItem
from app.canvas.paint import NEAR, faded, legible, metrics, write

SIDE = 20.0
HANDLE_HEIGHT = 22.0


def handle_rect(card: Card, width: float, height: float) -> Rect:
    """Where the repeat handle of a container stands: in the middle of its foot, before the footer's words."""
    own = number_width(f"× {card.repeat}", 12) + 20
    words = text_width(card.footer, 11) + 10 if card.footer else 0.0
    left = (width - own - words) / 2
    return Rect(max(left, SIDE - 8), height - HANDLE_HEIGHT - 12, own, HANDLE_HEIGHT)


class ContainerItem(BoxItem):
    """A group drawn open. Its body's items are its children."""

    is_target = False
    handle_hovered = False

    def aim(self, *, target: bool) -> None:
        """Show that what is dragged would be put into this container."""
        if target != self.is_target:
            self.is_target = target
            self.update()

    def hover_handle(self, *, hovered: bool) -> None:
        """Show that the repeat handle can be grabbed."""
        if hovered != self.handle_hovered:
            self.handle_hovered = hovered
            self.update()

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        box, card, ink = self.box, self.card, self.ink
        if box is None or card is None:
            return
        zoom = painter.worldTransform().m11()
        w, h = box.rect.w, box.rect.h
        radius = ink.theme.sizes.stage_radius
        frame = QRectF(0, 0, w, h)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink.theme.stage)
        painter.drawRoundedRect(frame, radius, radius)
        painter.setBrush(ink.stage_fills.get(card.family, ink.stage_fills["glue"]))
        pen = ink.stage_pens.get(card.family, ink.stage_pens["glue"])
        if card.severity == "error":
            pen = QPen(ink.error, 1.4)
        elif card.state in ("waiting", "bypassed"):
            pen = QPen(ink.faint, 1, Qt.PenStyle.DashLine)
        elif self.is_target:
            pen = QPen(ink.accent, 2, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawRoundedRect(frame, radius, radius)
        if self.is_selected:
            painter.setPen(ink.ring)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(frame.adjusted(-3, -3, 3, 3), radius + 3, radius + 3)
        self._paint_head(painter, card, w, zoom)
        if zoom >= NEAR:
            self._paint_foot(painter, card, w, h)
        self._paint_ports(painter, box, card, gates=True)
        if card.state == "bypassed":
            marks.paint_bypass(painter, ink, box)
        self._paint_signs(painter, card, w - 4, zoom)

    def _paint_head(self, painter: QPainter, card: Card, w: float, zoom: float) -> None:
        """Name and output shape on one line, block and share on the next; the letters stay readable from afar."""
        ink = self.ink
        shape = share = 0.0
        size, small, number = min(legible(15, zoom), 30), legible(12, zoom), legible(11, zoom)
        first = 27.0 if size < 17 else 30.0
        second = first + (19 if small < 15 else 1.2 * small)
        if zoom >= NEAR:
            painter.setPen(ink.text)
            shape = write(painter, w - SIDE, first, card.shape, size=12, number=True, right=True) + 10
        painter.setPen(ink.muted)
        if card.share and number <= 18:
            share = write(painter, w - SIDE, second, card.share, size=number, number=True, right=True) + 10
        if small <= 20:
            write(painter, SIDE, second, card.line, size=small, width=w - 2 * SIDE - share)
        painter.setPen(ink.text)
        write(painter, SIDE, first, card.title, size=size, width=w - 2 * SIDE - shape, weight=600)

    def _paint_foot(self, painter: QPainter, card: Card, w: float, h: float) -> None:
        ink = self.ink
        handle = handle_rect(card, w, h)
        pill = QRectF(*handle)
        hot = self.handle_hovered
        painter.setPen(QPen(ink.accent, 1) if hot else Qt.PenStyle.NoPen)
        painter.setBrush(faded(ink.accent, 0.16 if hot else 0.10))
        painter.drawRoundedRect(pill, 7, 7)
        painter.setPen(ink.accent)
        text = f"× {card.repeat}"
        half = metrics(True, 12, 500).horizontalAdvance(text) / 2
        write(painter, handle.center[0] - half, handle.y + 15.5, text, size=12, number=True, weight=500)
        if card.footer:
            painter.setPen(ink.muted)
            left = handle.right + 10
            write(painter, left, handle.y + 15.5, card.footer, size=11, width=w - left - SIDE + 8)
