"""A name that is a handle: dragging it sideways changes the number beside it."""

from __future__ import annotations

from math import floor, log10

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLabel

from hybridgraph.graph.values import Value
from hybridgraph.spec import Parameter

PX = 4
"""Pixels of the mouse for one step."""
COARSE = (32, 16, 8)
"""Steps of whole numbers that are a multiple of them, such as channels that heads divide; Shift goes by one."""
START = 3


class ScrubLabel(QLabel):
    """The muted name on the left of a row. A drag tells how many pixels it went; Esc takes it back."""

    begun = Signal()
    dragged = Signal(int, bool)  # px from where it began, whether finely
    ended = Signal()
    cancelled = Signal()

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._start: float | None = None
        self.is_dragging = False
        self.setProperty("role", "muted")
        self.setMinimumHeight(28)
        self.setFixedWidth(100)
        self.setAlignment(Qt.AlignmentFlag.AlignVCenter)

    def offer(self, *, possible: bool) -> None:
        """Say by the shape of the mouse whether a drag does anything."""
        if possible:
            self.setCursor(Qt.CursorShape.SizeHorCursor)
        else:
            self.unsetCursor()
        self._possible = possible

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and getattr(self, "_possible", False):
            self._start = event.position().x()
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._start is None:
            return
        far = event.position().x() - self._start
        if not self.is_dragging and abs(far) >= START:
            self.is_dragging = True
            self.setFocus(Qt.FocusReason.MouseFocusReason)  # for Esc
            self.begun.emit()
        if self.is_dragging:
            self.dragged.emit(round(far), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._let_go():
            self.ended.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.is_dragging and event.key() == Qt.Key.Key_Escape:
            self._let_go()
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if self.is_dragging and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # Esc belongs to the drag
            return True
        if event.type() == QEvent.Type.Hide and self._let_go():
            self.cancelled.emit()
        return super().event(event)

    def _let_go(self) -> bool:
        was, self._start, self.is_dragging = self.is_dragging, None, False
        if was:
            self.clearFocus()
        return was


def can_scrub(parameter: Parameter, value: Value) -> bool:
    """Whether the value is a plain number."""
    return (
        parameter.kind in ("int", "float") and isinstance(value, int | float) and not isinstance(value, bool)
    )


def step_of(value: float) -> int:
    """The step of a whole number that is dragged: channels stay a multiple of what they are a multiple of."""
    return next((step for step in COARSE if value >= 4 * step and value % step == 0), 1)


def scrubbed(parameter: Parameter, value: float, distance: int, *, fine: bool) -> float:
    """The number after a drag over so many pixels, within the parameter's limits."""
    steps = int(distance / PX)
    moved: float
    if parameter.kind == "int":
        moved = value + steps * (1 if fine else step_of(value))
    else:
        size = 10.0 ** (floor(log10(abs(value))) - 1 if value else -2)
        moved = round(value + steps * size * (0.1 if fine else 1.0), 9)
    if parameter.minimum is not None:
        moved = max(moved, parameter.minimum)
    if parameter.maximum is not None:
        moved = min(moved, parameter.maximum)
    return int(moved) if parameter.kind == "int" else float(moved)
