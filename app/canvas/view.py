"""The canvas as the window knows it: the view with hands. Gestures and keys end in edits of the session."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from app.canvas import accessible
from app.canvas.breadcrumb import Breadcrumb
from app.canvas.frames.editing import FrameEditor
from app.canvas.geometry import bounds
from app.canvas.hands import HandledView
from app.canvas.inline import InlineField
from app.canvas.items import EYE
from app.canvas.keys import Keys
from app.canvas.motion import Glide
from app.canvas.paint import NEAR
from app.canvas.peek import Peek
from app.canvas.walker import Walker
from app.language import tr
from app.session import Session
from app.theme import Theme
from hybridgraph.graph.edits import MAX_REPEAT
from hybridgraph.graph.model import Group, Path

BY_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


EYE_REACH = 10.0
_MARGIN = 64  # px between the edge of the view and what is brought into it


class CanvasView(HandledView):
    """The graph to look at and to work on."""

    help_requested = Signal(object)  # Path
    swap_requested = Signal(object)  # Path
    door_requested = Signal(str)

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(session, theme, parent)
        self.walker: Walker = Walker(self)
        self.framing: FrameEditor = FrameEditor(self)
        self.glide: Glide = Glide(self.design, self)
        self.crumbs: Breadcrumb = Breadcrumb(self)
        self.peek: Peek = Peek(self)
        self.keys = Keys(self)
        self._was_pressed = False  # since it came into view
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Canvas"))
        accessible.install()
        self.doors.opened.connect(self.door_requested)
        session.selection_changed.connect(self._on_selection)

    # ------------------------------------------------------------------------------------------------- for the window

    def add_block(self, block: str, place: QPointF, at: Path = ()) -> bool:
        """Add a block where somebody asked for one; when the question came from a wire, the wire is joined to it."""
        origin, self.open_wire = self.open_wire, None
        return self.editor.add_block(block, at, place.x(), place.y(), origin)

    def body_at(self, place: QPointF) -> Path:
        """The body that something put at a place of the scene would join."""
        hit = self.design.hit(place.x(), place.y())
        return hit.path if hit.part in ("container", "handle") else hit.at

    def place_to_add(self) -> QPointF:
        """Where something that is asked for by a key goes: under the mouse, else in the middle of the view."""
        mouse = self.viewport().mapFromGlobal(self.cursor().pos())
        inside = self.viewport().rect().contains(mouse) and self.underMouse()
        return self.mapToScene(mouse if inside else self.viewport().rect().center())

    def paste(self, *, linked: bool = False) -> bool:
        """Add what the clipboard holds where the mouse is, else in the middle of the view; `linked` follows."""
        place = self.place_to_add()
        return self.follow(self.editor.paste(self.body_at(place), place, linked=linked))

    def follow(self, done: bool) -> bool:
        """Bring what was just made, and is selected, into view: it may lie below what is there or behind the map."""
        rects = [rect for path in self.session.selection if (rect := self.design.rect_of(path))]
        if done and rects:
            x, y, w, h = bounds(rects)
            self.ensureVisible(x, y, w, h, _MARGIN, _MARGIN)
        return done

    def rename(self, path: Path) -> None:
        """Type another title over a card or container."""
        rect = self.design.rect_of(path)
        item = self.design.boxes.get(path)
        if rect is None or item is None or item.card is None:
            return
        top = self.mapFromScene(rect.x + 8, rect.y + 8)
        width, height = max(int((rect.w - 16) * self.zoom), 90), max(int(24 * self.zoom), 22)
        InlineField(
            item.card.title,
            QRect(top.x(), top.y(), width, height),
            self.theme,
            self,
            lambda t: self.editor.rename(path, t),
        )

    def type_repeat(self, path: Path) -> None:
        """Type another repeat count over a stage's handle."""
        handle, rect = self.design.handle(path), self.design.rect_of(path)
        group = self.session.graph.item(path)
        if handle is None or rect is None or not isinstance(group, Group):
            return
        top = self.mapFromScene(rect.x + handle.x, rect.y + handle.y)
        place = QRect(
            top.x(), top.y(), max(int(handle.w * self.zoom), 52), max(int(handle.h * self.zoom), 22)
        )
        field = InlineField(str(group.repeat), place, self.theme, self, lambda t: self._take_repeat(path, t))
        field.limit(1, MAX_REPEAT)

    def _take_repeat(self, path: Path, text: str) -> None:
        self.editor.set_repeat(path, int(text))
        self.session.settle()

    def enter(self, path: Path) -> None:
        """Frame a group and select its first block, unfolding it for that; of the image, offer other sizes."""
        group = self.session.graph.item(path)
        if not isinstance(group, Group):
            if group.block == "image":
                self.size_bar.open_bar()  # what is inside a picture is its size
            return
        if group.collapsed:
            self.session.select([path])
            self.editor.toggle_collapsed()
        level = self.design.level_at(path)
        if level and level.boxes:
            first = min(level.boxes, key=lambda name: level.boxes[name].rect.x)
            self.session.select([(*path, first)])
        if rect := self.design.rect_of(path):
            self.frame(rect)

    def leave(self) -> None:
        """Go up: to the stage around the selection, then to the whole graph."""
        chosen = self.editor.chosen
        parent = chosen[0][:-1] if chosen else ()
        self.session.select([parent] if parent else ())
        rect = self.design.rect_of(parent[:-1]) if len(parent) > 1 else None
        if parent:
            self.frame(rect or self.design.extent())

    def leave_to(self, at: Path, _checked: bool = False) -> None:
        """Go up to the stage `at`, or with () to the whole graph; what was left there is selected."""
        chosen = self.editor.chosen
        here = chosen[0][:-1] if chosen else ()
        if len(here) > len(at):
            self.session.select([here[: len(at) + 1]])
        self.frame((self.design.rect_of(at) if at else None) or self.design.extent())
        self.setFocus()

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self.crumbs.set_theme(theme)
        self.peek.close_look()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.crumbs.place()
        self.peek.close_look()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._was_pressed = False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._was_pressed = True
        was_looking = self.peek.close_look()
        path = self._eye_at(event.position().toPoint()) if event.button() == Qt.MouseButton.LeftButton else ()
        if not path:
            super().mousePressEvent(event)
        elif not was_looking:
            self.peek.look(path)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.peek.release()
        super().mouseReleaseEvent(event)

    def _eye_at(self, spot: QPoint) -> Path:
        """The folded stage whose eye is at a place of the view; () for none, and from afar, where none is drawn."""
        place = self.mapToScene(spot)
        hit = self.design.hit(place.x(), place.y())
        item, rect = self.design.boxes.get(hit.path), self.design.rect_of(hit.path)
        if item is None or rect is None or item.box is None or not item.box.stacked or self.zoom < NEAR:
            return ()
        off = (place.x() - rect.right + EYE, place.y() - rect.y - EYE)
        return (
            hit.path if max(abs(off[0]), abs(off[1])) <= EYE_REACH and hit.part in ("card", "title") else ()
        )

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if not self._was_pressed:  # the first of the two clicks was elsewhere: what it opened lies here now
            self.mousePressEvent(event)
            return
        if self._eye_at(event.position().toPoint()):
            self.mousePressEvent(event)
            return
        self.cancel_gesture()
        place = self.mapToScene(event.position().toPoint())
        hit = self.design.hit(place.x(), place.y())
        frame = self.design.frames.hit(place.x(), place.y(), self.zoom, hit)
        if frame is not None:
            self.framing.rename(frame.path)
        elif hit.part == "empty":
            self.ask_for_block(place, ())
        elif hit.part == "handle":
            self.type_repeat(hit.path)
        elif hit.part == "title":
            self.rename(hit.path)
        elif hit.part in ("card", "container"):
            self.enter(hit.path)

    # ------------------------------------------------------------------------------------------------- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.keys.press(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self.keys.release(event):
            super().keyReleaseEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        if self.hasFocus():
            return False  # Tab asks for a block; F6 leads out
        return super().focusNextPrevChild(forward)  # from what floats over the canvas

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._ring(shown=event.reason() in BY_KEYBOARD)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._ring(shown=False)

    def _ring(self, *, shown: bool) -> None:
        """Show that the keyboard is here to somebody who came by the keyboard."""
        if bool(self.property("ring")) != shown:
            self.setProperty("ring", shown)
            self.style().unpolish(self)
            self.style().polish(self)

    def _on_selection(self, chosen: frozenset[Path]) -> None:
        """Say what is selected to those who listen instead of look."""
        spoken = [item.card.spoken for path in chosen if (item := self.design.boxes.get(path)) and item.card]
        text = (
            spoken[0]
            if len(spoken) == 1
            else tr("{spoken} blocks selected", spoken=len(spoken))
            if spoken
            else tr("Nothing selected")
        )
        self.setAccessibleDescription(text)
        event = QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
        QAccessible.updateAccessibility(event)
        if len(spoken) == 1:
            accessible.tell_focus(self, next(iter(chosen)))
