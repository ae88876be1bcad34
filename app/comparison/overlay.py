"""The differences painted over the canvas. It paints values and holds nothing else."""

from __future__ import annotations

from math import atan2, cos, hypot, pi, sin

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from app.canvas.faults import guarded
from app.canvas.geometry import Rect, bounds
from app.canvas.overview import TILES
from app.canvas.paint import faded, metrics, write
from app.canvas.scene import DesignScene
from app.comparison.marks import Mark
from app.theme import Theme
from hybridgraph.comparison import SIGNS, Sign

ABOVE = 10.0  # everything else of the scene
MARGIN = 400.0  # for badges, which keep their size when one zooms out
AROUND = 40.0  # px on the screen by which badges and rings stand out
BADGE = 18.0  # px on the screen
LEAST_BADGED = 40.0  # px of a card on the screen below which it has a ring and no badge
HEAD = 9.0  # px of an arrow's head on the screen
GHOST_TITLE = 11


def colour(theme: Theme, sign: Sign) -> str:
    """The colour of a kind of difference; its sign is always beside it."""
    return {"added": theme.head, "removed": theme.error, "changed": theme.warning}.get(sign, theme.accent)


class OverlayItem(QGraphicsRectItem):
    """Rings, badges, ghosts and arrows, in the coordinates of the scene."""

    def __init__(self, scene: DesignScene) -> None:
        super().__init__()
        self._design = scene
        self._marks: tuple[Mark, ...] = ()
        self._current: Mark | None = None
        self.setPen(QPen(Qt.PenStyle.NoPen))
        self.setZValue(ABOVE)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What is shown."""
        return self._marks

    def show_marks(self, marks: list[Mark], current: Mark | None = None) -> None:
        """Show these and nothing else; `current` is the one that somebody went to."""
        self._marks, self._current = tuple(marks), current
        covered = [mark.rect for mark in marks]
        covered += [Rect(*mark.came_from, 0, 0) for mark in marks if mark.came_from]
        self.setRect(QRectF(*bounds(covered).grown(MARGIN)) if covered else QRectF())
        self.update()

    def mark_at(self, place: QPointF, zoom: float) -> Mark | None:
        """The mark whose badge, or whose ghost, lies at a point of the scene."""
        for mark in reversed(self._marks):
            badge = _badge(mark)
            x = (place.x() - mark.rect.center[0]) * zoom
            y = (place.y() - mark.rect.y) * zoom
            if abs(x) <= badge / 2 and abs(y) <= BADGE / 2:
                return mark
            if mark.sign == "removed" and mark.rect.contains(place.x(), place.y()):
                return mark
        return None

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        zoom = painter.worldTransform().m11()
        margin = AROUND / zoom
        seen = option.exposedRect.adjusted(-margin, -margin, margin, margin)
        shown = [mark for mark in self._marks if seen.intersects(QRectF(*mark.rect))]
        if zoom < TILES:
            self._paint_batches(painter, shown, zoom)
        else:
            for mark in shown:
                self._paint_ring(painter, mark, zoom)
            for mark in self._marks:
                if mark.came_from is not None:
                    self._paint_way(painter, mark.came_from, _edge(mark.rect, mark.came_from), zoom)
        transform = painter.worldTransform()
        painter.resetTransform()
        for mark in shown:
            if mark.rect.w * zoom >= LEAST_BADGED:
                self._paint_badge(painter, mark, transform.map(QPointF(mark.rect.center[0], mark.rect.y)))
        painter.setWorldTransform(transform)

    def _paint_batches(self, painter: QPainter, shown: list[Mark], zoom: float) -> None:
        """All rings of one kind at once, without round corners and arrow heads: as the cards are at this zoom."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for sign in SIGNS:
            rects = [QRectF(*mark.rect.grown(1 / zoom)) for mark in shown if mark.sign == sign]
            ink = QColor(colour(self._design.ink.theme, sign))
            pen = QPen(ink, 2)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.setBrush(faded(ink, 0.25) if sign in ("added", "removed") else Qt.BrushStyle.NoBrush)
            painter.drawRects(rects)
        pen = QPen(QColor(colour(self._design.ink.theme, "moved")), 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawLines(
            [
                QLineF(*mark.came_from, *_edge(mark.rect, mark.came_from))
                for mark in self._marks
                if mark.came_from is not None
            ]
        )
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _paint_ring(self, painter: QPainter, mark: Mark, zoom: float) -> None:
        ink = QColor(colour(self._design.ink.theme, mark.sign))
        is_ghost = mark.sign == "removed"
        pen = QPen(ink, 3.5 if mark is self._current else 2)
        pen.setCosmetic(True)
        if is_ghost:
            pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.setBrush(
            QBrush(faded(ink, 0.12)) if is_ghost or mark.sign == "added" else Qt.BrushStyle.NoBrush
        )
        rect = QRectF(*(mark.rect if is_ghost else mark.rect.grown(3)))
        painter.drawRoundedRect(rect, 12, 12)
        if is_ghost and GHOST_TITLE * zoom >= 8:
            painter.setPen(QColor(self._design.ink.theme.text))
            painter.setOpacity(0.75)
            write(
                painter, rect.x() + 12, rect.y() + 26, mark.title, size=GHOST_TITLE, width=rect.width() - 24
            )
            painter.setOpacity(1.0)

    def _paint_badge(self, painter: QPainter, mark: Mark, at: QPointF) -> None:
        theme = self._design.ink.theme
        width = _badge(mark)
        pill = QRectF(at.x() - width / 2, at.y() - BADGE / 2, width, BADGE)
        painter.setPen(QPen(QColor(theme.canvas), 2))
        painter.setBrush(QColor(colour(theme, mark.sign)))
        painter.drawRoundedRect(pill, BADGE / 2, BADGE / 2)
        painter.setPen(QColor(theme.on_accent))
        half = metrics(False, 11, 600).horizontalAdvance(mark.label) / 2
        write(painter, at.x() - half, at.y() + 4, mark.label, size=11, weight=600)

    def _paint_way(
        self, painter: QPainter, start: tuple[float, float], end: tuple[float, float], zoom: float
    ) -> None:
        """A thin arrow from where something stood to where it stands."""
        ink = QColor(colour(self._design.ink.theme, "moved"))
        pen = QPen(ink, 1.4)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawLine(QPointF(*start), QPointF(*end))
        painter.drawEllipse(QPointF(*start), 3 / zoom, 3 / zoom)
        if hypot(end[0] - start[0], end[1] - start[1]) * zoom > HEAD:
            angle = atan2(end[1] - start[1], end[0] - start[0])
            wings = [
                QPointF(end[0] - HEAD / zoom * cos(angle + turn), end[1] - HEAD / zoom * sin(angle + turn))
                for turn in (pi / 7, -pi / 7)
            ]
            painter.setBrush(ink)
            painter.drawPolygon(QPolygonF([QPointF(*end), *wings]))


def _badge(mark: Mark) -> float:
    """The width of a mark's badge on the screen."""
    return max(float(metrics(False, 11, 600).horizontalAdvance(mark.label)) + 12, BADGE)


def _edge(rect: Rect, start: tuple[float, float]) -> tuple[float, float]:
    """Where the way from a point to the middle of a rectangle meets its edge; the middle itself from inside."""
    x, y = rect.center
    dx, dy = x - start[0], y - start[1]
    if rect.contains(*start):
        return x, y
    back = min(rect.w / 2 / abs(dx) if dx else 1.0, rect.h / 2 / abs(dy) if dy else 1.0)
    return x - dx * back, y - dy * back
