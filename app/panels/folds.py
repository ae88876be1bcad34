"""Which sections of the panels are folded, remembered from one start to the next."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSettings

from app.panels.section import Section

_GROUP = "folds"


class Folds:
    """Remembers in the settings; without them, for as long as it lives."""

    def __init__(self, settings: QSettings | None = None) -> None:
        self._settings = settings
        self._known: dict[str, bool] = {}

    def keep(self, name: str, section: Section) -> None:
        """Open or fold a section as it was left, and remember how it is left from now on."""
        kept = self._known.get(name)
        if kept is None and self._settings is not None:
            stored = self._settings.value(f"{_GROUP}/{name}")
            kept = None if stored is None else str(stored).casefold() == "true"
        if kept is not None:
            section.head.setChecked(kept)
        section.head.toggled.connect(partial(self._remember, name))

    def _remember(self, name: str, is_open: bool) -> None:
        self._known[name] = is_open
        if self._settings is not None:
            self._settings.setValue(f"{_GROUP}/{name}", is_open)
