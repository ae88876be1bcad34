"""The table of actions made into Qt's, for one window: menus, keys, what is on or off."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QMenu, QMenuBar

from app.actions import ACTIONS, MENU_TITLES, MENUS, Action, Scope
from app.icons import icon
from app.language import tr
from app.settings.shortcuts import Shortcuts
from app.theme import Theme

if TYPE_CHECKING:
    from app.window import MainWindow

_BY_ID = {action.id: action for action in ACTIONS}
_CONTEXTS: dict[Scope, Qt.ShortcutContext] = {
    "window": Qt.ShortcutContext.WindowShortcut,
    "canvas": Qt.ShortcutContext.WidgetShortcut,  # not its children: a name typed on the canvas has these letters too
}


class ActionSet(QObject):
    """The table made into Qt's actions for one window."""

    def __init__(self, window: MainWindow, bar: QMenuBar) -> None:
        super().__init__(window)  # a child: it stops listening before its actions go
        self._window = window
        self._session = window.session
        self._canvas_keys = window.canvas.keys
        self._shortcuts = Shortcuts(window.settings)
        self._actions: dict[str, QAction] = {}
        self.menus: dict[str, QMenu] = {name: bar.addMenu(tr(MENU_TITLES[name])) for name in MENUS}
        for action in ACTIONS:
            made = QAction(tr(action.title), window)
            made.setObjectName(action.id)
            owner = window.canvas if action.scope == "canvas" else window
            made.setCheckable(action.is_on is not None)
            made.setShortcutContext(_CONTEXTS[action.scope])
            made.triggered.connect(partial(_run, action, window))
            owner.addAction(made)
            if action.separated:
                self.menus[action.menu].addSeparator()
            self.menus[action.menu].addAction(made)
            self._actions[action.id] = made
        for signal in (
            self._session.selection_changed,
            self._session.frame_chosen,
            self._session.graph_changed,
            self._session.measure_changed,
            self._session.history_changed,
            self._session.document_changed,
        ):
            signal.connect(self.refresh)
        self.set_theme(window.theme)
        self._bind_keys()
        self.refresh()

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def keys_of(self, name: str) -> tuple[str, ...]:
        """The keys of an action: those that were chosen, else its own."""
        return self._shortcuts.chosen.get(name, _BY_ID[name].keys)

    def choose_keys(self, name: str, keys: tuple[str, ...]) -> None:
        """Give an action other keys, now and from now on."""
        self._shortcuts.choose(name, keys)
        self._bind_keys()

    def reset_keys(self, name: str = "") -> None:
        """Give one action its own keys back, or all of them."""
        self._shortcuts.reset(name)
        self._bind_keys()

    def _bind_keys(self) -> None:
        chosen = self._shortcuts.chosen
        for action in ACTIONS:
            keys = chosen.get(action.id, action.keys)
            self._actions[action.id].setShortcuts([QKeySequence(one) for one in keys])
        self._canvas_keys.bind(chosen)

    def bind(self, name: str, button: QAbstractButton) -> None:
        """Let a button do an action, and be on and off with it."""
        action = self._actions[name]
        button.clicked.connect(action.trigger)
        button.setEnabled(action.isEnabled())
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        button.setToolTip(f"{action.text().removesuffix('…')} ({keys})")
        action.enabledChanged.connect(button.setEnabled)

    def set_theme(self, theme: Theme) -> None:
        """Draw the icons in another theme's colour."""
        for action in ACTIONS:
            if action.icon:
                self._actions[action.id].setIcon(icon(action.icon, theme.muted, 14))

    def by_menu(self) -> list[tuple[str, QAction]]:
        """Every action with the name of its menu, in the order of the table."""
        return [(action.menu, self._actions[action.id]) for action in ACTIONS if action.id != "commands"]

    def refresh(self, *_: object) -> None:
        """Switch every action on or off as the session stands."""
        for action in ACTIONS:
            self._actions[action.id].setEnabled(action.enabled(self._session))
            if action.is_on is not None:
                self._actions[action.id].setChecked(action.is_on(self._window))
        undo, redo = self._session.undo_stack.undoText(), self._session.undo_stack.redoText()
        self._actions["undo"].setText(tr("Undo {edit}", edit=f"{undo[:1].lower()}{undo[1:]}").strip())
        self._actions["redo"].setText(tr("Redo {edit}", edit=f"{redo[:1].lower()}{redo[1:]}").strip())


def _run(action: Action, window: MainWindow, _checked: bool = False) -> None:
    action.run(window)
