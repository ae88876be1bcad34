"""What a badge says when the mouse rests on it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QToolTip

from app.canvas.view import CanvasView
from app.comparison.marks import Mark
from app.comparison.overlay import OverlayItem


class Tips(QObject):
    """Answers for the badges and ghosts of an overlay, before the canvas answers for what is below them.

    It belongs to the canvas and goes with it.
    """

    def __init__(self, overlay: OverlayItem, canvas: CanvasView, tell: Callable[[Mark], str]) -> None:
        super().__init__(canvas)
        self._tell = tell
        self._overlay = overlay
        self._canvas = canvas
        canvas.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the questions that are about a mark."""
        if not isinstance(event, QHelpEvent) or event.type() != QEvent.Type.ToolTip:
            return False
        canvas = self._canvas
        mark = self._overlay.mark_at(canvas.mapToScene(event.pos()), canvas.zoom)
        if mark is None:
            return False
        QToolTip.showText(event.globalPos(), self._tell(mark), canvas)
        return True
