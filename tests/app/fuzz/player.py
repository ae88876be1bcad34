"""Hands that do not know what they do: random gestures and keys, as real events, from a seed."""

import random

from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from app.canvas.commands import COMMANDS, Command
from app.canvas.inline import InlineField
from app.canvas.view import CanvasView
from app.session import BLOCK_MIME
from hybridgraph.analysis import Analysis, Cost, Finding, NodeReport
from hybridgraph.graph.model import Graph, digest
from hybridgraph.shapes import ImageMap

LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
NO_BUTTON = Qt.MouseButton.NoButton
NONE, SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)
ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
ENOUGH = 40  # items from which a design is not let grow
GROWING = ("paste", "paste_linked", "duplicate", "duplicate_wired", "duplicate_linked")
Point = tuple[float, float]


class Player:
    """Plays one random thing after another on a canvas. `log` says what it did, for the person who reads a failure."""

    def __init__(self, view: CanvasView, seed: int) -> None:
        self.view = view
        self.session = view.session
        self.dice = random.Random(seed)
        self.log: list[str] = []
        self._blocks = sorted(set(view.session.catalogue) - {"input", "output"})  # as the palette offers them
        view.search_requested.connect(self._choose_block)
        view.swap_requested.connect(self._choose_swap)

    def step(self) -> None:
        """Do one random thing."""
        acts = (
            (self._drag_card, 5), (self._drag_wire, 5), (self._drag_anywhere, 3), (self._drop, 3),
            (self._drag_handle, 2), (self._cut, 1), (self._click, 5), (self._double_click, 2),
            (self._drag_frame, 3), (self._key, 14), (self._arrow, 3), (self._wheel, 2), (self._analyse, 2), (self._break_off, 2),
        )  # fmt: skip
        (act,) = self.dice.choices([act for act, _ in acts], [weight for _, weight in acts])
        self.log.append(act.__name__)
        act()
        self._answer_fields()

    # ------------------------------------------------------------------------------------------------- places

    def _card(self) -> Point:
        """A point of some card or stage."""
        paths = sorted(self.view.design.boxes)
        if not paths:
            return self._anywhere()
        path = self.dice.choice(paths)
        rect = self.view.design.rect_of(path)
        self.log.append(f"  at {path}")
        assert rect is not None
        return rect.x + rect.w * self.dice.random(), rect.y + rect.h * self.dice.random()

    def _port(self) -> Point:
        """Some port of some card."""
        found = [
            (path, spot)
            for path, item in sorted(self.view.design.boxes.items())
            if item.box is not None
            for spot in (*item.box.inputs, *item.box.outputs)
        ]
        if not found:
            return self._anywhere()
        path, spot = self.dice.choice(found)
        self.log.append(f"  at port {spot.name} of {path}")
        rect = self.view.design.rect_of(path)
        assert rect is not None
        return rect.x + spot.x + self.dice.choice((-3, 0, 3)), rect.y + spot.y

    def _wire(self) -> Point:
        """A point of some wire."""
        found = list(self.view.design.wires.items())
        if not found:
            return self._anywhere()
        (at, _), wire = self.dice.choice(found)
        x, y = self.view.design.origin(at)
        assert wire.way is not None
        part = self.dice.random()
        (ax, ay), (bx, by) = wire.way.start, wire.way.end
        return x + ax + (bx - ax) * part, y + ay + (by - ay) * part

    def _anywhere(self) -> Point:
        extent = self.view.design.extent().grown(200)
        return extent.x + extent.w * self.dice.random(), extent.y + extent.h * self.dice.random()

    def _somewhere(self) -> Point:
        return self.dice.choice((self._card, self._port, self._wire, self._anywhere))()

    # ------------------------------------------------------------------------------------------------- the mouse

    def _bring(self, place: Point) -> None:
        """Scroll so that a place can be touched."""
        if not self.view.seen().contains(*place):
            self.view.centerOn(*place)

    def _mouse(
        self, kind: QEvent.Type, place: Point, button: Qt.MouseButton, keys: Qt.KeyboardModifier
    ) -> None:
        moving = kind == QEvent.Type.MouseMove
        held = NO_BUTTON if kind == QEvent.Type.MouseButtonRelease else button
        spot = QPointF(self.view.mapFromScene(QPointF(*place)))
        target = self.view.viewport()
        event = QMouseEvent(kind, spot, target.mapToGlobal(spot), NO_BUTTON if moving else button, held, keys)
        QApplication.sendEvent(target, event)

    def _drag(
        self,
        start: Point,
        end: Point,
        button: Qt.MouseButton = LEFT,
        keys: Qt.KeyboardModifier = NONE,
        *,
        release: bool = True,
    ) -> None:
        self._bring(start)
        self.log.append(f"  drag {start} to {end} with {button.name} {keys}")
        self._mouse(QEvent.Type.MouseButtonPress, start, button, keys)
        for part in (0.2, 0.7, 1.0):
            place = (start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part)
            self._mouse(QEvent.Type.MouseMove, place, button, keys)
        if release:
            self._mouse(QEvent.Type.MouseButtonRelease, end, button, keys)

    def _keys_held(self) -> Qt.KeyboardModifier:
        return self.dice.choice((NONE, NONE, NONE, SHIFT, CTRL, ALT))

    def _drag_card(self) -> None:
        start = self._card()
        near = start[0] + self.dice.randrange(-200, 200), start[1] + self.dice.randrange(-120, 120)
        self._drag(start, self.dice.choice((near, self._somewhere())), keys=self._keys_held())

    def _drag_wire(self) -> None:
        self._drag(self._port(), self._somewhere(), keys=self.dice.choice((NONE, NONE, NONE, ALT)))

    def _drag_anywhere(self) -> None:
        button = self.dice.choice((LEFT, LEFT, MIDDLE, RIGHT))
        self._drag(self._somewhere(), self._somewhere(), button, self._keys_held())

    def _drag_frame(self) -> None:
        """Take a comment frame by its title, an edge or a corner."""
        found = sorted(self.view.design.frames.all(), key=lambda one: one[0])
        if not found:
            return
        path, rect, _ = self.dice.choice(found)
        self.log.append(f"  comment frame {path}")
        across, down = self.dice.choice(((0.5, 0.05), (0.0, 0.5), (1.0, 1.0), (0.5, 1.0)))
        start = rect.x + rect.w * across, rect.y + rect.h * down
        end = start[0] + self.dice.randrange(-160, 160), start[1] + self.dice.randrange(-120, 120)
        self._drag(start, end, keys=self.dice.choice((NONE, NONE, CTRL)))

    def _drag_handle(self) -> None:
        found = [
            (path, handle)
            for path in sorted(self.view.design.boxes)
            if (handle := self.view.design.handle(path)) is not None
        ]
        if not found:
            return
        path, handle = self.dice.choice(found)
        rect = self.view.design.rect_of(path)
        assert rect is not None
        start = rect.x + handle.x + handle.w / 2, rect.y + handle.y + handle.h / 2
        self._drag(start, (start[0] + self.dice.randrange(-90, 140), start[1] + 5))

    def _cut(self) -> None:
        x, y = self._wire()
        self._drag((x - 9, y - 40), (x + 9, y + 40), RIGHT, CTRL)

    def _break_off(self) -> None:
        """Begin something and press Escape, or undo, with the button still down."""
        start, end = self._somewhere(), self._somewhere()
        self._drag(start, end, keys=self._keys_held(), release=False)
        if self.dice.random() < 0.3:
            self._undo_or_redo()
        self._press(Qt.Key.Key_Escape)
        self._mouse(QEvent.Type.MouseButtonRelease, end, LEFT, NONE)

    def _click(self) -> None:
        place, keys = self._somewhere(), self._keys_held()
        self._bring(place)
        self._mouse(QEvent.Type.MouseButtonPress, place, LEFT, keys)
        self._mouse(QEvent.Type.MouseButtonRelease, place, LEFT, keys)

    def _double_click(self) -> None:
        place = self._somewhere()
        self._bring(place)
        for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease,
                     QEvent.Type.MouseButtonDblClick, QEvent.Type.MouseButtonRelease):  # fmt: skip
            self._mouse(kind, place, LEFT, NONE)

    def _wheel(self) -> None:
        place = self._somewhere()
        self._bring(place)
        spot = QPointF(self.view.mapFromScene(QPointF(*place)))
        turn = self.dice.choice((-480, -120, 120, 480))
        event = QWheelEvent(
            spot, self.view.viewport().mapToGlobal(spot), QPointF(0, 0).toPoint(), QPointF(0, turn).toPoint(),
            NO_BUTTON, NONE, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(self.view.viewport(), event)

    def _drop(self) -> None:
        """Bring a block from the palette, and now and then take it away again."""
        if self._is_full():
            return
        place = self._somewhere()
        self._bring(place)
        data = QMimeData()
        data.setData(BLOCK_MIME, self.dice.choice(self._blocks).encode())
        spot, action, keys = QPointF(self.view.mapFromScene(QPointF(*place))), Qt.DropAction.CopyAction, NONE
        target = self.view.viewport()
        QApplication.sendEvent(target, QDragEnterEvent(spot.toPoint(), action, data, LEFT, keys))
        QApplication.sendEvent(target, QDragMoveEvent(spot.toPoint(), action, data, LEFT, keys))
        if self.dice.random() < 0.15:
            QApplication.sendEvent(target, QDragLeaveEvent())
        else:
            QApplication.sendEvent(target, QDropEvent(spot, action, data, LEFT, keys))

    # ------------------------------------------------------------------------------------------------- the keys

    def _press(
        self, key: Qt.Key, keys: Qt.KeyboardModifier = NONE, text: str = "", to: QWidget | None = None
    ) -> None:
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.sendEvent(to or self.view, QKeyEvent(kind, key, keys, text))

    def _key(self) -> None:
        if self.dice.random() < 0.3:
            self._undo_or_redo()
            return
        command = self.dice.choice([one for one in COMMANDS if not (self._is_full() and one.id in GROWING)])
        self.run(command)

    def run(self, command: Command) -> None:
        """Press the key of a command; one without a key is chosen from the menu."""
        self.log.append(f"  {command.id}")
        if not command.keys:
            command.run(self.view)
            return
        combination = QKeySequence(self.dice.choice(command.keys))[0]
        self._press(combination.key(), combination.keyboardModifiers())

    def _undo_or_redo(self) -> None:
        for _ in range(self.dice.randrange(1, 5)):
            stack = self.session.undo_stack
            self.dice.choice((stack.undo, stack.undo, stack.redo))()

    def _arrow(self) -> None:
        for _ in range(self.dice.randrange(1, 4)):
            self._press(self.dice.choice(ARROWS), self.dice.choice((NONE, NONE, SHIFT, ALT)))

    def _answer_fields(self) -> None:
        """Type into a field that opened over a card: a name or a number, and Enter or Escape."""
        for field in self.view.findChildren(InlineField):
            if field.isHidden():
                continue
            text = self.dice.choice(("7", "1", "12", ""))
            field.selectAll()
            self._press(Qt.Key.Key_Backspace, to=field)
            for letter in text:
                self._press(Qt.Key(ord(letter)), text=letter, to=field)
            self._press(self.dice.choice((Qt.Key.Key_Return, Qt.Key.Key_Escape)), to=field)
            if not field.isHidden():  # an empty number is no answer
                self._press(Qt.Key.Key_Escape, to=field)

    # ------------------------------------------------------------------------------------------------- the others

    def _is_full(self) -> bool:
        graph = self.session.graph
        framed = len(graph.frames) + sum(
            len(getattr(item, "body", Graph()).frames) for _, item in graph.walk()
        )
        return framed + sum(1 for _ in graph.walk()) > ENOUGH

    def _choose_block(self, place: QPointF, at: tuple[str, ...]) -> None:
        """What the window's list of blocks would answer."""
        if self.dice.random() < 0.5 and not self._is_full():
            self.view.add_block(self.dice.choice(self._blocks), place, at)

    def _choose_swap(self, path: tuple[str, ...]) -> None:
        self.view.editor.swap_block(self.dice.choice(self._blocks), path)

    def _analyse(self) -> None:
        """Answer as an engine would, with a complaint somewhere."""
        self.session.accept_analysis(made_up(self.session.graph, self.dice))


def made_up(graph: Graph, dice: random.Random) -> Analysis:
    """An analysis of a graph with random numbers and one finding."""
    paths = [path for path, _ in graph.walk()]
    reports = {
        path: NodeReport(
            path=path,
            inputs={"x": ImageMap(64, 28, 28)},
            outputs={"y": ImageMap(dice.choice((64, 96)), 14, 14)},
            cost=Cost(params=1000, macs=dice.choice((2000, 4000)), activation_bytes=4000),
        )
        for path in paths
    }
    severity = dice.choice(("error", "warning"))
    findings = (
        [Finding(severity=severity, code="odd", path=dice.choice(paths), message="Odd.")] if paths else []
    )
    return Analysis(
        digest=digest(graph), nodes=reports, findings=tuple(findings), total=Cost(macs=8000, params=4000)
    )
