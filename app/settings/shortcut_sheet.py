"""The sheet of shortcuts, made from the table of actions; every key can be changed in it."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app import trees
from app.actions import ACTIONS, MENU_TITLES, MENUS
from app.actionset import ActionSet
from app.canvas.gestures.sheet import MOUSE
from app.language import tr
from app.settings.shortcuts import native, portable

_ID = Qt.ItemDataRole.UserRole


class ShortcutSheet(QDialog):
    """Every action with its keys and every gesture of the mouse; press other keys to change a row's."""

    def __init__(self, actions: ActionSet, parent: QWidget) -> None:
        super().__init__(parent)
        self._actions = actions
        self.setWindowTitle(tr("Shortcuts"))
        self.resize(640, 620)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search actions and keys"))
        self.search.setAccessibleName(tr("Search actions and keys"))
        self.search.setClearButtonEnabled(True)
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels([tr("What"), tr("Keys")])
        self.tree.setAccessibleName(tr("Actions and their keys"))
        self.tree.setRootIsDecorated(False)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.keys = QKeySequenceEdit()
        self.keys.setMaximumSequenceLength(1)
        self.keys.setAccessibleName(tr("New keys for the marked action"))
        self.set_button, self.clear_button = QPushButton(tr("Set")), QPushButton(tr("None"))
        self.reset_button, self.reset_all_button = QPushButton(tr("Default")), QPushButton(tr("All defaults"))
        self.word = QLabel()
        self.word.setWordWrap(True)
        line = QHBoxLayout()
        line.addWidget(self.keys, 1)
        for button in (self.set_button, self.clear_button, self.reset_button, self.reset_all_button):
            button.setAutoDefault(False)
            line.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(10)
        layout.addWidget(self.search)
        layout.addWidget(self.tree, 1)
        layout.addWidget(self.word)
        layout.addLayout(line)
        self.search.textChanged.connect(self._filter)
        self.tree.currentItemChanged.connect(self._marked)
        self.set_button.clicked.connect(self._set)
        self.clear_button.clicked.connect(lambda: self._choose(()))
        self.reset_button.clicked.connect(self._reset)
        self.reset_all_button.clicked.connect(self._reset_all)
        self._fill()
        self._marked()

    @property
    def _name(self) -> str:
        item = self.tree.currentItem()
        return item.data(0, _ID) or "" if item else ""

    def _fill(self) -> None:
        former = self._name
        self.tree.clear()
        for menu in MENUS:
            rows = [
                (tr(action.title).removesuffix("…"), self._actions.keys_of(action.id), action.id)
                for action in ACTIONS
                if action.menu == menu
            ]
            self._section(tr(MENU_TITLES[menu]).replace("&", ""), rows)
        self._section(
            tr("On the canvas, with the mouse"), [(tr(what), (tr(how),), "") for how, what in MOUSE]
        )
        self._filter(self.search.text())
        for item in self._rows():
            if former and item.data(0, _ID) == former:
                self.tree.setCurrentItem(item)

    def _section(self, title: str, rows: Iterable[tuple[str, tuple[str, ...], str]]) -> None:
        head = QTreeWidgetItem([title, ""])
        head.setFlags(Qt.ItemFlag.ItemIsEnabled)
        font = head.font(0)
        font.setBold(True)
        head.setFont(0, font)
        self.tree.addTopLevelItem(head)
        for what, keys, name in rows:
            row = QTreeWidgetItem([what, ", ".join(map(native, keys) if name else keys)])
            row.setData(0, _ID, name)
            if not name:
                row.setFlags(Qt.ItemFlag.ItemIsEnabled)
            head.addChild(row)
        head.setExpanded(True)

    def _rows(self) -> list[QTreeWidgetItem]:
        return [row for head in trees.tops(self.tree) for row in trees.below(head)]

    def _filter(self, text: str) -> None:
        wanted = text.casefold().split()
        for item in self._rows():
            told = f"{item.text(0)} {item.text(1)}".casefold()
            item.setHidden(not all(word in told for word in wanted))

    def _marked(self, *_: object) -> None:
        name = self._name
        for part in (self.keys, self.set_button, self.clear_button, self.reset_button):
            part.setEnabled(bool(name))
        self.keys.setKeySequence(QKeySequence(next(iter(self._actions.keys_of(name)), "") if name else ""))
        self.word.setText("" if name else tr("Mark an action and press other keys for it."))

    def _set(self) -> None:
        keys = portable(self.keys.keySequence().toString())
        owner = next(
            (a for a in ACTIONS if a.id != self._name and keys in map(portable, self._actions.keys_of(a.id))),
            None,
        )
        if keys and owner is not None:
            self.word.setText(
                tr(
                    "{native} already means “{title}”. Take it away there first.",
                    native=native(keys),
                    title=tr(owner.title),
                )
            )
        elif keys:
            self._choose((keys,))

    def _choose(self, keys: tuple[str, ...]) -> None:
        self._actions.choose_keys(self._name, keys)
        self._fill()

    def _reset(self) -> None:
        self._actions.reset_keys(self._name)
        self._fill()

    def _reset_all(self) -> None:
        self._actions.reset_keys()
        self._fill()
