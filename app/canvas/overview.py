"""The graph from afar, painted in batches: below reading size one item stands for all cards and wires."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from app.canvas.content import Card
from app.canvas.faults import guarded
from app.canvas.frames.items import colour_of
from app.canvas.geometry import Rect
from app.canvas.hits import levels
from app.canvas.items import BoxItem
from app.canvas.marks import paint_badge
from app.canvas.paint import FAMILIES, Ink, faded, font_of, metrics, write
from app.canvas.placement import Level
from app.theme import mix
from hybridgraph.graph.model import Frame, Path
from hybridgraph.trails import Wire

FAR, TILES = 0.12, 0.35  # zooms below which stages are blocks, and cards are tiles
SLICES = 4  # pieces of plain colour that stand for a gradient
MOST_WORDS = 240  # labels in one frame; text costs most
_BLANK = Card(title="", line="", family="glue")


class OverviewItem(QGraphicsRectItem):
    """All cards as tiles and all wires as lines, in the coordinates of the scene."""

    def __init__(self, ink: Ink, parent: QGraphicsItem | None = None) -> None:
        super().__init__(parent)
        self.ink = ink
        self.setPen(QPen(Qt.PenStyle.NoPen))
        self._tiles: dict[str, list[QRectF]] = {}
        self._frames: dict[str, list[QRectF]] = {}
        self._blocks: dict[str, list[QRectF]] = {}
        self._lines = QPainterPath()  # Qt's own: a list would be taken over by it anew in each frame
        self._blamed: list[QLineF] = []
        self._faulty: list[QRectF] = []
        self._chosen: list[QRectF] = []
        self._names: list[tuple[Rect, Card, bool]] = []
        self._letters: list[tuple[Rect, str]] = []
        self._comments: dict[str, list[QRectF]] = {}
        self._titles: list[tuple[Rect, str]] = []

    def show_frames(self, frames: Iterable[tuple[Path, Rect, Frame]]) -> None:
        """Take the comment frames anew."""
        self._comments, self._titles = {}, []
        for _, rect, frame in frames:
            self._comments.setdefault(frame.colour, []).append(QRectF(*rect))
            self._titles.append((rect, frame.title))
        self.update()

    def show_level(
        self, level: Level, shown: Mapping[Path, BoxItem], blamed: frozenset[Wire] = frozenset()
    ) -> None:
        """Take the whole graph anew: a few milliseconds for a thousand cards, once for each change."""
        self._tiles, self._frames, self._blocks = {}, {}, {}
        self._blamed, self._faulty, self._names, self._letters = [], [], [], []
        lines = QPainterPath()
        slices = {family: self._slices(family) for family in FAMILIES}
        for at, inner, (x, y) in levels(level):
            for name, box in inner.boxes.items():
                card = shown[(*at, name)].card or _BLANK
                left, top, w, h = box.rect
                rect = Rect(left + x, top + y, w, h)
                batches = [self._tiles] if box.level is None else []
                if not at:
                    batches.append(self._blocks)
                    is_stage = box.level is not None or box.stacked
                    if is_stage or _has_room(rect, FAR):  # nearer than that, only stages are named
                        self._names.append((rect, card, is_stage))
                if box.level is not None:
                    self._frames.setdefault(card.family, []).append(QRectF(*rect))
                else:
                    letters = card.symbol or f"×{card.repeat}"  # a folded stage has no letters
                    self._letters.append((rect, letters))
                for colour, begin, part in slices.get(card.family, slices["glue"]):
                    tile = QRectF(left + x + begin * w, top + y, part * w, h)
                    for batch in batches:
                        batch.setdefault(colour, []).append(tile)
                if card.severity == "error":
                    self._faulty.append(QRectF(*rect))
            trail = {edge for place, edge in blamed if place == at}
            for edge, way in inner.routes.items():
                if trail and edge in trail:
                    ends = ((segment[0], segment[-1]) for segment in way.segments)
                    self._blamed += [QLineF(ax + x, ay + y, bx + x, by + y) for (ax, ay), (bx, by) in ends]
                    continue
                left, top = way.start
                lines.moveTo(left + x, top + y)
                for segment in way.segments:
                    left, top = segment[-1]
                    lines.lineTo(left + x, top + y)
        self._lines = lines
        self.update()

    def choose(self, rects: Iterable[Rect]) -> None:
        """Put rings around these."""
        self._chosen = [QRectF(*rect.grown(4)) for rect in rects]
        self.update()

    def _slices(self, family: str) -> list[tuple[str, float, float]]:
        """A tile in the colour of its family: whole, in two halves, or in slices that run from one to the other.

        Each with its colour, where it begins, and its part of the width.
        """
        fill, left, right = self.ink.theme.header(family)
        parts = {"plain": 1, "split": 2}.get(fill, SLICES)
        colours = [mix(left, right, index / (parts - 1)) if parts > 1 else left for index in range(parts)]
        return [(colour, index / parts, 1 / parts) for index, colour in enumerate(colours)]

    def set_extent(self, extent: QRectF) -> None:
        """Take the bounds of the scene."""
        if extent != self.rect():
            self.setRect(extent)

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        zoom = painter.worldTransform().m11()
        self.paint_batches(painter, zoom)
        self._paint_words(painter, zoom, option.exposedRect)

    def paint_batches(self, painter: QPainter, zoom: float) -> None:
        """Everything but the words; the minimap uses this too."""
        ink = self.ink
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for name, rects in self._comments.items():
            colour = colour_of(ink.theme, name)
            painter.setPen(QPen(faded(colour, 0.6), 0))
            painter.setBrush(faded(colour, 0.12))
            painter.drawRects(rects)
        painter.setPen(QPen(ink.wire if zoom >= FAR else ink.faint, 0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._lines)
        far = zoom < FAR
        painter.setPen(Qt.PenStyle.NoPen)
        if not far:
            for family, rects in self._frames.items():
                painter.setBrush(QColor(ink.theme.stage))
                painter.drawRects(rects)
                painter.setBrush(QBrush(faded(ink.theme.header(family)[1], 0.16)))
                painter.drawRects(rects)
        for colour, rects in (self._blocks if far else self._tiles).items():
            painter.setBrush(QColor(mix(ink.theme.canvas, colour, 0.72)))
            painter.drawRects(rects)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._blamed:
            trail = QPen(ink.error, 3)
            trail.setCosmetic(True)
            painter.setPen(trail)
            painter.drawLines(self._blamed)
        for ring, rects in ((ink.error, self._faulty), (ink.accent, self._chosen)):
            if rects:
                pen = QPen(ring, 2)
                pen.setCosmetic(True)
                painter.setPen(pen)
                painter.drawRects(rects)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)

    def _paint_words(self, painter: QPainter, zoom: float, seen: QRectF) -> None:
        """Names of stages, and the letters of blocks, at a fixed size on the screen."""
        ink = self.ink
        transform = painter.worldTransform()
        painter.resetTransform()
        view = transform.mapRect(seen)
        placed = _Placed(transform.dx(), transform.dy(), zoom)
        left = MOST_WORDS
        painter.setPen(ink.muted)
        for rect, title in self._titles:
            place = placed.rect(rect)
            if place.width() >= 44 and place.height() >= 26 and left and place.intersects(view):
                left -= 1
                write(painter, place.x() + 5, place.y() + 11, title, size=10, width=place.width() - 8)
        for rect, card, is_stage in self._names:
            if not (zoom < FAR or is_stage) or not _has_room(rect, zoom):
                continue
            place = placed.rect(rect)
            if not place.intersects(view) or not left:
                continue
            left -= 1
            if zoom >= FAR:
                painter.setPen(ink.text)
                write(
                    painter,
                    place.x() + 6,
                    place.y() + 12,
                    card.title,
                    size=11,
                    width=place.width() - 10,
                    weight=600,
                )
                continue
            painter.setPen(ink.canvas)
            room = place.width() - 8
            write(painter, place.x() + 5, place.y() + 14, card.title, size=11, width=room, weight=600)
            if card.share and place.height() > 32:
                write(painter, place.x() + 5, place.y() + 27, card.share, size=9, width=room, number=True)
        if zoom >= FAR:
            painter.setPen(ink.canvas)
            painter.setFont(font_of(True, 10, 500))
            for rect, letters in self._letters:
                half = _half_width(letters)
                if rect.h * zoom < 12 or 2 * half + 4 > rect.w * zoom or not left:
                    continue
                place = placed.rect(rect)
                if place.intersects(view):
                    left -= 1
                    center = place.center()
                    painter.drawText(QPointF(center.x() - half, center.y() + 4), letters)
        for area in self._faulty[:MOST_WORDS]:
            edge = transform.map(QPointF(area.right(), area.center().y()))  # a corner would cover the name
            painter.translate(edge)
            paint_badge(painter, ink, "error")
            painter.translate(-edge)
        painter.setWorldTransform(transform)


def _has_room(rect: Rect, zoom: float) -> bool:
    """Whether a name can be read on a block."""
    return rect.w * zoom >= 44 and rect.h * zoom >= 26


@cache
def _half_width(letters: str) -> float:
    """Half the width of a block's letters on the screen."""
    return metrics(True, 10, 500).horizontalAdvance(letters) / 2


class _Placed:
    """Places of the scene as places of the screen, without asking Qt a thousand times a frame."""

    def __init__(self, dx: float, dy: float, zoom: float) -> None:
        self._dx, self._dy, self._zoom = dx, dy, zoom

    def rect(self, rect: Rect) -> QRectF:
        zoom = self._zoom
        return QRectF(rect[0] * zoom + self._dx, rect[1] * zoom + self._dy, rect[2] * zoom, rect[3] * zoom)
