"""One setting in the dialog: its name, its field, and where its value comes from."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QToolButton

from app.icons import icon
from app.language import tr
from app.panels.complaint import Complaint
from app.panels.editors import Field, TextField, field_for
from app.recipes import words
from app.theme import Theme
from hybridgraph.limits import parse
from hybridgraph.recipes.settings import Setting, shown
from hybridgraph.spec import Parameter


class ListField(TextField):
    """Numbers with commas between them."""

    listed = Signal(object)  # tuple of numbers

    def __init__(self, parameter: Parameter, theme: Theme) -> None:
        super().__init__(parameter, theme)
        self._name = parameter.name
        self.setPlaceholderText(tr("none"))

    def show_list(self, values: tuple[float, ...]) -> None:
        """Show the numbers."""
        QLineEdit.setText(self, ", ".join(f"{one:g}" for one in values))

    def commit(self) -> None:
        """Tell the numbers."""
        if self.isModified():
            self.setModified(False)
            self.listed.emit(parse(self._name, self.text(), tuple))


class SettingRow(QObject):
    """The widgets of a setting in a grid. `taken` carries the value that somebody gave it."""

    taken = Signal(str, object)
    reset_wanted = Signal(str)

    def __init__(self, setting: Setting, theme: Theme, grid: QGridLayout, row: int, column: int) -> None:
        super().__init__(grid.parentWidget())
        self.setting = setting
        self._theme = theme
        parameter = words.parameter(setting)
        self.name = QLabel(words.title(setting.name))
        self.name.setToolTip(words.tip(setting))
        self.origin = QLabel()
        self.origin.setProperty("role", "small")
        self.field: Field = (
            ListField(parameter, theme)
            if setting.kind == "list"
            else field_for(parameter, setting.default, theme)
        )
        self.field.setMinimumHeight(28)
        self.field.setMinimumWidth(118)
        self.field.setToolTip(words.tip(setting))
        self.field.setAccessibleName(words.title(setting.name))
        self.name.setBuddy(self.field)
        for label in (self.name, self.origin):
            label.setFixedHeight(28)  # beside the field, also where a complaint stands below it
        if isinstance(self.field, ListField):
            self.field.listed.connect(self._take)
        else:
            self.field.committed.connect(self._take)
        self.holder = Complaint(self.field)
        self.complaint = ""
        if isinstance(self.field, TextField):
            self.field.refused.connect(self._note)
        self.reset = QToolButton()
        self.reset.setProperty("role", "quiet")
        self.reset.setIcon(icon("undo", theme.accent, 12))
        self.reset.setFixedSize(22, 28)
        self.reset.setAccessibleName(tr("Reset {label}", label=words.title(setting.name)))
        self.reset.clicked.connect(lambda: self.reset_wanted.emit(setting.name))
        kept = self.reset.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(kept)
        for offset, widget in enumerate((self.name, self.holder, self.reset, self.origin)):
            grid.addWidget(widget, row, column + offset, Qt.AlignmentFlag.AlignTop)

    def show_value(self, value: Any, card_value: Any, *, counts: bool) -> None:
        """Show what the setting holds, whether that is the card's, and whether it does anything beside the others."""
        if isinstance(self.field, ListField):
            self.field.show_list(value)
        else:
            self.field.set_value(value)
        is_changed = value != card_value
        self.reset.setVisible(is_changed)
        self.reset.setToolTip(tr("Back to the card's {value}", value=shown(card_value)))
        told = tr("changed") if is_changed else tr("default") if value == self.setting.default else tr("card")
        self.origin.setText(told)
        colour = self._theme.accent if is_changed else self._theme.muted
        self.origin.setStyleSheet(f"color: {colour};")
        self.name.setStyleSheet(f"color: {self._theme.accent};" if is_changed else "")
        for widget in (self.name, self.field, self.origin):
            widget.setEnabled(counts)
        if not counts:
            self.origin.setText(tr("idle"))
        self.field.setAccessibleDescription(f"{told}. {words.tip(self.setting)}")

    def commit(self) -> None:
        """Take what is being typed."""
        if isinstance(self.field, TextField) and self.field.isModified():
            self.field.commit()

    def refuse(self, sentence: str) -> None:
        """Say under the field why its value cannot be taken."""
        if isinstance(self.field, TextField):
            self.field.refused.emit(sentence)

    def _note(self, sentence: str) -> None:
        self.complaint = sentence

    def _take(self, value: object) -> None:
        if isinstance(value, int | float | str | tuple):
            self.taken.emit(self.setting.name, value)
        else:
            self.refuse(tr("A recipe takes one value here."))
