"""One line of the inspector: the name of a parameter, its field, and the mark that it was edited."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from app.icons import icon
from app.panels.editors import Complaint, Field, TextField, field_for, limits
from app.panels.entry import show
from app.panels.facts import Entry
from app.theme import Theme
from hybridgraph.graph.values import Cycle, First, Ramp, Ref, Value


def name_label(text: str) -> QLabel:
    """The muted name on the left of a row."""
    label = QLabel(text)
    label.setProperty("role", "muted")
    label.setMinimumHeight(28)
    label.setFixedWidth(100)
    label.setAlignment(Qt.AlignmentFlag.AlignVCenter)
    return label


class ParameterRow(QObject):
    """A parameter's widgets. `committed` carries the new Value."""

    committed = Signal(object)
    settled = Signal()
    reset_requested = Signal()
    text_requested = Signal()  # a switch or choice is to become a text, for a value of its own in each repeat

    def __init__(self, entry: Entry, theme: Theme, *, as_text: bool = False) -> None:
        super().__init__()
        self._parameter = entry.parameter
        self.name = name_label(entry.label)
        self.field: Field = (
            TextField(entry.parameter, theme) if as_text else field_for(entry.parameter, entry.value, theme)
        )
        self.field.setAccessibleName(entry.label)
        self.field.setMinimumHeight(28)
        self.field.setMinimumWidth(60)
        self.reset = _button("undo", f"Reset {entry.label}", theme)
        self.reset.clicked.connect(self.reset_requested)
        self.none = _button("x", f"Set {entry.label} to none", theme)
        self.none.setToolTip("Set to none")
        self.none.clicked.connect(lambda: self.committed.emit(None))
        self.holder = QWidget()
        row = QHBoxLayout(self.holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(3)
        row.addWidget(Complaint(self.field), 1)
        row.addWidget(self.none, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.reset, 0, Qt.AlignmentFlag.AlignTop)
        self.field.committed.connect(self.committed)
        self.field.settled.connect(self.settled)
        if not isinstance(self.field, TextField):
            write = QAction("Write as text: = name, or a value for each repeat", self.field)
            write.triggered.connect(self.text_requested)
            self.field.addAction(write)
            self.field.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.holder.setParent(None)
        self.setParent(self.holder)

    def show_entry(self, entry: Entry) -> None:
        """Show what the parameter holds, and whether it was edited."""
        self.show_value(entry.value)
        if (
            isinstance(entry.value, Ref)
            and entry.stands_for is not None
            and isinstance(self.field, TextField)
        ):
            self.field.set_aside(show(entry.stands_for).removesuffix(" over the net"))
        self.reset.setVisible(entry.is_edited)
        is_text = isinstance(self.field, TextField)
        # Where none is the default, the reset button does it.
        can_drop = (
            entry.parameter.optional and entry.value is not None and entry.parameter.default is not None
        )
        self.none.setVisible(is_text and can_drop)
        default = show(entry.parameter.default)
        self.reset.setToolTip(f"Back to the default, {default}")
        tip = "\n".join(filter(None, (entry.parameter.doc, self._limits(entry, default))))
        self.name.setToolTip(tip)
        self.field.setToolTip(tip)

    def show_value(self, value: Value) -> None:
        """Show a value without telling anyone."""
        self.field.set_value(value)
        if isinstance(self.field, TextField):
            self.field.set_aside(_aside(value) or self._parameter.unit)

    @staticmethod
    def _limits(entry: Entry, default: str) -> str:
        parts = [limits(entry.parameter), f"default {default}"]
        if entry.parameter.inert:
            parts.append("changes neither shape nor cost")
        return " · ".join(filter(None, parts))


def _button(name: str, words: str, theme: Theme) -> QToolButton:
    """A small button without a frame."""
    button = QToolButton()
    button.setProperty("role", "quiet")
    button.setIcon(icon(name, theme.muted, 12))
    button.setFixedSize(22, 22)
    button.setAccessibleName(words)
    return button


def _aside(value: Value) -> str:
    match value:
        case Ref():
            return "of the stage"
        case First():
            return "first, rest"
        case Cycle():
            return "in turn"
        case Ramp(over="stage"):
            return "linear"
    return ""
