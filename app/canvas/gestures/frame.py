"""Dragging a comment frame by its title, and its edges."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from app.canvas.frames.layer import FrameHit
from app.canvas.geometry import Rect, snapped
from app.canvas.gestures.base import Canvas, Gesture, Modifiers
from app.canvas.gestures.move import MoveNodes
from hybridgraph.graph.frames import LEAST


def cursor_of(hit: FrameHit) -> Qt.CursorShape:
    """What the mouse looks like over a part of a frame."""
    if not hit.is_edge:
        return Qt.CursorShape.SizeAllCursor
    if hit.across and hit.down:
        return Qt.CursorShape.SizeFDiagCursor if hit.across == hit.down else Qt.CursorShape.SizeBDiagCursor
    return Qt.CursorShape.SizeHorCursor if hit.across else Qt.CursorShape.SizeVerCursor


class MoveFrame(MoveNodes):
    """Drag a frame with what lies in it, on the grid; `alone`, and everything else stays where it is."""

    def __init__(self, canvas: Canvas, start: QPointF, hit: FrameHit, *, alone: bool) -> None:
        Gesture.__init__(self, canvas, start)
        self._at, self._name, self._alone = hit.path[:-1], hit.path[-1], alone
        names, self._frames = canvas.framing.carried(hit.path, alone=alone)
        self._was_selected = self._copies = False
        self._hold((*self._at, names[0] if names else ""), frozenset((*self._at, name) for name in names))

    def move(self, place: QPointF, modifiers: Modifiers) -> None:
        Gesture.move(self, place, modifiers)
        self._offset = (snapped(place.x() - self.start.x()), snapped(place.y() - self.start.y()))
        self._show(*self._offset)
        for name in self._frames:
            item = self.canvas.design.frames.items.get((*self._at, name))
            if item is not None and item.place is not None:
                item.stand(item.place.moved(*self._offset))

    def end(self, place: QPointF, modifiers: Modifiers) -> None:
        if self.moved:
            self.move(place, modifiers)
        step = self._offset
        self.cancel()
        if step != (0.0, 0.0):
            self.canvas.framing.move((*self._at, self._name), step, alone=self._alone)

    def cancel(self) -> None:
        super().cancel()
        for name in self._frames:
            item = self.canvas.design.frames.items.get((*self._at, name))
            if item is not None and item.place is not None:
                item.stand(item.place)


class ResizeFrame(Gesture):
    """Drag an edge or a corner of a frame, on the grid; what lies in it stays."""

    draws = False

    def __init__(self, canvas: Canvas, start: QPointF, hit: FrameHit) -> None:
        super().__init__(canvas, start)
        self.cursor = cursor_of(hit)
        self._hit = hit

    def _rect(self) -> Rect | None:
        """The frame as it would be now, in the coordinates of its level."""
        item = self.canvas.design.frames.items.get(self._hit.path)
        if item is None or item.place is None:
            return None
        dx, dy = self.here.x() - self.start.x(), self.here.y() - self.start.y()
        left, right = _stretched(item.place.x, item.place.right, dx, self._hit.across)
        top, bottom = _stretched(item.place.y, item.place.bottom, dy, self._hit.down)
        return Rect(left, top, right - left, bottom - top)

    def move(self, place: QPointF, modifiers: Modifiers) -> None:
        super().move(place, modifiers)
        rect = self._rect()
        if rect is not None:
            self.canvas.design.frames.items[self._hit.path].stand(rect)

    def end(self, place: QPointF, modifiers: Modifiers) -> None:
        self.here = place
        rect = self._rect()
        self.cancel()
        if rect is not None and self.moved:
            self.canvas.framing.resize(self._hit.path, rect)

    def cancel(self) -> None:
        item = self.canvas.design.frames.items.get(self._hit.path)
        if item is not None and item.place is not None:
            item.stand(item.place)


def _stretched(low: float, high: float, step: float, side: int) -> tuple[float, float]:
    """The two ends of one direction when the end at `side` goes a step, on the grid and not too near the other."""
    if side < 0:
        low = min(snapped(low + step), high - LEAST)
    elif side > 0:
        high = max(snapped(high + step), low + LEAST)
    return low, high
