"""The canvas for those who listen: every card, stage, port and comment frame as a thing with a name, a place and a state.

Qt keeps what is made here and ends it: together with the canvas, or when its card is gone. Python only holds on
to it until then, because an object that Python ended first would leave Qt with a dangling one.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, cast
from weakref import ref

from PySide6.QtCore import QObject, QPointF, QRect, QRectF
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget
from shiboken6 import isValid

from app.canvas import spoken
from app.canvas.spoken import Key
from hybridgraph.graph.model import Path

if TYPE_CHECKING:
    from app.canvas.items import BoxItem
    from app.canvas.view import CanvasView

_PORT = 16.0  # the side of a port's place, in scene units
_NOBODY = cast(QAccessibleInterface, None)  # Qt takes a null here, which its stubs do not say
_held: list[QAccessibleInterface] = []


@cache
def install() -> None:
    """Let Qt ask here when somebody wants to listen to a canvas. Doing so again does nothing."""
    QAccessible.installFactory(_made)


def _made(_class: str, thing: QObject) -> QAccessibleInterface | None:
    from app.canvas.view import CanvasView

    return _hold(Canvas(thing)) if isinstance(thing, CanvasView) else None


def _hold(interface: QAccessibleInterface) -> QAccessibleInterface:
    _held[:] = [one for one in _held if isValid(one)]
    _held.append(interface)
    return interface


def _end(parts: dict[Key, Part], *_: object) -> None:
    """Let Qt end what stood for parts of a canvas that is gone."""
    for part in parts.values():
        if isValid(part):
            QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(part))
    parts.clear()


def tell_focus(view: CanvasView, path: Path) -> None:
    """Tell whoever listens that a card is now the one that keys act on."""
    canvas = QAccessible.queryAccessibleInterface(view) if QAccessible.isActive() else None
    if isinstance(canvas, Canvas):
        QAccessible.updateAccessibility(
            QAccessibleEvent(canvas.part(("card", path, "")), QAccessible.Event.Focus)
        )


class Canvas(QAccessibleWidget):
    """The canvas: its children are the outermost cards and frames, then the widgets that float over it."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view, QAccessible.Role.Canvas)
        self._seen = ref(view)  # what listens keeps no canvas
        self._parts: dict[Key, Part] = {}
        view.session.graph_changed.connect(self._forget)
        view.destroyed.connect(partial(_end, self._parts))

    @property
    def _view(self) -> CanvasView:
        view = self._seen()
        assert view is not None  # Qt ends this before the canvas
        return view

    def part(self, key: Key) -> Part:
        """The one that stands for a part of the canvas."""
        found = self._parts.get(key)
        if found is None or not isValid(found):
            found = self._parts[key] = Part(self, self._view, key)
            _hold(found)
        return found

    def keys(self, at: Path) -> list[Key]:
        """What lies in a body: cards in reading order, then frames."""
        level = self._view.design.level_at(at)
        boxes = level.boxes if level else {}
        names = sorted(boxes, key=lambda name: (boxes[name].rect.y, boxes[name].rect.x))
        cards: list[Key] = [
            ("card", (*at, name), "") for name in names if (*at, name) in self._view.design.boxes
        ]
        frames: list[Key] = [
            ("frame", path, "") for path in self._view.design.frames.items if path[:-1] == at
        ]
        return [*cards, *frames]

    def _forget(self, *_: object) -> None:
        """Let Qt end what stands for nothing any more."""
        for key, part in [*self._parts.items()]:
            if not isValid(part):
                del self._parts[key]
            elif not part.isValid():
                del self._parts[key]
                QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(part))

    def childCount(self) -> int:
        return len(self.keys(())) + super().childCount()

    def child(self, index: int) -> QAccessibleInterface:
        keys = self.keys(())
        return self.part(keys[index]) if 0 <= index < len(keys) else super().child(index - len(keys))

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        keys = self.keys(())
        if isinstance(child, Part):
            return keys.index(child.key) if child.key in keys else -1
        index = super().indexOfChild(child)
        return index + len(keys) if index >= 0 else -1

    def childAt(self, x: int, y: int) -> QAccessibleInterface:
        viewport = self._view.viewport()
        spot = viewport.mapFromGlobal(QPointF(x, y)).toPoint()
        place = self._view.mapToScene(spot)
        hit = self._view.design.hit(place.x(), place.y())
        if viewport.rect().contains(spot) and hit.path and hit.path in self._view.design.boxes:
            return self.part(("card", hit.path[:1], ""))
        return super().childAt(x, y)

    def focusChild(self) -> QAccessibleInterface:
        path = self._view.walker.current
        if path and self._view.hasFocus():
            return self.part(("card", path, ""))
        return super().focusChild()


class Part(QAccessibleInterface):
    """A card, stage, port or comment frame. It looks everything up when it is asked, and keeps nothing."""

    def __init__(self, canvas: Canvas, view: CanvasView, key: Key) -> None:
        super().__init__()
        self._canvas = canvas
        self._seen = ref(view)
        self.key = key

    @property
    def _view(self) -> CanvasView:
        view = self._seen()
        assert view is not None  # asked only of what is valid
        return view

    @property
    def _item(self) -> BoxItem | None:
        item = self._view.design.boxes.get(self.key[1])
        return item if item is not None and item.card is not None and item.box is not None else None

    def isValid(self) -> bool:
        kind, path, port = self.key
        view = self._seen()
        if view is None or not isValid(view) or not isValid(self._canvas):
            return False
        if kind == "frame":
            return path in self._view.design.frames.items
        item = self._item
        if item is None or item.box is None:
            return False
        return kind == "card" or item.box.spot(port, output=kind == "output") is not None

    def object(self) -> QObject:
        return cast(QObject, None)  # it is no object of Qt

    def parent(self) -> QAccessibleInterface:
        if not isValid(self._canvas):
            return _NOBODY
        kind, path, _ = self.key
        around = path if kind in ("input", "output") else path[:-1]
        return self._canvas.part(("card", around, "")) if around else self._canvas

    def _keys(self) -> list[Key]:
        kind, path, _ = self.key
        item = self._item
        if kind != "card" or item is None or item.box is None:
            return []
        ports: list[Key] = [("input", path, spot.name) for spot in item.box.inputs]
        ports += [("output", path, spot.name) for spot in item.box.outputs]
        return [*(self._canvas.keys(path) if item.box.level is not None else ()), *ports]

    def childCount(self) -> int:
        return len(self._keys())

    def child(self, index: int) -> QAccessibleInterface:
        keys = self._keys()
        return self._canvas.part(keys[index]) if 0 <= index < len(keys) else _NOBODY

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        keys = self._keys()
        return keys.index(child.key) if isinstance(child, Part) and child.key in keys else -1

    def childAt(self, x: int, y: int) -> QAccessibleInterface:
        found = (self._canvas.part(key) for key in self._keys())
        return next((one for one in found if one.rect().contains(x, y)), _NOBODY)

    def role(self) -> QAccessible.Role:
        kind, _, _ = self.key
        if kind == "frame":
            return QAccessible.Role.Note
        if kind != "card":
            return QAccessible.Role.StaticText  # an indicator is an unknown thing to AT-SPI
        item = self._item
        is_stage = (
            item is not None and item.box is not None and (item.box.level is not None or item.box.stacked)
        )
        return QAccessible.Role.Grouping if is_stage else QAccessible.Role.ListItem

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        kind, path, port = self.key
        if not self.isValid():
            state.invalid = True
            return state
        session, item = self._view.session, self._item
        if kind == "card" and item is not None and item.card is not None and item.box is not None:
            state.selectable = state.focusable = True
            state.selected = path in session.selection
            state.focused = state.selected and path == self._view.walker.current and self._view.hasFocus()
            state.invalid = item.card.severity == "error"
            state.expandable = item.box.level is not None or item.box.stacked
            state.expanded = item.box.level is not None
            state.collapsed = item.box.stacked
        elif kind == "frame":
            state.selectable = True
            state.selected = session.frame == path
        elif item is not None and item.card is not None:
            state.invalid = kind == "input" and port in item.card.faulty_ports
        state.offscreen = not self.rect().intersects(_on_screen(self._view, self._view.seen()))
        return state

    def text(self, kind: QAccessible.Text) -> str:
        if not self.isValid():
            return ""
        if kind == QAccessible.Text.Name:
            return spoken.name_of(self._view, self.key)
        if (
            kind == QAccessible.Text.Description
            and self.key[0] == "card"
            and (item := self._item)
            and item.card
        ):
            return " ".join(item.card.notes)
        return ""

    def setText(self, kind: QAccessible.Text, text: str) -> None:
        """Names are changed by renaming."""

    def rect(self) -> QRect:
        kind, path, port = self.key
        if not self.isValid():
            return QRect()
        design = self._view.design
        place = design.frames.rect_of(path) if kind == "frame" else design.rect_of(path)
        item = self._item
        if place is None:
            return QRect()
        area = QRectF(*place)
        if kind in ("input", "output") and item is not None and item.box is not None:
            spot = item.box.spot(port, output=kind == "output")
            assert spot is not None  # it is valid
            area = QRectF(place.x + spot.x - _PORT / 2, place.y + spot.y - _PORT / 2, _PORT, _PORT)
        return _on_screen(self._view, area)


def _on_screen(view: CanvasView, area: QRectF) -> QRect:
    """A part of the scene in the coordinates of the screen."""
    shown = view.mapFromScene(area).boundingRect()
    return QRect(view.viewport().mapToGlobal(shown.topLeft()), shown.size())
