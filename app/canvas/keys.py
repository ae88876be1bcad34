"""The keys of the canvas. They act only while it has the focus."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from app.canvas import walking
from app.canvas.content import Overlay
from hybridgraph.graph import edits, wiring
from hybridgraph.graph.model import Edge, Path

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

K = Qt.Key
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
ARROWS = {K.Key_Left: "left", K.Key_Right: "right", K.Key_Up: "up", K.Key_Down: "down"}
OVERLAY_KEYS: dict[int, Overlay] = {
    K.Key_0: "none",
    K.Key_1: "shape",
    K.Key_2: "params",
    K.Key_3: "macs",
    K.Key_4: "heat",
    K.Key_5: "memory",
}


class Keys:
    """What each key does. Space is two things: tapped it asks for a block, held it lets the mouse pan."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self._wire_from: Path = ()
        editor = view.editor
        act: dict[tuple[int, Qt.KeyboardModifier], Callable[[], object]] = {
            (K.Key_Tab, NONE): self._ask,
            (K.Key_A, SHIFT): self._ask,
            (K.Key_Delete, NONE): editor.delete,
            (K.Key_Backspace, NONE): editor.delete,
            (K.Key_Delete, SHIFT): lambda: editor.delete(heal=False),
            (K.Key_C, CTRL): editor.copy,
            (K.Key_X, CTRL): editor.cut,
            (K.Key_V, CTRL): self._view.paste,
            (K.Key_D, CTRL): editor.duplicate,
            (K.Key_D, CTRL | SHIFT): lambda: editor.duplicate(keep_inputs=True),
            (K.Key_G, CTRL): editor.group,
            (K.Key_G, CTRL | SHIFT): editor.ungroup,
            (K.Key_A, CTRL): self._select_all,
            (K.Key_F, NONE): view.frame_selection,
            (K.Key_Home, NONE): view.frame_all,
            (K.Key_BracketLeft, NONE): lambda: self._along(downstream=False),
            (K.Key_BracketRight, NONE): lambda: self._along(downstream=True),
            (K.Key_Return, NONE): self._enter,
            (K.Key_Enter, NONE): self._enter,
            (K.Key_Escape, NONE): self._escape,
            (K.Key_U, NONE): view.leave,
            (K.Key_H, NONE): editor.toggle_collapsed,
            (K.Key_F2, NONE): self._rename,
            (K.Key_F1, NONE): self._help,
            (K.Key_L, NONE): lambda: editor.arrange(whole=False),
            (K.Key_L, SHIFT): lambda: editor.arrange(whole=True),
            (K.Key_Q, NONE): editor.straighten,
            (K.Key_W, NONE): self._wire,
            (K.Key_M, ALT): view.toggle_minimap,
            (K.Key_Plus, CTRL): lambda: view.zoom_by(1.25),
            (K.Key_Equal, CTRL): lambda: view.zoom_by(1.25),
            (K.Key_Minus, CTRL): lambda: view.zoom_by(0.8),
            (K.Key_0, CTRL): lambda: view.zoom_to(1.0),
        }
        self._act = {(int(key), modifiers): do for (key, modifiers), do in act.items()}

    def press(self, event: QKeyEvent) -> bool:
        """Do what a key means; False when it means nothing here."""
        key, modifiers = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key == K.Key_Space and modifiers == NONE:
            if not event.isAutoRepeat():
                self._view.space_held, self._view.space_used = True, False
            return True
        if key in ARROWS:
            return self._arrow(ARROWS[K(key)], modifiers)
        if modifiers == NONE and key in OVERLAY_KEYS:
            self._view.design.set_overlay(OVERLAY_KEYS[key])
            return True
        do = self._act.get((key, modifiers))
        if do is None:
            return False
        do()
        return True

    def release(self, event: QKeyEvent) -> bool:
        """The end of Space."""
        if event.key() != K.Key_Space or event.isAutoRepeat() or not self._view.space_held:
            return False
        self._view.space_held = False
        if not self._view.space_used:
            self._ask()
        return True

    @property
    def _current(self) -> Path:
        chosen = self._view.editor.chosen
        return chosen[-1] if chosen else ()

    def _ask(self) -> None:
        place = self._view.place_to_add()
        self._view.ask_for_block(place, self._view.body_at(place))

    def _select_all(self) -> None:
        level = self._view.design.level_at(self._current[:-1])
        self._view.session.select([(*self._current[:-1], name) for name in level.boxes] if level else ())

    def _rename(self) -> None:
        if self._current:
            self._view.rename(self._current)

    def _help(self) -> None:
        self._view.help_requested.emit(self._current)

    def _enter(self) -> None:
        if self._current:
            self._view.enter(self._current)

    def _escape(self) -> None:
        self._wire_from = ()
        if not self._view.cancel_gesture():
            self._view.leave()

    def _along(self, *, downstream: bool) -> None:
        if not self._current:
            self._first()
        elif found := walking.along(self._view.session.graph, self._current, downstream=downstream):
            self._go(found)

    def _first(self) -> None:
        boxes = self._view.design.level.boxes
        if boxes:
            self._go((min(boxes, key=lambda name: (boxes[name].rect.y, boxes[name].rect.x)),))

    def _go(self, path: Path) -> None:
        """Select a card and bring it into view."""
        view = self._view
        view.session.select([path])
        rect = view.design.rect_of(path)
        if rect is not None and not view.seen().contains(*rect.center):
            view.centerOn(*rect.center)

    def _arrow(self, direction: str, modifiers: Qt.KeyboardModifier) -> bool:
        dx, dy = walking.DIRECTIONS[direction]
        if modifiers in (SHIFT, ALT):
            step = 8 if modifiers == SHIFT else 1
            self._view.editor.nudge(dx * step, dy * step)
            return True
        if modifiers != NONE:
            return False
        current = self._current
        level = self._view.design.level_at(current[:-1]) if current else None
        if level is None or current[-1] not in level.boxes:
            self._first()
            return True
        if direction in ("left", "right") and (
            found := walking.along(self._view.session.graph, current, downstream=direction == "right")
        ):
            self._go(found)
            return True
        others = [((*current[:-1], name), box.rect) for name, box in level.boxes.items()]
        if found := walking.neighbour(others, level.boxes[current[-1]].rect, direction):
            self._go(found)
        return True

    def _wire(self) -> None:
        """Wire without a mouse: W on the source, W on the target."""
        view, current = self._view, self._current
        if not current:
            return
        session = view.session
        if not self._wire_from or self._wire_from[:-1] != current[:-1] or self._wire_from == current:
            self._wire_from = current
            session.notified.emit("info", "Wire begun here; go to the block that takes it and press W again.")
            return
        source, self._wire_from = self._wire_from, ()
        body = session.graph.at(current[:-1])
        outputs = wiring.ports_of(body.nodes[source[-1]], session.catalogue, output=True)
        inputs = wiring.ports_of(body.nodes[current[-1]], session.catalogue, output=False)
        used = {(edge.target, edge.target_port) for edge in body.edges}
        wires = [Edge(source[-1], out.name, current[-1], into.name) for out in outputs for into in inputs]
        wires.sort(
            key=lambda edge: (
                wiring.refusal(body, edge, session.catalogue) is not None,
                (edge.target, edge.target_port) in used,
            )
        )
        if wires:
            at = current[:-1]
            session.apply("Connect", lambda graph: edits.connect(graph, wires[0], session.catalogue, at=at))
        else:
            session.notified.emit("error", "There is no output on the one side or no input on the other.")
