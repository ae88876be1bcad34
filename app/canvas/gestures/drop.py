"""A block or a kept stage that comes from the palette and hangs over the canvas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app.canvas import insertion
from app.canvas.geometry import Rect
from app.canvas.gestures.base import ALT, Canvas, Gesture, Modifiers
from app.canvas.paint import faded, legible, write
from app.language import told
from hybridgraph.graph.model import Edge, Graph, Group, Path
from hybridgraph.spec import IMAGE_SPEC, BlockSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What would happen to the block now."""

    kind: Literal["add", "splice", "swap"]
    at: Path = ()
    edge: Edge | None = None
    path: Path = ()


class DropBlock(Gesture):
    """Hold a block over the canvas: on a wire it is put in, on a title it takes the place, else it is added.

    On the body of a stage it joins the body at that point. Alt switches putting into wires off.
    """

    def __init__(self, canvas: Canvas, start: QPointF, spec: BlockSpec) -> None:
        super().__init__(canvas, start)
        self._spec = spec
        self._title = told(spec.title)
        self._fits = bool(spec.inputs and spec.outputs)
        self._swaps = True
        self._size = insertion.card_rect(spec, canvas.session.catalogue)
        self._target = Target(kind="add")
        self.moved = True

    def move(self, place: QPointF, modifiers: Modifiers) -> None:
        super().move(place, modifiers)
        self._target = self._aim(place, splicing=not modifiers & ALT)
        scene = self.canvas.design
        swaps = self._target.kind == "swap"
        scene.light([(self._target.at, self._target.edge)] if self._target.edge else [])
        scene.aim(None if swaps else self._target.at)
        scene.hover(self._target.path if swaps else None)

    def _aim(self, place: QPointF, *, splicing: bool) -> Target:
        scene = self.canvas.design
        x, y = place.x(), place.y()
        hit = scene.hit(x, y)
        if (
            self._swaps
            and hit.part == "title"
            and not isinstance(self.canvas.session.graph.item(hit.path), Group)
        ):
            return Target(kind="swap", path=hit.path, at=hit.at)
        if splicing and self._fits:
            if near := scene.wire_near(x, y, 14):
                return Target(kind="splice", at=near[0], edge=near[1])
            if hit.part in ("container", "title", "handle"):
                level = scene.level_at(hit.path)
                ox, oy = scene.origin(hit.path)
                edge = insertion.nearest_wire(level, x - ox, y - oy) if level else None
                return Target(kind="splice" if edge else "add", at=hit.path, edge=edge)
        if hit.part in ("container", "handle"):
            return Target(kind="add", at=hit.path)
        return Target(kind="add", at=hit.at)

    def end(self, place: QPointF, modifiers: Modifiers) -> None:
        self.move(place, modifiers)
        self.cancel()
        self._put(self._target, place)

    def _put(self, target: Target, place: QPointF) -> None:
        editor = self.canvas.editor
        if target.kind == "swap":
            editor.swap_block(self._spec.id, target.path)
        elif target.kind == "splice" and target.edge is not None:
            editor.splice_block(self._spec.id, target.at, target.edge)
        else:
            editor.add_block(self._spec.id, target.at, place.x(), place.y())

    def cancel(self) -> None:
        scene = self.canvas.design
        scene.light([])
        scene.aim(None)
        scene.hover(None)

    def paint(self, painter: QPainter) -> None:
        """The card as a ghost under the mouse."""
        ink = self.canvas.design.ink
        w, h = self._size.w, self._size.h
        card = Rect(self.here.x() - w / 2, self.here.y() - h / 2, w, h)
        painter.setOpacity(0.8)
        painter.setPen(QPen(ink.accent, 1.4, Qt.PenStyle.DashLine))
        painter.setBrush(faded(ink.raised, 0.9))
        painter.drawRoundedRect(QRectF(*card), 10, 10)
        painter.setPen(ink.text)
        size = legible(13, self.canvas.zoom)
        write(
            painter,
            card.x + 12,
            card.y + h / 2 + size * 0.35,
            self._title,
            size=size,
            width=w - 24,
            weight=600,
        )
        painter.setOpacity(1.0)


class DropStage(DropBlock):
    """The same for a stage from the person's own shelf; it takes no other's place."""

    def __init__(self, canvas: Canvas, start: QPointF, fragment: Graph) -> None:
        super().__init__(canvas, start, IMAGE_SPEC)
        group = next(item for item in fragment.nodes.values() if isinstance(item, Group))
        self._fragment = fragment
        self._title = group.title or group.id
        self._fits = bool(group.inputs and group.outputs)
        self._swaps = False

    def _put(self, target: Target, place: QPointF) -> None:
        edge = target.edge if target.kind == "splice" else None
        self.canvas.editor.add_fragment(self._fragment, target.at, place.x(), place.y(), edge)
