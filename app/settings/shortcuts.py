"""The keys of every action: those of the table, unless a person chose others.

Only what was chosen is stored, so an update may bring other defaults without undoing anybody's choice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from PySide6.QtCore import QSettings
from PySide6.QtGui import QKeySequence

_GROUP = "shortcuts"


class Shortcuts:
    """What a person chose, in the settings."""

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings

    @property
    def chosen(self) -> Mapping[str, tuple[str, ...]]:
        """The chosen keys by the action's id; what cannot be read is as if it was never chosen."""
        self._settings.beginGroup(_GROUP)
        stored = {name: str(self._settings.value(name)) for name in self._settings.childKeys()}
        self._settings.endGroup()
        return {name: keys for name, text in stored.items() if (keys := _parsed(text)) is not None}

    def choose(self, name: str, keys: Iterable[str]) -> None:
        """Give an action these keys; none at all takes its keys away."""
        self._settings.setValue(f"{_GROUP}/{name}", json.dumps([portable(one) for one in keys]))

    def reset(self, name: str = "") -> None:
        """Give one action its own keys back, or all of them."""
        self._settings.remove(f"{_GROUP}/{name}" if name else _GROUP)


def portable(keys: str) -> str:
    """The one spelling of a key combination in settings: `ctrl+d` is Ctrl+D."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.PortableText)


def native(keys: str) -> str:
    """A key combination as this desktop prints it."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def _parsed(text: str) -> tuple[str, ...] | None:
    try:
        keys = json.loads(text)
    except ValueError:
        return None
    if not isinstance(keys, list) or not all(isinstance(one, str) and portable(one) for one in keys):
        return None
    return tuple(keys)
