"""What every gesture has, and what it sees of the canvas."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from app.canvas.frames.editing import FrameEditor
from app.canvas.scene import DesignScene
from app.canvas.stages import StageEditor
from app.session import Session
from hybridgraph.graph.model import Edge, Path

Modifiers = Qt.KeyboardModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


class Canvas(Protocol):
    """What a gesture may use of the view."""

    session: Session
    design: DesignScene
    editor: StageEditor
    framing: FrameEditor

    @property
    def zoom(self) -> float:
        """How many pixels a scene unit is."""
        ...

    def pan(self, dx: float, dy: float) -> None:
        """Move the scene by pixels of the screen."""
        ...

    def ask_for_block(self, place: QPointF, at: Path, origin: Edge | None) -> None:
        """Let the person look for a block to put at a place, joined to an open wire."""
        ...


class Gesture:
    """One thing a hand does. `moved` tells a drag from a click."""

    cursor: Qt.CursorShape | None = None
    survives_edits = False  # whether it goes on when the graph changes under the hand
    draws = True  # whether it paints over the scene; what it does to items repaints them alone

    def __init__(self, canvas: Canvas, start: QPointF) -> None:
        self.canvas = canvas
        self.start = start
        self.here = start
        self.moved = False

    def move(self, place: QPointF, modifiers: Modifiers) -> None:
        """The mouse is at another place of the scene."""
        self.here = place

    def end(self, place: QPointF, modifiers: Modifiers) -> None:
        """The button came up: do it."""

    def cancel(self) -> None:
        """Escape was pressed: leave no trace."""

    def paint(self, painter: QPainter) -> None:
        """Draw over the scene, in its coordinates."""
