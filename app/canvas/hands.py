"""The hands on the canvas: mouse, wheel and what is dragged in from the palette, turned into gestures."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QHelpEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from app.canvas.containers import ContainerItem
from app.canvas.frames.editing import FrameEditor
from app.canvas.gestures.base import Gesture
from app.canvas.gestures.choose import choose
from app.canvas.gestures.drop import DropBlock, DropStage
from app.canvas.gestures.frame import cursor_of
from app.canvas.hits import NOTHING, Hit
from app.canvas.stages import StageEditor
from app.canvas.viewport import Viewport
from app.session import STAGE_MIME, Session
from app.theme import Theme
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph import files
from hybridgraph.graph.model import Edge, Graph, Group, Path

BLOCK_MIME = "application/x-hybridgraph-block"
DRAG_START = 4  # px on the screen from which a press is a drag


class HandledView(Viewport):
    """A view that gestures work on."""

    search_requested = Signal(object, object)  # QPointF of the scene, Path of the body
    menu_requested = Signal(object, object)  # QPoint of the screen, Path under the mouse, () for none

    framing: FrameEditor  # made by the view that has frames

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(session, theme, parent)
        self.editor: StageEditor = StageEditor(session, self.design)
        self.open_wire: Edge | None = None
        self.space_held = False
        self.space_used = False
        self._gesture: Gesture | None = None
        self._pressed = QPoint()
        self._hovered: Hit = NOTHING
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.viewport().setAcceptDrops(True)
        session.graph_changed.connect(self._on_edit)

    def ask_for_block(self, place: QPointF, at: Path, origin: Edge | None = None) -> None:
        """Ask the window for its list of blocks. `open_wire` says what the block will be joined to."""
        self.open_wire = origin
        self.search_requested.emit(place, at)

    def _on_edit(self, before: object, after: object) -> None:
        if self._gesture is not None and not self._gesture.survives_edits:
            self.cancel_gesture()

    # ------------------------------------------------------------------------------------------------- gestures

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if self._gesture is not None:
            return
        place = self.mapToScene(event.position().toPoint())
        hit = self.design.hit(place.x(), place.y())
        self._pressed = event.position().toPoint()
        self._gesture = choose(self, place, hit, event.button(), event.modifiers(), space=self.space_held)
        if self._gesture is not None and self.space_held:
            self.space_used = True

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        spot = event.position().toPoint()
        place = self.mapToScene(spot)
        gesture = self._gesture
        if gesture is None:
            self._hover(hit := self.design.hit(place.x(), place.y()))
            frame = self.design.frames.hit(place.x(), place.y(), self.zoom, hit)
            if frame is not None and not self.space_held:
                self.viewport().setCursor(cursor_of(frame))
            return
        if not gesture.moved and (spot - self._pressed).manhattanLength() < DRAG_START:
            return
        if not gesture.moved and gesture.cursor is not None:
            self.viewport().setCursor(gesture.cursor)
        gesture.moved = True
        gesture.move(place, event.modifiers())
        if gesture.draws:
            self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture, self._gesture = self._gesture, None
        self.viewport().unsetCursor()
        if gesture is not None:
            gesture.end(self.mapToScene(event.position().toPoint()), event.modifiers())
            if gesture.draws:
                self.viewport().update()
        if event.button() == Qt.MouseButton.RightButton and not (gesture and gesture.moved):
            place = self.mapToScene(event.position().toPoint())
            hit = self.design.hit(place.x(), place.y())
            path = hit.path if hit.part != "wire" and not self.session.frame else ()
            self.menu_requested.emit(event.globalPosition().toPoint(), path)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.accept()  # a right press may become a drag; the menu is asked for when the button comes up

    def cancel_gesture(self) -> bool:
        """Drop what the hand is doing; False when it does nothing."""
        gesture, self._gesture = self._gesture, None
        if gesture is None:
            return False
        gesture.cancel()
        self.viewport().unsetCursor()
        self.viewport().update()
        return True

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn = event.angleDelta().y() or event.angleDelta().x()
        by_fingers = event.phase() != Qt.ScrollPhase.NoScrollPhase and not event.pixelDelta().isNull()
        if by_fingers and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.pan(event.pixelDelta().x(), event.pixelDelta().y())
            return
        place = self.mapToScene(event.position().toPoint())
        hit = self.design.hit(place.x(), place.y())
        if hit.part == "handle" and turn:
            group = self.session.graph.item(hit.path)
            assert isinstance(group, Group)
            self.editor.set_repeat(hit.path, group.repeat + (1 if turn > 0 else -1))
        else:
            self.zoom_by(1.0015**turn, event.position())
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            self._tell(event)
            return True
        if (
            isinstance(event, QNativeGestureEvent)
            and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture
        ):
            self.zoom_by(1 + event.value(), event.position())
            return True
        if event.type() == QEvent.Type.Leave:
            self._hover(NOTHING)
        return super().viewportEvent(event)

    def _tell(self, event: QHelpEvent) -> None:
        """The tool tip: findings of a card, the shape on a wire."""
        place = self.mapToScene(event.pos())
        hit = self.design.hit(place.x(), place.y())
        text = ""
        if hit.part == "wire" and hit.edge and (look := self.design.wires[hit.at, hit.edge].look):
            text = look.label
        elif hit.part == "port":
            text = hit.port
        elif (item := self.design.boxes.get(hit.path)) and item.card:
            text = "\n".join(item.card.notes)
        QToolTip.showText(event.globalPos(), text, self)

    def _hover(self, hit: Hit) -> None:
        """Light the edge of the card under the mouse, and show what a press would do there."""
        before, self._hovered = self._hovered, hit
        if before.path != hit.path or before.part != hit.part:
            for one, on in ((before, False), (hit, True)):
                item = self.design.boxes.get(one.path) if one.part not in ("wire", "empty") else None
                if item is not None:
                    item.mark(hovered=on)
                if isinstance(item, ContainerItem):
                    item.hover_handle(hovered=on and one.part == "handle")
        if before.part == "handle" and hit.part != "handle":
            self.session.settle()  # turning the wheel over a handle was one step
        shape = {"port": Qt.CursorShape.CrossCursor, "handle": Qt.CursorShape.SizeHorCursor}.get(hit.part)
        if self.space_held:
            shape = Qt.CursorShape.OpenHandCursor
        self.viewport().setCursor(shape) if shape is not None else self.viewport().unsetCursor()

    def drawForeground(self, painter: QPainter, rect: object) -> None:
        if self._gesture is not None:
            painter.setOpacity(1.0)
            self._gesture.paint(painter)

    # ------------------------------------------------------------------------------------------------- from the palette

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        place = self.mapToScene(event.position().toPoint())
        if event.mimeData().hasFormat(STAGE_MIME):
            try:
                fragment = files.parse(bytes(event.mimeData().data(STAGE_MIME).data()))
            except HybridGraphError:
                fragment = Graph()
            if any(isinstance(item, Group) for item in fragment.nodes.values()):
                self.cancel_gesture()
                self._gesture = DropStage(self, place, fragment)
                event.acceptProposedAction()
                return
        if not event.mimeData().hasFormat(BLOCK_MIME):
            event.ignore()
            return
        block = bytes(event.mimeData().data(BLOCK_MIME).data()).decode("utf-8", "replace")
        spec = self.session.catalogue.get(block)
        if spec is None:
            event.ignore()
            return
        self.cancel_gesture()
        self._gesture = DropBlock(self, place, spec)
        event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if self._gesture is None:
            event.ignore()
            return
        self._gesture.move(self.mapToScene(event.position().toPoint()), event.modifiers())
        self.viewport().update()
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.cancel_gesture()

    def dropEvent(self, event: QDropEvent) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is None:
            event.ignore()
            return
        event.acceptProposedAction()
        gesture.end(self.mapToScene(event.position().toPoint()), event.modifiers())
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.viewport().update()
