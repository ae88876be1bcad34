"""The keys of the canvas: those of its commands, the arrows, and Space. They act only while it has the focus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from app.canvas.commands import COMMANDS, Command

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

K = Qt.Key
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
ARROWS = {K.Key_Left: "left", K.Key_Right: "right", K.Key_Up: "up", K.Key_Down: "down"}


class Keys:
    """What each key does. Space is two things: tapped it asks for a block, held it lets the mouse pan."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self._commands: dict[int, Command] = {}
        self._peek_key: K | None = None
        self.bind({})

    def bind(self, chosen: Mapping[str, Sequence[str]]) -> None:
        """Give commands the keys that a person chose, by their id; the others keep their own."""
        self._commands = {
            _first(keys).toCombined(): command
            for command in COMMANDS
            for keys in chosen.get(command.id, command.keys)
        }

    def press(self, event: QKeyEvent) -> bool:
        """Do what a key means; False when it means nothing here."""
        key, modifiers = K(event.key()), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key == K.Key_Space and modifiers == NONE:
            if not event.isAutoRepeat():
                self._view.space_held, self._view.space_used = True, False
            return True
        if key in ARROWS:
            return self._arrow(ARROWS[key], modifiers)
        if key == K.Key_Escape and modifiers == NONE:
            self._view.walker.escape()
            return True
        command = self._commands.get(QKeyCombination(modifiers, key).toCombined())
        if command is None:
            return False
        if command.id == "peek":
            if event.isAutoRepeat():
                return True
            self._peek_key = key
        command.run(self._view)
        return True

    def release(self, event: QKeyEvent) -> bool:
        """The end of Space, and of the key of a look into a stage."""
        if event.key() == self._peek_key and not event.isAutoRepeat():
            self._peek_key = None
            self._view.peek.release()
            return True
        if event.key() != K.Key_Space or event.isAutoRepeat() or not self._view.space_held:
            return False
        self._view.space_held = False
        if not self._view.space_used:
            self._view.walker.ask()
        return True

    def _arrow(self, direction: str, modifiers: Qt.KeyboardModifier) -> bool:
        if modifiers in (SHIFT, ALT):
            self._view.walker.nudge(direction, 8 if modifiers == SHIFT else 1)
        elif modifiers == NONE:
            self._view.walker.go(direction)
        else:
            return False
        return True


def _first(keys: str) -> QKeyCombination:
    """The first key of a sequence. PySide6 tells type checkers nothing of its index."""
    return cast("Sequence[QKeyCombination]", QKeySequence(keys))[0]
