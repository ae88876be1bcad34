"""Tables of classes, one in each row, sorted by any column: what a set and the results of a run tell of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeView

from app.language import tr
from app.theme import number_font

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
NUMBER = Qt.ItemDataRole.UserRole


class ClassRows(QAbstractTableModel):
    """The classes in the order that was asked for; `NUMBER` is a class's place among the labels."""

    def __init__(self, titles: Sequence[str], numbers: Collection[int]) -> None:
        """`titles` are marked texts, `numbers` the columns that hold figures."""
        super().__init__()
        self._titles = titles
        self._numbers = numbers
        self._order: list[int] = []

    def text(self, number: int, column: int) -> str:
        """What a class has in a column."""
        raise NotImplementedError

    def spoken(self, _number: int, _column: int) -> str | None:
        """What is read aloud instead, where that differs."""
        return None

    def key(self, number: int, column: int) -> float | None:
        """What a class is sorted by in a column; one with nothing there comes last in either order."""
        raise NotImplementedError

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, _parent: Index = _ROOT) -> int:
        return len(self._titles)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(self._titles[section])
        return _RIGHT if role == Qt.ItemDataRole.TextAlignmentRole and section in self._numbers else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        number, column = self._order[index.row()], index.column()
        if role == NUMBER:
            return number
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(number, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.spoken(number, column)
        if role == Qt.ItemDataRole.FontRole and column in self._numbers:
            return number_font(11)
        return _RIGHT if role == Qt.ItemDataRole.TextAlignmentRole and column in self._numbers else None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By any column."""
        sign = -1.0 if order == Qt.SortOrder.DescendingOrder else 1.0

        def place(number: int) -> tuple[bool, float]:
            key = self.key(number, column)
            return key is None, sign * (key or 0.0)

        self.layoutAboutToBeChanged.emit()
        self._order = sorted(range(len(self._order)), key=place)
        self.layoutChanged.emit()


class ClassTree(QTreeView):
    """The table; Enter or a double click asks for the pictures of a class."""

    chosen = Signal(int)

    def __init__(self, rows: ClassRows, name: str) -> None:
        super().__init__()
        rows.setParent(self)
        self.setModel(rows)
        self.setAccessibleName(name)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setSortingEnabled(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.activated.connect(lambda index: self.chosen.emit(int(index.data(NUMBER))))
