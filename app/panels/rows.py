"""One line of the inspector: the name of a parameter, its field, and the mark of where its value comes from."""

from __future__ import annotations

import contextlib

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from app.icons import icon
from app.language import told, tr
from app.panels.complaint import Complaint
from app.panels.editors import Field, TextField, field_for
from app.panels.entry import brief, limits, read, show
from app.panels.facts import Entry
from app.panels.origins import OriginMark, sentence
from app.panels.scrub import ScrubLabel, can_scrub, scrubbed
from app.panels.spread import Spread
from app.panels.spreading import Span
from app.theme import Theme
from hybridgraph.errors import GraphError
from hybridgraph.graph.values import Cycle, First, Ramp, Ref, Value

PAUSE_MS = 120
"""What is being typed is looked at when the fingers rest this long."""


class ParameterRow(QObject):
    """A parameter's widgets. `committed` and `considered` carry a Value: taken, and being typed."""

    committed = Signal(object)
    settled = Signal()
    considered = Signal(object)
    dropped = Signal()  # what was being typed or dragged is over
    scrub_begun = Signal()
    scrub_cancelled = Signal()
    reset_requested = Signal()
    text_requested = Signal()  # a switch or choice is to become a text, for a value of its own in each repeat

    def __init__(
        self, entry: Entry, theme: Theme, *, as_text: bool = False, is_spread_open: bool = False
    ) -> None:
        super().__init__()
        self._entry = entry
        self._theme = theme
        self._dragged_from = 0.0
        self._words = ""  # what stands at the field's right end while nothing is being tried
        self.name = ScrubLabel(told(entry.label))
        self.field: Field = (
            TextField(entry.parameter, theme) if as_text else field_for(entry.parameter, entry.value, theme)
        )
        self.field.setAccessibleName(told(entry.label))
        self.field.setMinimumHeight(28)
        self.field.setMinimumWidth(60)
        self.name.setBuddy(self.field)
        self.name.setFixedHeight(28)
        self.reset = _button("undo", tr("Reset {label}", label=told(entry.label)), theme)
        self.reset.clicked.connect(self.reset_requested)
        self.mark = OriginMark(theme)
        self.none = _button("x", tr("Set {label} to none", label=told(entry.label)), theme)
        self.none.setToolTip(tr("Set to none"))
        self.none.clicked.connect(lambda: self.committed.emit(None))
        self.spread = Spread(entry.parameter, told(entry.label), theme, is_open=is_spread_open)
        self.holder = QWidget()
        column = QVBoxLayout(self.holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        row = QHBoxLayout()
        row.setSpacing(3)
        row.addWidget(Complaint(self.field), 1)
        for widget in (self.none, self.reset, self.mark):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(row)
        column.addWidget(self.spread)
        self._connect()
        self.holder.setParent(None)
        self.setParent(self.holder)

    def _connect(self) -> None:
        self.field.committed.connect(self.committed)
        self.field.settled.connect(self.settled)
        self._rest = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._rest.timeout.connect(self._consider)
        if isinstance(self.field, TextField):
            self.field.textEdited.connect(lambda _text: self._rest.start())
            self.field.editingFinished.connect(self._drop)
        else:
            write = QAction(tr("Write as text: = name, or a value for each repeat"), self.field)
            write.triggered.connect(self.text_requested)
            self.field.addAction(write)
            self.field.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.spread.committed.connect(self.committed)
        self.spread.settled.connect(self.settled)
        self.repeats = QAction(tr("A value for each repeat"), self.holder)
        self.repeats.setShortcut(QKeySequence("Ctrl+R"))
        self.repeats.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.repeats.triggered.connect(self.spread.toggle)
        self.holder.addAction(self.repeats)
        self.name.addAction(self.repeats)
        self.name.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        if not isinstance(self.field, TextField):
            self.field.addAction(self.repeats)
        self.name.begun.connect(self._begin_drag)
        self.name.dragged.connect(self._drag)
        self.name.ended.connect(self._end_drag)
        self.name.cancelled.connect(self._cancel_drag)

    def show_entry(self, entry: Entry) -> None:
        """Show what the parameter holds, and where that comes from."""
        self._entry = entry
        if entry.is_mixed:
            self.field.set_several()
            self._set_words(entry.parameter.unit)
        else:
            self.show_value(entry.value)
        if isinstance(entry.value, Ref) and entry.stands_for is not None and not entry.is_mixed:
            self._set_words(brief(entry.stands_for))
        self.name.offer(possible=not entry.is_mixed and can_scrub(entry.parameter, entry.value))
        self.reset.setVisible(entry.is_edited)
        self.mark.show_entry(entry)
        self.mark.setVisible(not entry.is_edited and bool(sentence(entry)))
        is_text = isinstance(self.field, TextField)
        # Where none is the default, the reset button does it.
        can_drop = (
            entry.parameter.optional and entry.value is not None and entry.parameter.default is not None
        )
        self.none.setVisible(is_text and can_drop)
        back = (
            tr("{show} of {source}", show=show(entry.usual), source=entry.source)
            if entry.source
            else tr("the default, {show}", show=show(entry.usual))
        )
        self.reset.setToolTip(
            tr("{sentence} Click to go back to {back}.", sentence=sentence(entry), back=back).strip()
        )
        default = show(entry.parameter.default)
        tip = "\n".join(
            filter(None, (told(entry.parameter.doc), self._limits(entry, default), sentence(entry)))
        )
        self.name.setToolTip(tip)
        self.field.setToolTip(tip)
        self.field.setAccessibleDescription(
            " ".join(filter(None, (told(entry.parameter.doc), sentence(entry))))
        )

    def show_span(self, span: Span | None) -> None:
        """Show what the parameter is in each repeat of these; nothing for None."""
        self.repeats.setEnabled(span is not None)
        self.spread.show_value(self._entry.value, span)
        if span is not None:
            hint = tr("Ctrl+R: a value for each repeat")
            self.name.setToolTip("\n".join(filter(None, (self.name.toolTip(), hint))))

    def show_value(self, value: Value) -> None:
        """Show a value without telling anyone."""
        self.field.set_value(value)
        self._set_words(_aside(value) or self._entry.parameter.unit)

    def show_consequence(self, text: str, *, is_bad: bool = False) -> None:
        """Say in the field what the value would cost, until the typing or dragging ends."""
        if isinstance(self.field, TextField) and (self.name.is_dragging or self.field.isModified()):
            self.field.set_aside(text or tr("no change"), self._theme.error if is_bad else self._theme.accent)

    # ------------------------------------------------------------------------------------------------- trying

    def _consider(self) -> None:
        """Tell the value that is being typed, if it is one."""
        if not isinstance(self.field, TextField) or not self.field.isModified():
            return
        with contextlib.suppress(GraphError):  # half a word is no mistake yet
            self.considered.emit(read(self.field.text(), self._entry.parameter))

    def _drop(self) -> None:
        self._rest.stop()
        self.dropped.emit()
        self._set_words(self._words)

    def _begin_drag(self) -> None:
        value = self._entry.value
        self._dragged_from = value if isinstance(value, int | float) else 0.0
        self.scrub_begun.emit()

    def _drag(self, distance: int, fine: bool) -> None:
        value = scrubbed(self._entry.parameter, self._dragged_from, distance, fine=fine)
        if value != self._entry.value:
            self.committed.emit(value)

    def _end_drag(self) -> None:
        self._drop()
        self.settled.emit()

    def _cancel_drag(self) -> None:
        self._drop()
        self.scrub_cancelled.emit()

    def _set_words(self, text: str) -> None:
        self._words = text
        if isinstance(self.field, TextField) and not self.name.is_dragging:
            self.field.set_aside(text)

    @staticmethod
    def _limits(entry: Entry, default: str) -> str:
        parts = [limits(entry.parameter), tr("default {default}", default=default)]
        if entry.parameter.inert:
            parts.append(tr("changes neither shape nor cost"))
        return " · ".join(filter(None, parts))


def _button(name: str, words: str, theme: Theme) -> QToolButton:
    """A small button without a frame."""
    button = QToolButton()
    button.setProperty("role", "quiet")
    button.setIcon(icon(name, theme.muted, 12))
    button.setFixedSize(22, 28)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setAccessibleName(words)
    return button


def _aside(value: Value) -> str:
    match value:
        case Ref():
            return tr("of the stage")
        case First():
            return tr("first, rest")
        case Cycle():
            return tr("in turn")
        case Ramp(over="stage"):
            return tr("linear")
        case Ramp():
            return tr("over net")
    return ""
