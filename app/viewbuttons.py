"""Buttons that stand in a row, one for each view of the same thing; one of them is down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from PySide6.QtWidgets import QButtonGroup, QToolButton, QWidget

from app.language import tr

Name = TypeVar("Name")


def view_button(title: str) -> QToolButton:
    """A button that stays down, as a row of views has them."""
    button = QToolButton()
    button.setText(title)
    button.setProperty("role", "view")
    button.setCheckable(True)
    return button


def view_buttons(
    titles: Mapping[Name, str], choose: Callable[[Name], object], owner: QWidget, *, chosen: Name
) -> dict[Name, QToolButton]:
    """A button for each marked title, of which one is down; a click tells `choose` its name."""
    group = QButtonGroup(owner)
    buttons: dict[Name, QToolButton] = {}
    for name, title in titles.items():
        button = view_button(tr(title))
        button.setChecked(name == chosen)
        button.clicked.connect(lambda _=False, name=name: choose(name))
        group.addButton(button)
        buttons[name] = button
    return buttons
