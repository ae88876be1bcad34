"""The runs that pass the filter as the rows of a table, in the order of a column."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor

from app.language import tr
from app.runstable.words import titled, written
from app.theme import Theme, number_font, text_font
from hybridgraph.errors import HybridGraphError
from hybridgraph.runs.columns import BY_NAME, Column, ordered
from hybridgraph.runs.filters import Test, parse_filter
from hybridgraph.runs.summary import Summary

Index = QModelIndex | QPersistentModelIndex
SHOWN = (
    "name",
    "status",
    "design",
    "epochs",
    "best",
    "loss",
    "params",
    "seed",
    "data",
    "tags",
    "made",
    "disk",
)
_EDITABLE = frozenset(("tags", "note"))
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class RunsModel(QAbstractTableModel):
    """Filtered and sorted by values, not by what the cells say."""

    edited = Signal(object, str, str)  # Summary, "tags" or "note", the text
    refilled = Signal()  # other rows, or another order

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._everything: list[Summary] = []
        self._test: Test | None = None
        self.rows: list[Summary] = []
        self.columns: list[Column] = [BY_NAME[name] for name in SHOWN]
        self.by, self.is_descending = BY_NAME["made"], True
        self._places: dict[str, int] = {}

    @property
    def count(self) -> int:
        """How many runs there are, whether they pass or not."""
        return len(self._everything)

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = theme
        self._repaint()

    def show_runs(self, runs: Sequence[Summary]) -> None:
        """Show these runs, as far as they pass the filter."""
        self._everything = list(runs)
        self._refill()

    def set_filter(self, text: str) -> str:
        """Show what passes a filter; answers why it is none, and what was shown stays, or an empty text."""
        try:
            self._test = parse_filter(text) if text.strip() else None
        except HybridGraphError as error:
            return str(error)
        self._refill()
        return ""

    def set_columns(self, names: Sequence[str]) -> None:
        """Show these columns."""
        self.beginResetModel()
        self.columns = [BY_NAME[name] for name in names if name in BY_NAME] or [BY_NAME["name"]]
        self.endResetModel()
        self.refilled.emit()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; runs that lack its value stay at the end."""
        if 0 <= column < len(self.columns):
            self.by, self.is_descending = self.columns[column], order == Qt.SortOrder.DescendingOrder
            self._refill()

    def row_of(self, name: str) -> int | None:
        """Where a run stands; None when it does not pass."""
        return self._places.get(name)

    def _refill(self) -> None:
        test = self._test
        passing = [run for run in self._everything if test(run)] if test else self._everything
        rows = ordered(passing, self.by, is_descending=self.is_descending)
        names = [run.name for run in rows]
        if names == [run.name for run in self.rows]:
            changed = [place for place, run in enumerate(rows) if run is not self.rows[place]]
            self.rows = rows
            if changed:
                self.dataChanged.emit(
                    self.index(changed[0], 0), self.index(changed[-1], max(len(self.columns) - 1, 0))
                )
            return
        self.beginResetModel()
        self.rows = rows
        self._places = {name: place for place, name in enumerate(names)}
        self.endResetModel()
        self.refilled.emit()

    def _repaint(self) -> None:
        if self.rows and self.columns:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, len(self.columns) - 1))

    # ------------------------------------------------------------------------------------------------- for Qt

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return titled(column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{tr(column.doc)} {column.name}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or not index.row() < len(self.rows):
            return None
        run, column = self.rows[index.row()], self.columns[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return written(column, run)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
            case Qt.ItemDataRole.FontRole:
                return text_font(12) if column.kind in ("text", "tags") else number_font(11)
            case Qt.ItemDataRole.ForegroundRole:
                return QColor(self._colour(run, column))
            case Qt.ItemDataRole.ToolTipRole:
                return run.problem or (run.data if column.name == "data" else written(column, run))
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{titled(column)} {written(column, run) or tr('unknown')}"
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        is_editable = index.isValid() and self.columns[index.column()].name in _EDITABLE
        return flags | Qt.ItemFlag.ItemIsEditable if is_editable else flags

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        self.edited.emit(self.rows[index.row()], self.columns[index.column()].name, str(value))
        return True

    def _colour(self, run: Summary, column: Column) -> str:
        if column.name == "status":
            by_status = {"running": "accent", "finished": "head", "failed": "error", "unreadable": "error",
                         "interrupted": "warning", "stopped": "warning"}  # fmt: skip
            return str(getattr(self._theme, by_status.get(run.status, "muted")))
        is_main = column.name in ("name", "best", "top1")
        return self._theme.text if is_main else self._theme.muted


def _alignment(column: Column) -> Qt.AlignmentFlag:
    return _LEFT if column.kind in ("text", "tags", "time") else _RIGHT
