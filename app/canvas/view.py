"""The canvas as the window knows it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.canvas.viewport import Viewport
from app.session import Session
from app.theme import Theme


class CanvasView(Viewport):
    """The graph to look at and to work on."""

    help_requested = Signal(object)  # Path
    search_requested = Signal(object, object)  # QPointF of the scene, Path of the body
    door_requested = Signal(str)

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(session, theme, parent)
        self.doors.opened.connect(self.door_requested)
        self.setAccessibleName("Canvas")
