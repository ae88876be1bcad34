"""The costs as a tree: stages, their nodes, and the repeats of these; sorted by any column, selected with the canvas."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app import trees
from app.language import mark, tr
from app.profiling import measures
from app.profiling.measures import Measure, written
from app.profiling.profiled import Profiled
from app.profiling.views import View
from app.theme import Theme, number_font, text_font
from hybridgraph.graph.model import Path
from hybridgraph.profiler.result import NodeProfile, ProfileResult, Spread, StepTimes

_PATH = Qt.ItemDataRole.UserRole
_RAW = Qt.ItemDataRole.UserRole + 1
"""The number that a column is sorted by."""
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_ROW = 24
_NAME = 160
_MOST_REPEATS = 64
_SHORT = {"step": mark("Step"), "activations": mark("Kept")}
"""Headings of columns whose measure has a longer name."""

Index = QModelIndex | QPersistentModelIndex


class _Row(QTreeWidgetItem):
    """A row that is sorted by its numbers."""

    def __lt__(self, other: QTreeWidgetItem) -> bool:
        tree = self.treeWidget()
        column = tree.sortColumn()
        mine, theirs = self.data(column, _RAW), other.data(column, _RAW)
        return bool((-1 if mine is None else mine) < (-1 if theirs is None else theirs))


class _Bars(QStyledItemDelegate):
    """A column of shares: a bar behind the number."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        share = index.data(_RAW)
        area = QRectF(option.rect)
        if share:
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self.theme.line))
            track = QRectF(area.left() + 6, area.bottom() - 4.5, area.width() - 12, 3)
            painter.drawRoundedRect(track, 1.5, 1.5)
            painter.setBrush(QColor(self.theme.heat_colour(share)))
            track.setWidth(max(track.width() * min(share, 1.0), 3.0))
            painter.drawRoundedRect(track, 1.5, 1.5)
            painter.restore()
        super().paint(painter, option, index)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(super().sizeHint(option, index).width(), _ROW)


class CostTree(View):
    """The table. A chosen row is selected on the canvas, what is selected there is the chosen row."""

    def __init__(self, profiled: Profiled, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._profiled = profiled
        self._theme = theme
        self._columns: tuple[Measure, ...] = ()
        self._shown: ProfileResult | None = None
        self._rows: dict[Path, _Row] = {}
        self._is_telling = False
        self.tree = QTreeWidget()
        self.tree.setObjectName("costs")
        self.tree.setAccessibleName(tr("Cost of every node"))
        self.tree.setFrameShape(QFrame.Shape.NoFrame)
        self.tree.setUniformRowHeights(True)
        self.tree.setIndentation(16)
        self.tree.setSortingEnabled(True)
        self.tree.setAllColumnsShowFocus(True)
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setHighlightSections(False)
        self._bars = _Bars(theme, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.tree)
        self.tree.currentItemChanged.connect(self._choose)
        self.tree.itemClicked.connect(self._choose)
        profiled.session.selection_changed.connect(self._follow)

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme, self._bars.theme = theme, theme
        self._mark()
        self.tree.viewport().update()

    def refresh(self) -> None:
        """Show the profile, and which of its figures are stale."""
        result = self._profiled.result
        if result is not self._shown:
            self._shown = result
            self._is_telling = True
            self._fill(result)
            self._is_telling = False
        self._mark()
        self._follow(self._profiled.session.selection)

    def _fill(self, result: ProfileResult | None) -> None:
        tree = self.tree
        tree.setSortingEnabled(False)
        tree.clear()
        self._rows = {}
        self._columns = measures.measures_of(result) if result is not None else ()
        tree.setColumnCount(len(self._columns) + 1)
        tree.setHeaderLabels(
            [f"     {tr('Node')}", *(tr(_SHORT.get(one.id, one.title)) for one in self._columns)]
        )
        if result is None:
            return
        values = {one.id: measures.values_of(result, one) for one in self._columns}
        for node in result.nodes:
            row = self._row({one.id: values[one.id].get(node.path) for one in self._columns})
            calls = f" × {node.calls}" if node.calls > 1 else ""
            row.setText(0, f"{node.title}{calls}")
            row.setData(0, _RAW, len(self._rows))
            row.setData(0, _PATH, node.path)
            row.setToolTip(
                0, " › ".join(self._profiled.title(node.path[: d + 1]) for d in range(len(node.path)))
            )
            self._explain(row, node)
            above = self._rows.get(node.path[:-1])
            (tree.invisibleRootItem() if above is None else above).addChild(row)
            self._rows[node.path] = row
            if not node.is_group:
                self._add_repeats(row, node)
        self._stand()

    def _stand(self) -> None:
        """Widths, order and what is unfolded, for other columns."""
        tree, header = self.tree, self.tree.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        header.setMinimumSectionSize(40)
        for place, one in enumerate(self._columns, start=1):
            header.setSectionResizeMode(place, QHeaderView.ResizeMode.ResizeToContents)
            item = tree.headerItem()
            item.setTextAlignment(place, _RIGHT)
            item.setToolTip(place, tr(one.doc))
            tree.setItemDelegateForColumn(place, self._bars if one.id == "share" else None)  # type: ignore[arg-type]
        for row in trees.tops(tree):
            row.setExpanded(True)
        tree.setSortingEnabled(True)
        tree.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Names take what the numbers leave, but never too little to be read."""
        rest = sum(self.tree.columnWidth(place) for place in range(1, len(self._columns) + 1))
        self.tree.setColumnWidth(0, max(self.tree.viewport().width() - rest, _NAME))

    def _row(self, values: dict[str, float | None]) -> _Row:
        row = _Row()
        for place, one in enumerate(self._columns, start=1):
            value = values.get(one.id)
            row.setTextAlignment(place, _RIGHT)
            row.setData(place, _RAW, value)
            if value is not None:
                row.setText(place, written(value, one.unit))
        return row

    def _explain(self, row: _Row, node: NodeProfile) -> None:
        for place, one in enumerate(self._columns, start=1):
            spread = node.forward if one.id == "inference" else _spread(node.training, one.id)
            if spread is not None:
                low, high = written(spread.p10_us / 1e3, "ms"), written(spread.p90_us / 1e3, "ms")
                row.setToolTip(
                    place, tr("Median; the middle 80 % lie between {low} and {high}.", low=low, high=high)
                )

    def _add_repeats(self, row: _Row, node: NodeProfile) -> None:
        for repeat in node.repeats[:_MOST_REPEATS]:
            child = self._row(dict(measures.repeat_values(repeat, node)))
            child.setText(0, tr("Repeat {number}", number=".".join(str(one + 1) for one in repeat.index)))
            child.setData(0, _RAW, row.childCount())
            child.setData(0, _PATH, node.path)
            row.addChild(child)

    def _mark(self) -> None:
        """Strike what is stale."""
        plain, struck = number_font(11), QFont(number_font(11))
        struck.setStrikeOut(True)
        muted, text = QColor(self._theme.muted), QColor(self._theme.text)
        for path, row in self._rows.items():
            is_stale = path in self._profiled.stale
            for one in (row, *trees.below(row)):
                if one is not row and one.data(0, _PATH) != path:
                    continue
                for column in range(1, len(self._columns) + 1):
                    one.setFont(column, struck if is_stale else plain)
                    one.setForeground(column, muted if is_stale or one is not row else text)
                one.setFont(0, text_font(12))
                one.setForeground(0, muted if is_stale or one is not row else text)

    def _choose(self, item: QTreeWidgetItem | None, _other: object = None) -> None:
        if item is None or self._is_telling:
            return
        if self._profiled.is_here:
            self._profiled.session.select([item.data(0, _PATH)])

    def _follow(self, selection: frozenset[Path]) -> None:
        """Choose the row of what is selected; the row may be that of a repeat already."""
        current = self.tree.currentItem()
        if current is not None and current.data(0, _PATH) in selection:
            return
        path = min(selection, default=())
        row = self._rows.get(path)
        self._is_telling = True
        if row is None:
            self.tree.setCurrentIndex(QModelIndex())
        else:
            self.tree.setCurrentItem(row)
            self.tree.scrollToItem(row)
        self._is_telling = False


def _spread(times: StepTimes | None, part: str) -> Spread | None:
    found = getattr(times, "total" if part == "step" else part, None) if times is not None else None
    return found if isinstance(found, Spread) else None
