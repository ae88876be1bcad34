"""The figures of each class, as a table that is sorted by any of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt

from app.classrows import ClassRows, ClassTree
from app.language import mark, tr
from app.quantities import spaced
from hybridgraph.runs.evaluation import ClassFigures, Evaluation

_TITLES = (
    mark("Class"),
    mark("Pictures"),
    mark("Precision"),
    mark("Recall"),
    mark("F1"),
    mark("Most taken for"),
)
_CLASS, _SUPPORT, _PRECISION, _RECALL, _F1, _TAKEN = range(6)
_NUMBERS = (_SUPPORT, _PRECISION, _RECALL, _F1)


class _Rows(ClassRows):
    def __init__(self) -> None:
        super().__init__(_TITLES, _NUMBERS)
        self._figures: Sequence[ClassFigures] = ()
        self._taken: dict[int, tuple[int, int]] = {}  # the class each is most taken for, and how often

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

    def text(self, number: int, column: int) -> str:
        one = self._figures[number]
        if column == _TAKEN:
            told, count = self._taken.get(number, (0, 0))
            return f"{self._figures[told].name}  {count}" if count else ""
        if column in (_CLASS, _SUPPORT):
            return one.name if column == _CLASS else spaced(one.support)
        share = (one.precision, one.recall, one.f1)[column - _PRECISION]
        return "–" if share is None else f"{100 * share:.1f} %"

    def key(self, number: int, column: int) -> float | None:
        one = self._figures[number]
        most = self._taken.get(number, (0, 0))[1]
        return (number, one.support, one.precision, one.recall, one.f1, most)[column]


class ClassTable(ClassTree):
    """The table; Enter or a double click asks for the mistakes of a class."""

    def __init__(self) -> None:
        rows = _Rows()
        super().__init__(rows, tr("Figures of each class"))
        self.classes = rows
        header = self.header()
        header.setStretchLastSection(True)
        header.setStyleSheet(
            "QHeaderView::section { padding-left: 18px; }"
        )  # the arrow of the order stands there
        for column, width in ((_CLASS, 118), *((column, 84) for column in _NUMBERS), (_TAKEN, 110)):
            header.resizeSection(column, width)
        self.sortByColumn(_F1, Qt.SortOrder.AscendingOrder)

    def show_evaluation(self, evaluation: Evaluation | None) -> None:
        """Show another evaluation, in the order that was chosen."""
        self.classes.show(evaluation)
        header = self.header()
        self.sortByColumn(header.sortIndicatorSection(), header.sortIndicatorOrder())
