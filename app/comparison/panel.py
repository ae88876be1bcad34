"""The comparison as numbers and words: a table by stage beside the list of all differences."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QEvent, QModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFont, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app import trees
from app.comparison.overlay import colour
from app.language import tr
from app.theme import Theme, number_font, text_font
from hybridgraph.comparison import SIGNS, Comparison, Difference, Sign, wording
from hybridgraph.comparison.costs import MEASURES, Costs, Measure, Row
from hybridgraph.comparison.listing import listed
from hybridgraph.spec import Catalogue

MOST_OPEN = 6  # details that are shown without being asked for
BADGE, SCALE = 16, 3  # px, and how much finer the picture is
_INDEX = Qt.ItemDataRole.UserRole
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class ComparisonPanel(QWidget):
    """Shows a comparison. `chosen` carries the index of a difference in the list, or of a stage's first one."""

    chosen = Signal(int)
    page_wanted = Signal()
    closed = Signal()
    tinted = Signal()  # the window has another theme

    def __init__(self, catalogue: Catalogue, theme: Theme) -> None:
        super().__init__()
        self._catalogue = catalogue
        self._theme = theme
        self._differences: tuple[Difference, ...] = ()
        self.title, self.word = QLabel(), QLabel()
        self.title.setProperty("role", "title")
        self.word.setProperty("role", "muted")
        save, end = QPushButton(tr("Save as a page…")), QPushButton(tr("End"))
        save.clicked.connect(self.page_wanted)
        end.setToolTip(tr("End the comparison"))
        end.clicked.connect(self.closed)
        head = QHBoxLayout()
        head.setSpacing(12)
        for widget in (self.title, self.word):
            head.addWidget(widget)
        head.addStretch(1)
        for button in (save, end):
            head.addWidget(button)
        self.table = _table()
        self.list = _tree()
        self.note = QLabel()
        self.note.setProperty("role", "muted")
        self.note.setWordWrap(True)
        halves = QHBoxLayout()
        halves.setSpacing(24)
        halves.addWidget(self.table, 11)
        halves.addWidget(self.list, 8)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 16, 10)
        column.addLayout(head)
        column.addLayout(halves, 1)
        column.addWidget(self.note)
        self.list.currentItemChanged.connect(self._on_difference)
        self.table.itemClicked.connect(self._on_stage)

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = theme
        for row in range(self.table.rowCount()):
            if (item := self.table.item(row, 0)) is not None:
                item.setForeground(self._ink(item.data(_INDEX)))
        for each, top in zip(self._differences, trees.tops(self.list), strict=True):
            top.setIcon(0, badge(each.sign, theme))
            for line in trees.below(top):
                line.setForeground(0, QColor(theme.muted))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.tinted.emit()

    # ------------------------------------------------------------------------------------------------- showing

    def show_comparison(self, comparison: Comparison, costs: Costs, names: tuple[str, str]) -> None:
        """Show all of it anew; the difference that was chosen stays chosen where it is still there."""
        current = self.list.currentItem()
        former = self._differences[self._index_of(current)] if current is not None else None
        self._differences = listed(comparison)
        self.title.setText(f"{names[0]} → {names[1]}")
        percents = [
            f"{MEASURES[name]} {percent}"
            for name, amount in costs.total.amounts.items()
            if (percent := wording.difference(name, amount)[1])
        ]
        self.word.setText("  ·  ".join([wording.summary(comparison), *percents]))
        self.note.setText(" ".join(costs.notes))
        self.note.setVisible(bool(costs.notes))
        self._fill_table(comparison, costs)
        self._fill_list(comparison)
        if former is not None:
            same = [
                index
                for index, each in enumerate(self._differences)
                if (each.before, each.after) == (former.before, former.after)
            ]
            self.mark(same[0] if same else -1)

    def mark(self, index: int) -> None:
        """Mark a difference of the list without telling that it was chosen; -1 for none."""
        self.list.blockSignals(True)  # marking is no choice of the person's
        item = self.list.topLevelItem(index) if index >= 0 else None
        if item is None:
            self.list.setCurrentIndex(QModelIndex())
        else:
            self.list.setCurrentItem(item)
            self.list.scrollToItem(item)
        self.list.blockSignals(False)

    def _fill_table(self, comparison: Comparison, costs: Costs) -> None:
        measures: list[Measure] = list(costs.total.amounts)
        rows = [costs.total, *costs.stages]
        table = self.table
        table.setRowCount(len(rows))
        table.setColumnCount(2 + 2 * len(measures))
        headings = ["", tr("Stage")]
        for measure in measures:
            title = MEASURES[measure]
            headings += [f"{title[:1].upper()}{title[1:]}", ""]
        table.setHorizontalHeaderLabels(headings)
        heading = table.horizontalHeaderItem(1)
        assert heading is not None
        heading.setTextAlignment(_LEFT)
        for number, row in enumerate(rows):
            is_whole = row is costs.total
            name = tr("Whole network") if is_whole else self._name(comparison, row)
            sign = None if is_whole else row.sign
            mark = _cell(SIGNS[sign] if sign else "", self._ink(sign))
            mark.setData(_INDEX, sign)
            table.setItem(number, 0, mark)
            table.setItem(number, 1, _cell(name))
            for index, measure in enumerate(measures):
                value, difference, percent = self._numbers(row, measure)
                table.setItem(number, 2 + 2 * index, _number(value))
                cell = _number(difference, muted=self._theme.muted)
                cell.setToolTip(f"{difference} {percent}".strip())
                table.setItem(number, 3 + 2 * index, cell)
        table.resizeColumnsToContents()
        table.setColumnWidth(0, 26)

    def _name(self, comparison: Comparison, row: Row) -> str:
        old = wording.name_of(comparison.before, row.before, self._catalogue) if row.before else ""
        new = wording.name_of(comparison.after, row.after, self._catalogue) if row.after else ""
        return wording.arrow(old, new)

    def _numbers(self, row: Row, measure: Measure) -> tuple[str, str, str]:
        amount = row.amounts.get(measure)
        if amount is None:
            return "", "", ""
        difference, percent = wording.difference(measure, amount)
        shown = amount.before if row.after is None else amount.after
        return wording.number(measure, shown), difference, percent

    def _fill_list(self, comparison: Comparison) -> None:
        self.list.blockSignals(True)
        self.list.clear()
        for each in self._differences:
            name = wording.headline(comparison, each, self._catalogue)
            item = QTreeWidgetItem([name])
            item.setIcon(0, badge(each.sign, self._theme))
            item.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{each.sign}: {name}")
            item.setToolTip(0, f"{each.sign}: {name}")
            for words in wording.details(comparison, each, self._catalogue):
                line = QTreeWidgetItem(list(words))
                line.setForeground(0, QColor(self._theme.muted))
                for column in (1, 2):
                    line.setFont(column, number_font(11))
                    line.setToolTip(column, line.text(column))
                item.addChild(line)
            self.list.addTopLevelItem(item)
            item.setFirstColumnSpanned(True)
            item.setExpanded(item.childCount() <= MOST_OPEN)
        self.list.blockSignals(False)

    def _ink(self, sign: Sign | None) -> QBrush:
        return QBrush(QColor(self._theme.text if sign is None else colour(self._theme, sign)))

    # ------------------------------------------------------------------------------------------------- choosing

    def _index_of(self, item: QTreeWidgetItem) -> int:
        top = item.parent() or item
        return self.list.indexOfTopLevelItem(top)

    def _on_difference(self, item: QTreeWidgetItem | None, _former: object) -> None:
        if item is not None:
            self.chosen.emit(self._index_of(item))

    def _on_stage(self, cell: QTableWidgetItem) -> None:
        """Go to the first difference of the stage in this row, if it has one."""
        named = self.table.item(cell.row(), 1)
        name = named.text() if named is not None else ""
        for index, top in enumerate(trees.tops(self.list)):
            where = top.text(0)
            if where == name or where.startswith(f"{name} ›"):
                self.chosen.emit(index)
                return


def _table() -> QTableWidget:
    table = QTableWidget()
    table.setAccessibleName(tr("Costs by stage"))
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setShowGrid(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(24)
    table.horizontalHeader().setDefaultAlignment(_RIGHT)
    table.horizontalHeader().setHighlightSections(False)
    return table


def _tree() -> QTreeWidget:
    tree = QTreeWidget()
    tree.setAccessibleName(tr("Differences"))
    tree.setHeaderLabels([tr("Difference"), tr("Before"), tr("After")])
    tree.setIndentation(22)
    tree.setIconSize(QSize(BADGE, BADGE))
    tree.header().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    return tree


@lru_cache(64)
def badge(sign: Sign, theme: Theme) -> QIcon:
    """The sign of a difference on its colour, as it stands on the canvas."""
    picture = QPixmap(BADGE * SCALE, BADGE * SCALE)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(SCALE, SCALE)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour(theme, sign)))
    painter.drawEllipse(QRectF(0.5, 0.5, BADGE - 1, BADGE - 1))
    painter.setPen(QColor(theme.on_accent))
    painter.setFont(text_font(11, QFont.Weight.DemiBold))
    painter.drawText(QRectF(0, 0, BADGE, BADGE), Qt.AlignmentFlag.AlignCenter, SIGNS[sign])
    painter.end()
    return QIcon(picture)


def _cell(text: str, ink: QBrush | None = None) -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    if ink is not None:
        item.setForeground(ink)
        item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
    return item


def _number(text: str, *, muted: str = "") -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    item.setFont(number_font(11))
    item.setTextAlignment(_RIGHT)
    if muted:
        item.setForeground(QBrush(QColor(muted)))
    return item
