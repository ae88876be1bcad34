"""The fields of the inspector: a number or text with its unit, a switch, a choice. Each reads and shows a Value."""

from __future__ import annotations

from math import floor, log10

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QWidget

from app.language import tr
from app.panels.combo import Combo
from app.panels.entry import brief, read, show
from app.theme import Theme, number_font, text_font
from hybridgraph.errors import GraphError
from hybridgraph.graph.values import Value
from hybridgraph.spec import Parameter


class TextField(QLineEdit):
    """A value as text, with its unit on the right. Up and Down step a number; Enter or leaving commits."""

    committed = Signal(object)  # Value
    refused = Signal(str)  # why the text is no value; empty when it is one again
    settled = Signal()

    def __init__(self, parameter: Parameter, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parameter = parameter
        self.theme = theme
        self._value: Value = None
        self._several = False
        self._aside = parameter.unit
        self._aside_colour = ""
        self.setProperty("role", "number")
        self.editingFinished.connect(self.commit)
        self._fit_aside()

    @property
    def value(self) -> Value:
        """The value last shown or committed."""
        return self._value

    def set_value(self, value: Value) -> None:
        """Show `value`, unless it is the one being typed over right now."""
        if value == self._value and type(value) is type(self._value) and self.text():
            return
        self._value, self._several = value, False
        self._write()
        self.setCursorPosition(0)
        self._mark("")

    def set_several(self) -> None:
        """Show that the nodes it stands for hold different values; what is typed is for all of them."""
        if not (self._several and self.isModified()):
            self._value, self._several = None, True
            self.clear()
        self.setPlaceholderText(tr("several"))

    def set_aside(self, text: str, colour: str = "") -> None:
        """The words at the right end, muted by default: the unit, or what the value means or would cost."""
        self._aside, self._aside_colour = text, colour
        self._fit_aside()
        self.update()

    def commit(self) -> None:
        """Read the text; tell its value, or why it has none."""
        if (self._several and not self.text()) or self._is_brief():
            return
        try:
            value = read(self.text(), self.parameter)
        except GraphError as error:
            self._mark(str(error))
            return
        self._mark("")
        if value != self._value or type(value) is not type(self._value) or self._several:
            self._value, self._several = value, False
            self.committed.emit(value)
        self._write()

    def step(self, by: int) -> None:
        """Move a plain number by `by` steps within its limits."""
        self.commit()
        kind, value = self.parameter.kind, self._value
        if kind not in ("int", "float") or isinstance(value, bool) or not isinstance(value, int | float):
            return
        size = 1 if kind == "int" else 10.0 ** (floor(log10(abs(value))) - 1 if value else -2)
        moved = value + by * size if kind == "int" else round(value + by * size, 6)
        low, high = self.parameter.minimum, self.parameter.maximum
        moved = moved if low is None else max(moved, low)
        moved = moved if high is None else min(moved, high)
        stepped: Value = int(moved) if kind == "int" else float(moved)
        if stepped != value:
            self.setText(show(stepped))
            self.commit()

    def event(self, event: QEvent) -> bool:
        """Undo and redo what is being typed; where nothing is, the keys are the design's."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            done = event.matches(QKeySequence.StandardKey.Undo) and not self.isUndoAvailable()
            undone = event.matches(QKeySequence.StandardKey.Redo) and not self.isRedoAvailable()
            if done or undone:
                event.ignore()
                return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Up: 1,
            Qt.Key.Key_Down: -1,
            Qt.Key.Key_PageUp: 10,
            Qt.Key.Key_PageDown: -10,
        }
        if event.key() in steps:
            coarse = 8 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
            self.step(steps[Qt.Key(event.key())] * coarse)
        elif event.key() == Qt.Key.Key_Escape:
            self.setText("" if self._several else show(self._value))
            self._mark("")
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.hasFocus():
            event.ignore()  # the list of parameters scrolls
            return
        self.step(1 if event.angleDelta().y() > 0 else -1)
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        if self._is_brief():
            self.setText(show(self._value))
        super().focusInEvent(event)  # which selects it all

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self.text() == show(self._value):
            self._write()
        self.settled.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._aside:
            painter = QPainter(self)
            painter.setFont(text_font(10))
            painter.setPen(QColor(self._aside_colour or self.theme.muted))
            area = self.rect().adjusted(0, 0, -9, 0)
            painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._aside)

    def _write(self) -> None:
        """Show the value: in full while somebody types, else without what stands beside it."""
        self.setText(show(self._value) if self.hasFocus() else brief(self._value))

    def _is_brief(self) -> bool:
        """Whether the text leaves out a part of the value."""
        return self.text() == brief(self._value) != show(self._value) and not self.isModified()

    def _fit_aside(self) -> None:
        room = QFontMetrics(text_font(10)).horizontalAdvance(self._aside) + 6 if self._aside else 0
        self.setTextMargins(0, 0, room, 0)

    def _mark(self, complaint: str) -> None:
        self.setProperty("state", "error" if complaint else "")
        self.style().unpolish(self)
        self.style().polish(self)
        self.refused.emit(complaint)


class Switch(QAbstractButton):
    """An on/off switch with the word beside it."""

    committed = Signal(object)
    settled = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._several = False
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.clicked.connect(self._tell)

    @property
    def value(self) -> Value:
        return self.isChecked()

    def set_value(self, value: Value) -> None:
        self._several = False
        self.setChecked(bool(value))
        self.update()

    def set_several(self) -> None:
        """Show that some are on and some are off."""
        self._several = True
        self.setChecked(False)
        self.update()

    def _tell(self, checked: bool) -> None:
        self.committed.emit(checked)
        self.settled.emit()

    def sizeHint(self) -> QSize:
        return QSize(96, 28)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(1, (self.height() - 18) / 2, 32, 18)
        on = self.isChecked()
        painter.setPen(QColor(self.theme.accent if on or self.hasFocus() else self.theme.line))
        painter.setBrush(QColor(self.theme.accent if on else self.theme.field))
        painter.drawRoundedRect(track, 9, 9)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.theme.on_accent if on else self.theme.muted))
        x = track.center().x() if self._several else track.right() - 9 if on else track.left() + 9
        painter.drawEllipse(QPointF(x, track.center().y()), 6, 6)
        painter.setFont(number_font(12))
        painter.setPen(QColor(self.theme.text))
        words = self.rect().adjusted(42, 0, 0, 0)
        painter.drawText(
            words, Qt.AlignmentFlag.AlignVCenter, tr("several") if self._several else "on" if on else "off"
        )


class ChoiceField(Combo):
    """One of a few words."""

    committed = Signal(object)
    settled = Signal()

    def __init__(self, parameter: Parameter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        if parameter.optional:
            self.addItem("none", None)
        for choice in parameter.choices:
            self.addItem(choice, choice)
        self.setProperty("role", "number")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.activated.connect(self._tell)

    @property
    def value(self) -> Value:
        chosen: Value = self.currentData()
        return chosen

    def set_value(self, value: Value) -> None:
        self.setCurrentIndex(self.findData(value))

    def set_several(self) -> None:
        """Show that not all have chosen the same."""
        self.setPlaceholderText(tr("several"))
        self.setCurrentIndex(-1)

    def _tell(self, _index: int) -> None:
        self.committed.emit(self.currentData())
        self.settled.emit()


Field = TextField | Switch | ChoiceField


def field_for(parameter: Parameter, value: Value, theme: Theme) -> Field:
    """The field that suits the parameter and what it holds now: values per repeat are always text."""
    if parameter.kind == "bool" and isinstance(value, bool):
        return Switch(theme)
    if parameter.kind == "choice" and (value is None or isinstance(value, str)):
        return ChoiceField(parameter)
    return TextField(parameter, theme)
