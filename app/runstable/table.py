"""The table itself: choosing rows, columns and order; tags and notes are written into their cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, QSettings, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QMenu, QTableView, QWidget

from app.language import tr
from app.runstable.model import RunsModel
from app.runstable.words import titled
from hybridgraph.runs.columns import BY_NAME, COLUMNS
from hybridgraph.runs.summary import Summary

_WIDTHS = {
    "name": 240,
    "design": 120,
    "data": 110,
    "tags": 130,
    "note": 200,
    "status": 104,
    "problem": 300,
    "made": 104,
}
_WIDTH = 84


class RunsTable(QTableView):
    """Any number of rows can be chosen. Enter opens the run, Delete asks for it to be deleted, F2 writes its tags."""

    chosen = Signal(object)  # list[Summary], in the order of the rows
    open_wanted = Signal(object)  # Summary
    delete_wanted = Signal()

    def __init__(self, model: RunsModel, settings: QSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs = model
        self._settings = settings
        self._kept: list[str] = []
        self._current = ""
        self._is_keeping = False
        self.menu_actions: Callable[[QMenu], None] = lambda _menu: None
        """Puts what can be done with the chosen rows into a menu."""
        self.setObjectName("runs")
        self.setAccessibleName(tr("Runs"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.EditKeyPressed | QAbstractItemView.EditTrigger.SelectedClicked
        )
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # names of runs end with their time
        self.setTabKeyNavigation(False)  # Tab leaves the table, the arrows walk in it
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 9)
        head = self.horizontalHeader()
        head.setSectionsMovable(True)
        head.setHighlightSections(False)
        head.setAccessibleName(tr("Columns of the runs"))
        head.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        head.customContextMenuRequested.connect(self._show_columns)
        columns = str(settings.value("runs/columns") or "").split()
        if columns:
            model.set_columns(columns)
        by = str(settings.value("runs/by") or "made")
        model.by = BY_NAME.get(by, BY_NAME["made"])
        model.is_descending = settings.value("runs/descending", "true") != "false"
        self.setModel(model)
        model.modelAboutToBeReset.connect(self._keep)
        model.modelReset.connect(self._restore)
        self._dress()
        self.setSortingEnabled(True)
        head.sortIndicatorChanged.connect(self._remember_order)
        self.selectionModel().selectionChanged.connect(self._tell)
        self.doubleClicked.connect(lambda index: self.open_wanted.emit(model.rows[index.row()]))

    @property
    def runs(self) -> list[Summary]:
        """The chosen runs, in the order of their rows."""
        chosen = (
            self.selectionModel().selection()
        )  # by stretches: asked row by row, all of them would take seconds
        stretches = (chosen.at(place) for place in range(chosen.count()))
        rows = {row for each in stretches for row in range(each.top(), each.bottom() + 1)}
        return [self._runs.rows[row] for row in sorted(rows)]

    def choose(self, names: list[str]) -> None:
        """Choose these runs, as far as they are shown."""
        model = self.selectionModel()
        rows = sorted(row for name in names if (row := self._runs.row_of(name)) is not None)
        last = max(len(self._runs.columns) - 1, 0)
        chosen = QItemSelection()
        for first, end in _stretches(rows):  # ten thousand ranges of a row each would take Qt seconds
            chosen.select(self._runs.index(first, 0), self._runs.index(end, last))
        model.select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if rows:
            model.setCurrentIndex(self._runs.index(rows[0], 0), QItemSelectionModel.SelectionFlag.NoUpdate)
            self.scrollTo(self._runs.index(rows[0], 0))

    def choose_columns(self, names: list[str]) -> None:
        """Show these columns, and do so the next time."""
        self._runs.set_columns(names)
        self._settings.setValue("runs/columns", " ".join(names))
        self._dress()

    def column_menu(self) -> QMenu:
        """A menu that switches columns on and off."""
        menu = QMenu(self)
        shown = [column.name for column in self._runs.columns]
        for column in COLUMNS:
            action = menu.addAction(titled(column))
            action.setCheckable(True)
            action.setChecked(column.name in shown)
            action.setEnabled(column.name != "name")
            action.setToolTip(tr(column.doc))
            action.toggled.connect(partial(self._toggle, column.name))
        return menu

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        is_editing = self.state() == QAbstractItemView.State.EditingState
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not is_editing and self.runs:
            self.open_wanted.emit(self.runs[0])
        elif key == Qt.Key.Key_Delete and not is_editing and self.runs:
            self.delete_wanted.emit()
        elif key == Qt.Key.Key_F2 and self.edit_tags():
            return
        else:
            super().keyPressEvent(event)

    def edit_tags(self) -> bool:
        """Write the tags of the current run; False where its tags are not shown."""
        place = next((at for at, column in enumerate(self._runs.columns) if column.name == "tags"), None)
        index = self.currentIndex()
        if place is None or not index.isValid():
            return False
        at = index if self._runs.columns[index.column()].name == "note" else index.siblingAtColumn(place)
        self.setCurrentIndex(at)
        self.edit(at)
        return True

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        self.menu_actions(menu)
        menu.addMenu(self.column_menu()).setText(tr("Columns"))
        at = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            at = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).bottomLeft())
        menu.popup(at)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 9)

    def _dress(self) -> None:
        """Widths and order for the columns that are shown."""
        head = self.horizontalHeader()
        for place, column in enumerate(self._runs.columns):
            head.resizeSection(place, _WIDTHS.get(column.name, _WIDTH))
        at = next((at for at, one in enumerate(self._runs.columns) if one is self._runs.by), -1)
        order = Qt.SortOrder.DescendingOrder if self._runs.is_descending else Qt.SortOrder.AscendingOrder
        head.blockSignals(True)
        head.setSortIndicator(at, order)
        head.blockSignals(False)

    def _show_columns(self, at: QPoint) -> None:
        self.column_menu().popup(self.horizontalHeader().mapToGlobal(at))

    def _toggle(self, name: str, is_shown: bool) -> None:
        shown = {column.name for column in self._runs.columns}
        (shown.add if is_shown else shown.discard)(name)
        self.choose_columns([column.name for column in COLUMNS if column.name in shown])

    def _remember_order(self) -> None:
        self._settings.setValue("runs/by", self._runs.by.name)
        self._settings.setValue("runs/descending", "true" if self._runs.is_descending else "false")

    def _keep(self) -> None:
        self._kept = [run.name for run in self.runs]
        row = self.currentIndex().row()
        self._current = self._runs.rows[row].name if 0 <= row < len(self._runs.rows) else ""

    def _restore(self) -> None:
        if self._kept:
            kept, self._kept = self._kept, []
            self.choose(kept)

    def _tell(self) -> None:
        self.chosen.emit(self.runs)


def _stretches(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The first and last row of each unbroken stretch of sorted rows."""
    for _, stretch in groupby(enumerate(rows), key=lambda one: one[1] - one[0]):
        found = [row for _, row in stretch]
        yield found[0], found[-1]
