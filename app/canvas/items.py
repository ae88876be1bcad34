"""The cards and containers on the scene. Each paints one `Box` with one `Card` and holds nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from app.canvas import marks
from app.canvas.content import Card, port_kind
from app.canvas.faults import guarded
from app.canvas.geometry import CARD_HEIGHT, PADDING, STACK, Spot
from app.canvas.paint import NEAR, TAPER, Ink, gate_shape, legible, metrics, outline, port_shape, strip, write
from app.canvas.pictures import Look
from app.canvas.placement import Box
from hybridgraph.graph.model import Path

MARGIN = 20.0  # around the card, for ports, ring and badge
DOTS = 0.5  # the zoom below which ports are dots: their shapes could not be told apart
EYE = 16.0  # from the upper right corner of a folded stage to the middle of the eye that looks inside
NO_PEN = QPen(Qt.PenStyle.NoPen)  # of the rectangle that an item has for Qt
Sign = Callable[[QPainter, Ink], None]
CLOSE = 1.5  # the zoom from which a card shows what is inside the block


class BoxItem(QGraphicsRectItem):
    """What a card and a container have in common: a place, a look, ports."""

    def __init__(self, path: Path, ink: Ink, parent: QGraphicsItem | None) -> None:
        super().__init__(parent)
        self.path = path
        self.box: Box | None = None
        self.card: Card | None = None
        self.ink = ink
        self.is_selected = False
        self.is_hovered = False
        self.dimmed_ports: frozenset[tuple[str, bool]] = frozenset()  # (name, is an output)
        self._look: Look | None = None
        self.setPen(NO_PEN)

    def show_box(self, box: Box) -> None:
        """Take another place and size."""
        if box != self.box:
            self.box = box
            self.setPos(box.rect.x, box.rect.y)
            self.setRect(-MARGIN, -MARGIN, box.rect.w + 2 * MARGIN, box.rect.h + 2 * MARGIN)
            self._look = None
            self.update()

    def show_card(self, card: Card) -> None:
        """Say something else."""
        if card != self.card:
            self.card = card
            self._look = None
            self.update()

    def mark(self, *, selected: bool | None = None, hovered: bool | None = None) -> None:
        """Show or hide the ring of the selection and the lighter edge under the mouse."""
        selected = self.is_selected if selected is None else selected
        hovered = self.is_hovered if hovered is None else hovered
        if (selected, hovered) != (self.is_selected, self.is_hovered):
            self.is_selected, self.is_hovered = selected, hovered
            self._look = None
            self.update()

    def dim_ports(self, ports: frozenset[tuple[str, bool]]) -> None:
        """Grey out the ports that cannot take the wire being drawn."""
        if ports != self.dimmed_ports:
            self.dimmed_ports = ports
            self._look = None
            self.update()

    def _paint_ports(self, painter: QPainter, box: Box, card: Card, *, gates: bool) -> None:
        for output, spots in ((False, box.inputs), (True, box.outputs)):
            for spot in spots:
                self._paint_port(painter, card, spot, output=output, gate=gates)

    def _paint_port(self, painter: QPainter, card: Card, spot: Spot, *, output: bool, gate: bool) -> None:
        ink = self.ink
        dimmed = (spot.name, output) in self.dimmed_ports
        faulty = spot.name in card.faulty_ports and not output
        pen = QPen(ink.error, 2.2) if faulty else ink.port_pen
        kind = port_kind(card, spot.name, spot.kind)
        if dimmed:
            painter.setOpacity(0.25)
        painter.setPen(pen)
        painter.translate(spot.x, spot.y)
        painter.setBrush(ink.port_hollow)
        if gate:
            painter.drawPath(gate_shape())
            painter.scale(0.45, 0.45)
        if not spot.optional:
            painter.setBrush(ink.port_full)
        painter.drawPath(port_shape(kind))
        if gate:
            painter.scale(1 / 0.45, 1 / 0.45)
        painter.translate(-spot.x, -spot.y)
        if dimmed:
            painter.setOpacity(1.0)

    def _paint_signs(self, painter: QPainter, card: Card, x: float, zoom: float) -> None:
        """What is wrong at the right corner; from the left one on what else is marked."""
        signs: list[tuple[float, Sign]] = []
        if card.severity:
            signs.append((x, partial(marks.paint_badge, severity=card.severity)))
        left: list[Sign] = [
            sign
            for shown, sign in (
                (card.frozen, marks.paint_frost),
                (card.recomputed, marks.paint_again),
                (card.linked, marks.paint_link),
            )
            if shown
        ]
        scale = marks.grown(zoom)
        for at, sign in (*signs, *((2.0 + 22 * place, sign) for place, sign in enumerate(left))):
            painter.translate(at, 2)
            painter.scale(scale, scale)
            sign(painter, self.ink)
            painter.scale(1 / scale, 1 / scale)
            painter.translate(-at, -2)


class NodeItem(BoxItem):
    """A card: header in the colour of the family, title, one line, ports, cost."""

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        box, card = self.box, self.card
        if box is None or card is None:
            return
        if widget is None:
            self._paint(painter, box, card)  # a drawing, which others will look at larger
            return
        if self._look is None:
            size = (box.rect.w, box.rect.h, box.inputs, box.outputs, box.stacked)
            self._look = Look(card, *size, self.is_selected, self.is_hovered, self.dimmed_ports)
        zoom = painter.worldTransform().m11()
        self.ink.pictures.draw(painter, self._look, self.rect(), zoom, lambda p: self._paint(p, box, card))

    def _paint(self, painter: QPainter, box: Box, card: Card) -> None:
        ink, zoom = self.ink, painter.worldTransform().m11()
        w, h = box.rect.w, box.rect.h
        taper = TAPER if card.tapers else 0.0
        path = outline(w, h, taper, ink.theme.sizes.node_radius)
        if card.state in ("waiting", "bypassed"):
            painter.setOpacity(0.45)
        painter.setPen(Qt.PenStyle.NoPen)
        if box.stacked:
            self._paint_stack(painter, w, h)
        elif zoom >= NEAR:
            painter.setBrush(ink.shadow)
            painter.translate(0, 2)
            painter.drawPath(path)
            painter.translate(0, -2)
            painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink.card)
        if card.state in ("waiting", "bypassed"):
            painter.setPen(QPen(ink.faint, 1, Qt.PenStyle.DashLine))
        elif card.severity == "error":
            painter.setPen(QPen(ink.error, 1.4))
        else:
            painter.setPen(ink.hover if self.is_hovered else ink.border)
        painter.drawPath(path)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink.header(card.family))
        painter.drawPath(strip(w, h, taper, ink.theme.sizes.node_radius))
        if self.is_selected:
            self._paint_ring(painter, w, h, taper)
        if zoom < NEAR:
            self._paint_far(painter, card, w, h, zoom)
        else:
            self._paint_near(painter, card, w, h, zoom)
        if zoom < DOTS and not card.faulty_ports and not self.dimmed_ports:
            painter.setPen(ink.port_dot)
            painter.drawPoints([QPointF(spot.x, spot.y) for spot in (*box.inputs, *box.outputs)])
        else:
            self._paint_ports(painter, box, card, gates=False)
        painter.setOpacity(1.0)
        if card.state == "bypassed":
            marks.paint_bypass(painter, ink, box)
        self._paint_signs(painter, card, w - 2, zoom)
        if box.stacked and self.is_hovered and zoom >= NEAR:
            painter.translate(w - EYE, EYE)
            marks.paint_eye(painter, self.ink)
            painter.translate(EYE - w, -EYE)

    def _paint_stack(self, painter: QPainter, w: float, h: float) -> None:
        """The edges of the cards below: this card stands for several."""
        ink = self.ink
        painter.setPen(ink.border)
        painter.setBrush(ink.card)
        for depth in (2, 1):
            painter.drawRoundedRect(QRectF(depth * STACK, depth * STACK, w - depth * STACK, h), 10, 10)

    def _paint_ring(self, painter: QPainter, w: float, h: float, taper: float) -> None:
        painter.setPen(self.ink.ring)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.translate(-3, -3)
        painter.drawPath(outline(w + 6, h + 6, taper, self.ink.theme.sizes.node_radius + 3))
        painter.translate(3, 3)

    def _paint_far(self, painter: QPainter, card: Card, w: float, h: float, zoom: float) -> None:
        """Title and one number, in letters that stay readable as the card shrinks."""
        ink = self.ink
        title, small = legible(13, zoom), legible(10, zoom)
        room = w - 2 * PADDING
        painter.setPen(ink.text)
        two = title + small + 12 <= h
        top = (h - (title + small + 4 if two else title)) / 2 + 2
        write(painter, PADDING, top + title * 0.8, card.title, size=title, width=room, weight=600)
        number = card.foot.text if card.foot else card.line
        if two and number:
            painter.setPen(ink.muted)
            write(
                painter, PADDING, top + title + 4 + small * 0.8, number, size=small, width=room, number=True
            )

    def _paint_near(self, painter: QPainter, card: Card, w: float, h: float, zoom: float) -> None:
        """Title with the block's letters, the line, the foot; above 150 % also what is inside."""
        ink = self.ink
        close = zoom >= CLOSE and bool(card.inside)
        room = w - 2 * PADDING
        size, line = (11, 9) if close else (13, legible(11, zoom))
        y = 16.0 if close else 24.0
        letters = 0.0
        if card.symbol:
            painter.setPen(ink.faint if ink.theme.is_dark else ink.muted)
            letters = (
                write(painter, w - PADDING, y, card.symbol, size=legible(10, zoom), number=True, right=True)
                + 6
            )
        painter.setPen(ink.text)
        write(painter, PADDING, y, card.title, size=size, width=room - letters, weight=600)
        y += 11 if close else 16
        painter.setPen(ink.muted)
        write(painter, PADDING, y, card.line, size=line, width=room, number=True)
        if close:
            for index, words in enumerate(inner_lines(card.inside, int(room))):
                write(painter, PADDING, y + 9 + 7.5 * index, words, size=6, width=room)
        if card.foot is not None:
            self._paint_foot(painter, card, w, max(h, CARD_HEIGHT) - (15 if card.tapers else 12), zoom)

    def _paint_foot(self, painter: QPainter, card: Card, w: float, y: float, zoom: float) -> None:
        """The bar with its number to the right. A stale measurement is hollow."""
        ink, foot = self.ink, card.foot
        assert foot is not None
        painter.setPen(ink.faint if foot.stale else ink.muted)
        size = 9 if zoom >= 1 else legible(9, zoom)
        number = write(painter, w - PADDING, y + 4, foot.text, size=size, number=True, right=True)
        if foot.stale:
            painter.drawLine(QPointF(w - PADDING - number, y + 1), QPointF(w - PADDING, y + 1))
        length = w - 2 * PADDING - number - 8
        if length < 12:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink.track)
        painter.drawRoundedRect(QRectF(PADDING, y - 1, length, 3), 1.5, 1.5)
        if foot.fraction > 0:
            painter.setBrush(ink.track if foot.stale else ink.heat[round(foot.fraction * 20)])
            painter.drawRoundedRect(QRectF(PADDING, y - 1, max(length * foot.fraction, 3), 3), 1.5, 1.5)


@lru_cache(1024)
def inner_lines(inside: tuple[str, ...], width: int) -> tuple[str, ...]:
    """What is inside a block in two short lines: its equation, or where that needs only one, also its summary."""
    words, lines = inside[0].split(), [""]
    for word in words:
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and metrics(False, 6).horizontalAdvance(longer) > width and len(lines) < 2:
            lines.append(word)
        else:
            lines[-1] = longer
    return (*lines, *inside[1:])[:2]
