"""The dialog of settings, made from the table of preferences; what is chosen holds at once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QDialogButtonBox, QGridLayout, QLabel, QWidget

from app.language import tr
from app.panels.combo import Combo
from app.settings.preferences import OFF, ON, PREFERENCES, Preference

if TYPE_CHECKING:
    from app.window import MainWindow


class PreferencesDialog(QDialog):
    """A row for each preference: a box to tick where it is on or off, else a list to choose from."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Settings"))
        self.setMinimumWidth(440)
        self.fields: dict[str, QWidget] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(18, 16, 18, 14)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for preference in PREFERENCES:
            row = grid.rowCount()
            field = self.fields[preference.id] = self._field(preference)
            field.setAccessibleName(tr(preference.title))
            field.setMinimumHeight(28)
            grid.addWidget(QLabel(tr(preference.title)), row, 0)
            grid.addWidget(field, row, 1)
            if preference.hint:
                hint = QLabel(tr(preference.hint))
                hint.setProperty("role", "muted")
                hint.setWordWrap(True)
                field.setAccessibleDescription(hint.text())
                grid.addWidget(hint, row + 1, 1)
            grid.setRowMinimumHeight(row + 2, 6)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        grid.addWidget(buttons, grid.rowCount(), 0, 1, 2)

    def _field(self, preference: Preference) -> QWidget:
        now, choices = preference.read(self._window), preference.choices()
        if {value for value, _ in choices} == {ON, OFF}:
            box = QCheckBox()
            box.setChecked(now == ON)
            box.toggled.connect(lambda on: preference.take(self._window, ON if on else OFF))
            return box
        field = Combo()
        for value, title in choices:
            field.addItem(title, value)
        field.setCurrentIndex(max(field.findData(now), 0))
        field.activated.connect(partial(self._choose, preference, field))
        return field

    def _choose(self, preference: Preference, field: QComboBox, _index: int) -> None:
        preference.take(self._window, str(field.currentData()))


def show(window: MainWindow) -> None:
    """Show the settings over the window."""
    PreferencesDialog(window).open()
