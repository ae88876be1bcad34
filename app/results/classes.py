"""The figures of each class, as a table that is sorted by any of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeView, QWidget

from app.language import mark, tr
from app.quantities import spaced
from app.theme import number_font
from hybridgraph.runs.evaluation import ClassFigures, Evaluation

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_TITLES = (
    mark("Class"),
    mark("Pictures"),
    mark("Precision"),
    mark("Recall"),
    mark("F1"),
    mark("Most taken for"),
)
_CLASS, _SUPPORT, _PRECISION, _RECALL, _F1, _TAKEN = range(6)
NUMBER = Qt.ItemDataRole.UserRole
_NUMBERS = (_SUPPORT, _PRECISION, _RECALL, _F1)


class Classes(QAbstractTableModel):
    """A row for each class, in the order that was asked for; `NUMBER` is the class."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._figures: Sequence[ClassFigures] = ()
        self._taken: dict[int, tuple[int, int]] = {}  # the class each is most taken for, and how often
        self._order: list[int] = []

    def show(self, evaluation: Evaluation | None) -> None:
        """Show the classes of an evaluation, or none."""
        self.beginResetModel()
        self._figures = evaluation.figures() if evaluation else ()
        self._taken = {}
        for true, told, count in evaluation.pairs if evaluation else ():
            if true != told and count > self._taken.get(true, (0, 0))[1]:
                self._taken[true] = (told, count)
        self._order = list(range(len(self._figures)))
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, _parent: Index = _ROOT) -> int:
        return len(_TITLES)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(_TITLES[section])
        if role == Qt.ItemDataRole.TextAlignmentRole and section in _NUMBERS:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        number, column = self._order[index.row()], index.column()
        if role == NUMBER:
            return number
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(number, column)
        if role == Qt.ItemDataRole.FontRole and column in _NUMBERS:
            return number_font(11)
        if role == Qt.ItemDataRole.TextAlignmentRole and column in _NUMBERS:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def _text(self, number: int, column: int) -> str:
        one = self._figures[number]
        if column == _TAKEN:
            told, count = self._taken.get(number, (0, 0))
            return f"{self._figures[told].name}  {count}" if count else ""
        if column in (_CLASS, _SUPPORT):
            return one.name if column == _CLASS else spaced(one.support)
        share = (one.precision, one.recall, one.f1)[column - _PRECISION]
        return "–" if share is None else f"{100 * share:.1f} %"

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By any column; classes without a figure come last."""
        keys: dict[int, list[float | None]] = {
            _CLASS: [float(number) for number in range(len(self._figures))],
            _SUPPORT: [float(one.support) for one in self._figures],
            _PRECISION: [one.precision for one in self._figures],
            _RECALL: [one.recall for one in self._figures],
            _F1: [one.f1 for one in self._figures],
            _TAKEN: [float(self._taken.get(number, (0, 0))[1]) for number in range(len(self._figures))],
        }
        sign = -1.0 if order == Qt.SortOrder.DescendingOrder else 1.0
        key = keys[column]
        self.layoutAboutToBeChanged.emit()
        self._order = sorted(
            range(len(self._figures)),
            key=lambda number: (key[number] is None, sign * (key[number] or 0.0)),
        )
        self.layoutChanged.emit()


class ClassTable(QTreeView):
    """The table; Enter or a double click asks for the mistakes of a class."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.classes = Classes(self)
        self.setModel(self.classes)
        self.setAccessibleName(tr("Figures of each class"))
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setSortingEnabled(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        header = self.header()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStyleSheet(
            "QHeaderView::section { padding-left: 18px; }"
        )  # the arrow of the order stands there
        for column, width in ((_CLASS, 118), *((column, 84) for column in _NUMBERS), (_TAKEN, 110)):
            header.resizeSection(column, width)
        self.activated.connect(lambda index: self.chosen.emit(int(index.data(NUMBER))))
        self.sortByColumn(_F1, Qt.SortOrder.AscendingOrder)

    def show_evaluation(self, evaluation: Evaluation | None) -> None:
        """Show another evaluation, in the order that was chosen."""
        self.classes.show(evaluation)
        header = self.header()
        self.sortByColumn(header.sortIndicatorSection(), header.sortIndicatorOrder())
