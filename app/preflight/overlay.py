"""Blocks that the gradient does not reach, greyed on the canvas, with the reason when the mouse rests on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsRectItem,
    QStyleOptionGraphicsItem,
    QToolTip,
    QWidget,
)

from app.canvas.faults import guarded
from app.canvas.geometry import Rect, bounds
from app.canvas.paint import faded, metrics, write
from app.canvas.scene import DesignScene
from app.canvas.view import CanvasView
from app.language import mark, told, tr
from app.preflight.desk import Preflight
from hybridgraph.graph.model import Path
from hybridgraph.preflight.values import NodeGradient

ABOVE = 9.0  # below the differences to another design
MARGIN = 200.0  # for badges, which keep their size when one zooms out
BADGE, LEAST_BADGED = 18.0, 40.0  # px on the screen
_WORDS = {
    "dead": mark("no gradient"),
    "broken": mark("no number"),
    "faint": mark("faint gradient"),
    "partly": mark("partly learnt"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shade:
    """One block, or the folded stage around some, and what is said of it."""

    rect: Rect
    nodes: tuple[NodeGradient, ...]

    @property
    def worst(self) -> NodeGradient:
        """The node that the badge is about."""
        return next((node for node in self.nodes if node.is_dead), self.nodes[0])


def shades(scene: DesignScene, unwell: Mapping[Path, NodeGradient]) -> list[Shade]:
    """Where the blocks are on a scene; those in a folded stage are shown by it."""
    found: dict[Path, list[NodeGradient]] = {}
    for path, node in unwell.items():
        seen = path
        while seen and scene.rect_of(seen) is None:
            seen = seen[:-1]
        if seen:
            found.setdefault(seen, []).append(node)
    rects = {path: scene.rect_of(path) for path in found}
    return [Shade(rect=rect, nodes=tuple(found[path])) for path, rect in rects.items() if rect is not None]


class ShadeItem(QGraphicsRectItem):
    """Veils and badges, in the coordinates of the scene."""

    def __init__(self, scene: DesignScene) -> None:
        super().__init__()
        self._design = scene
        self.shades: tuple[Shade, ...] = ()
        self._is_stale = False
        self.setPen(QPen(Qt.PenStyle.NoPen))
        self.setZValue(ABOVE)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    def show_shades(self, found: list[Shade], *, is_stale: bool) -> None:
        """Show these and nothing else."""
        self.shades, self._is_stale = tuple(found), is_stale
        self.setRect(QRectF(*bounds([one.rect for one in found]).grown(MARGIN)) if found else QRectF())
        self.update()

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        zoom, theme = painter.worldTransform().m11(), self._design.ink.theme
        for shade in self.shades:
            is_dead = shade.worst.is_dead
            pen = QPen(QColor(theme.muted if is_dead else theme.warning), 1.6)
            pen.setCosmetic(True)
            if self._is_stale:
                pen.setStyle(Qt.PenStyle.DashLine)
            painter.setPen(pen)
            veil = faded(QColor(theme.canvas), 0.4 if self._is_stale else 0.68)
            painter.setBrush(veil if is_dead else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(*shade.rect.grown(2)), 11, 11)
        transform = painter.worldTransform()
        painter.resetTransform()
        for shade in self.shades:
            if shade.rect.w * zoom >= LEAST_BADGED:
                self._paint_badge(painter, shade, transform.map(QPointF(shade.rect.center[0], shade.rect.y)))
        painter.setWorldTransform(transform)

    def _paint_badge(self, painter: QPainter, shade: Shade, at: QPointF) -> None:
        theme = self._design.ink.theme
        text = tr(_WORDS[shade.worst.reach])
        if len(shade.nodes) > 1:
            text = f"{text} · {len(shade.nodes)}"
        half = metrics(False, 11, 600).horizontalAdvance(text) / 2
        pill = QRectF(at.x() - half - 8, at.y() - BADGE / 2, 2 * half + 16, BADGE)
        colour = theme.error if shade.worst.reach == "broken" else theme.warning
        painter.setPen(QPen(QColor(theme.canvas), 2))
        painter.setBrush(QColor(theme.muted if self._is_stale else colour))
        painter.drawRoundedRect(pill, BADGE / 2, BADGE / 2)
        painter.setPen(QColor(theme.on_accent))
        write(painter, at.x() - half, at.y() + 4, text, size=11, weight=600)


class Shading(QObject):
    """Keeps the veils of a canvas as the pre-flight says, and answers the mouse over them."""

    def __init__(self, canvas: CanvasView, preflight: Preflight) -> None:
        super().__init__(canvas)
        self._canvas, self._preflight = canvas, preflight
        self.item = ShadeItem(canvas.design)
        canvas.design.addItem(self.item)
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self.refresh)
        preflight.changed.connect(self._later.start)
        canvas.design.overview_changed.connect(self._later.start)
        canvas.viewport().installEventFilter(self)

    def refresh(self) -> None:
        """Look where the blocks are by now."""
        unwell = self._preflight.unwell()
        if unwell or self.item.shades:
            self.item.show_shades(shades(self._canvas.design, unwell), is_stale=self._preflight.is_stale)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Say why a block is grey."""
        if not self.item.shades or not isinstance(event, QHelpEvent) or event.type() != QEvent.Type.ToolTip:
            return False
        place = self._canvas.mapToScene(event.pos())
        shade = next((one for one in self.item.shades if one.rect.contains(place.x(), place.y())), None)
        if shade is None:
            return False
        QToolTip.showText(event.globalPos(), self.tell(shade), self._canvas)
        return True

    def tell(self, shade: Shade) -> str:
        """What is said of a shaded block."""
        lines = [f"{node.title}: {told(node.why)}" for node in shade.nodes]
        if self._preflight.is_stale:
            lines.append(tr("This was so before the last change; take the pre-flight again."))
        return "\n".join(lines)
