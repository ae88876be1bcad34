"""A plot in the hand: worked with mouse and keyboard.

The wheel zooms along the axis (with Ctrl upwards), dragging looks at the box drawn, dragging with Shift or the middle
button moves what is seen, a double click shows everything. With the keyboard: left and right point at the next value,
with Shift ten further, with Ctrl they move what is seen; plus and minus zoom, 0 shows everything.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QContextMenuEvent, QEnterEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QMenu

from app.plots.face import PlotFace
from app.plots.painting import Frame

_NOTCH = 0.8  # of what is seen, after one notch of the wheel
_LEAST_BOX = 5.0  # px; less was no drag


class Plot(PlotFace):
    """Curves over one axis. What is seen of the axis is the lens's; upwards it fits, unless a box was drawn."""

    menu: QMenu | None = None

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: object) -> None:
        self._lens.point(None)
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y() or event.angleDelta().x()
        frame = self.frame
        if frame is None or not turned:
            event.ignore()
            return
        factor = _NOTCH ** (turned / 120)
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._zoom_up(frame, factor, event.position().y())
        else:
            self._lens.zoom(factor, frame.across.value(event.position().x()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        is_moved = event.button() == Qt.MouseButton.MiddleButton or (
            event.button() == Qt.MouseButton.LeftButton
            and bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        )
        if is_moved:
            self._drag = "pan"
        elif event.button() == Qt.MouseButton.LeftButton:
            self._drag = "box"
        self._press = self._at = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        frame, here = self.frame, event.position()
        if frame is None:
            return
        if self._drag == "pan":
            self._lens.pan(frame.across.value(self._at.x()) - frame.across.value(here.x()))
        self._at = here
        self._lens.point(frame.across.value(here.x()) if not self._drag else None)
        if self._drag:
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        drag, self._drag = self._drag, ""
        frame = self.frame
        if drag == "box" and self._press is not None and frame is not None:
            box = QRectF(self._press, event.position()).normalized().intersected(frame.area)
            if box.width() >= _LEAST_BOX and box.height() >= _LEAST_BOX:
                self._up = frame.up.value(box.bottom()), frame.up.value(box.top())
                self._lens.look_at(frame.across.value(box.left()), frame.across.value(box.right()))
        self._press = None
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._drag = ""
        self._up = None
        self._lens.show_all()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.menu is not None:
            self.menu.popup(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        frame = self.frame
        side = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(key, 0)
        if frame is None:
            super().keyPressEvent(event)
        elif side and modifiers & Qt.KeyboardModifier.ControlModifier:
            self._lens.pan(side * 0.1 * (frame.across.high - frame.across.low))
        elif side:
            self._go(side * (10 if modifiers & Qt.KeyboardModifier.ShiftModifier else 1), frame)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            middle = (frame.across.low + frame.across.high) / 2
            self._lens.zoom(
                1 / _NOTCH if key == Qt.Key.Key_Minus else _NOTCH,
                middle if self._lens.cursor is None else self._lens.cursor,
            )
        elif key == Qt.Key.Key_0:
            self._up = None
            self._lens.show_all()
        elif key == Qt.Key.Key_Escape and self._lens.cursor is not None:
            self._lens.point(None)
        else:
            super().keyPressEvent(event)

    def _go(self, by: int, frame: Frame) -> None:
        """Point at a value further on, of the curve with the most values; at first at the newest one in sight."""
        curve = max(self.shown, key=lambda curve: len(curve.series))
        xs = self._lens.xs(curve.series)
        at = curve.series.nearest(xs, frame.across.high if self._lens.cursor is None else self._lens.cursor)
        assert at is not None  # what is shown has values
        if self._lens.cursor is not None:
            at = min(max(at + by, 0), len(xs) - 1)
        self._lens.point(xs[at])

    def _zoom_up(self, frame: Frame, factor: float, y: float) -> None:
        """Zoom upwards about a pixel."""
        top, bottom = (y + (edge - y) * factor for edge in (frame.area.top(), frame.area.bottom()))
        self._up = frame.up.value(bottom), frame.up.value(top)
        self.refresh()
