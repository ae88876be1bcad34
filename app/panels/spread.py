"""The values of a parameter over the repeats of a stage: their picture, a kind, a cell for each repeat."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.language import tr
from app.panels import spreading
from app.panels.combo import Combo
from app.panels.curve import Curve
from app.panels.entry import read, show
from app.panels.spreading import Span
from app.theme import Theme, number_font
from hybridgraph.errors import GraphError
from hybridgraph.graph.values import Cycle, Literal_, Value
from hybridgraph.spec import Parameter

_NARROWEST, _BESIDE = 24, 12
"""Pixels of the narrowest cell, and beside the text of one."""


class Spread(QWidget):
    """The picture with, below it, the kind and the cells, which are shown when somebody wants to edit."""

    committed = Signal(object)  # Value
    settled = Signal()
    opened = Signal(bool)

    def __init__(self, parameter: Parameter, label: str, theme: Theme, *, is_open: bool = False) -> None:
        super().__init__()
        self._parameter = parameter
        self._value: Value = None
        self._span: Span | None = None
        self._is_filling = False
        self.is_open = is_open
        self.curve = Curve(parameter, theme)
        self.curve.setAccessibleName(tr("{label} over the repeats", label=label))
        self.kind = Combo()
        self.kind.setAccessibleName(tr("How {label} goes over the repeats", label=label))
        self.kind.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for kind in spreading.kinds_for(parameter):
            self.kind.addItem(tr(spreading.TITLES[kind]), kind)
        self.cells = QTableWidget(1, 0)
        self.cells.setAccessibleName(tr("{label} in each repeat", label=label))
        self.cells.verticalHeader().hide()
        self.cells.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.cells.horizontalHeader().setMinimumSectionSize(_NARROWEST)
        self.cells.horizontalHeader().setFixedHeight(20)
        self.cells.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.cells.setFont(number_font(11))
        self.cells.setTabKeyNavigation(False)
        self.cells.setFixedHeight(62)
        self._sentence = QLabel()
        self._sentence.setProperty("role", "error")
        self._sentence.setWordWrap(True)
        self._sentence.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 3, 0, 2)
        column.setSpacing(4)
        for part in (self.curve, self.kind, self.cells, self._sentence):
            column.addWidget(part)
        self.curve.changed.connect(self._change)
        self.curve.settled.connect(self.settled)
        self.curve.opened.connect(self.toggle)
        self.kind.activated.connect(self._choose)
        self.cells.itemChanged.connect(self._typed)
        self.hide()

    def show_value(self, value: Value, span: Span | None) -> None:
        """Show a value over the repeats; nothing where it is the same in all and nobody has opened this."""
        self._value, self._span = value, span
        kind = spreading.kind_of(value)
        shown = span is not None and (kind != "same" or self.is_open)
        if span is None or not shown:
            self.hide()
            return
        self.curve.show_value(value, span)
        self.kind.setCurrentIndex(self.kind.findData(kind))
        self.curve.setVisible(kind != "same")
        self.kind.setVisible(self.is_open)
        self.cells.setVisible(self.is_open and kind != "same")
        self.show()
        if not self.cells.isHidden():
            self._fill(value, span)

    def toggle(self) -> None:
        """Show the kind and the cells, or put them away."""
        self.is_open = not self.is_open
        self.opened.emit(self.is_open)
        self.show_value(self._value, self._span)
        if self.is_open and self.isVisible():
            self.kind.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fill(self, value: Value, span: Span) -> None:
        self._is_filling = True
        values = span.values(value)
        self.cells.setColumnCount(len(values))
        period = len(value.values) if isinstance(value, Cycle) else len(values)
        for at, literal in enumerate(values):
            cell = self.cells.item(0, at) or QTableWidgetItem()
            if self.cells.item(0, at) is None:
                self.cells.setItem(0, at, cell)
            cell.setText(f"{literal:.3g}" if isinstance(literal, float) else show(literal))
            cell.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
            can = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
            is_own = spreading.editable(value, at, span)
            cell.setFlags(can | Qt.ItemFlag.ItemIsEditable if is_own else can)
            muted = not is_own or at >= period
            colour = self.palette().placeholderText() if muted else self.palette().text()
            cell.setForeground(colour)
        self._is_filling = False
        self._fit_cells()

    def _fit_cells(self) -> None:
        """As wide as the longest text needs, and as all have room where there is more."""
        count, metrics = self.cells.columnCount(), self.cells.fontMetrics()
        cells = (self.cells.item(0, at) for at in range(count))
        needed = max((metrics.horizontalAdvance(cell.text()) for cell in cells if cell), default=0) + _BESIDE
        room = self.cells.viewport().width() // max(count, 1)
        self.cells.horizontalHeader().setDefaultSectionSize(max(needed, room, _NARROWEST))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_cells()

    def _change(self, index: int, new: Literal_) -> None:
        if self._span is not None:
            self.committed.emit(spreading.changed(self._value, index, new, self._span))

    def _choose(self, _index: int) -> None:
        if self._span is None:
            return
        self._say("")
        value = spreading.become(self._value, self.kind.currentData(), self._span)
        if value != self._value:
            self.committed.emit(value)
            self.settled.emit()

    def _typed(self, cell: QTableWidgetItem) -> None:
        if self._is_filling or self._span is None:
            return
        try:
            new = read(cell.text(), self._parameter)
            if not (new is None or isinstance(new, bool | int | float | str)):
                raise GraphError(tr("In a cell stands one value, that of its repeat."))
        except GraphError as error:
            self._say(str(error))
            self._fill(self._value, self._span)
            return
        self._say("")
        self._change(cell.column(), new)
        self.settled.emit()
        self.show_value(self._value, self._span)

    def _say(self, sentence: str) -> None:
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))
