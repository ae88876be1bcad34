"""Moving the canvas under the hand."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from app.canvas.gestures.base import Canvas, Gesture, Modifiers


class Pan(Gesture):
    """Drag with the middle button, with Space, or with the right button on the empty canvas."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def move(self, place: QPointF, modifiers: Modifiers) -> None:
        # The scene moves with the mouse, so the place under it stays the one that was grabbed.
        step = (place - self.start) * self.canvas.zoom
        self.canvas.pan(step.x(), step.y())


class Repeat(Gesture):
    """Drag a stage's repeat handle sideways: one repeat more for each 16 pixels."""

    cursor = Qt.CursorShape.SizeHorCursor
    survives_edits = True

    def __init__(self, canvas: Canvas, start: QPointF, path: tuple[str, ...], count: int) -> None:
        super().__init__(canvas, start)
        self._path = path
        self._count = count

    def move(self, place: QPointF, modifiers: Modifiers) -> None:
        super().move(place, modifiers)
        steps = round((place.x() - self.start.x()) * self.canvas.zoom / 16)
        self._set(self._count + steps)

    def end(self, place: QPointF, modifiers: Modifiers) -> None:
        self.canvas.session.settle()

    def cancel(self) -> None:
        self._set(self._count)
        self.canvas.session.settle()

    def _set(self, count: int) -> None:
        self.canvas.editor.set_repeat(self._path, count)
