"""The classes of a set, one in each row: examples, how many pictures, and that as a bar."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from app.data.found import PictureSet
from app.data.grid import paint_thumb
from app.data.thumbs import Thumbs
from app.language import mark, tr
from app.quantities import spaced
from app.theme import Theme, number_font, text_font

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_CLASS, _EXAMPLES, _SHARE, _TRAIN, _VAL = range(5)
_TITLES = (mark("Class"), mark("Examples"), mark("Pictures"), mark("Training"), mark("Validation"))
_ROW, _THUMB, _SHOWN = 40, 34, 5
NUMBER = Qt.ItemDataRole.UserRole
_ARROWS = "QHeaderView::up-arrow, QHeaderView::down-arrow { subcontrol-position: center right; right: 4px; }"


class Classes(QAbstractTableModel):
    """The classes in the order that was asked for; `NUMBER` is a class's place among the labels."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.pictures: PictureSet | None = None
        self.examples: list[list[int]] = []
        self._order: list[int] = []

    def show(self, pictures: PictureSet | None) -> None:
        """Show the classes of this set."""
        self.beginResetModel()
        self.pictures = pictures
        self.examples = pictures.examples(_SHOWN) if pictures else []
        self._order = list(range(len(self.examples)))
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
        if role == Qt.ItemDataRole.TextAlignmentRole and section in (_TRAIN, _VAL):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if self.pictures is None or not index.isValid():
            return None
        number, column = self._order[index.row()], index.column()
        if role == NUMBER:
            return number
        train, val = self.pictures.train[number], self.pictures.val[number]
        if role == Qt.ItemDataRole.DisplayRole:
            return (self.pictures.classes[number], "", "", spaced(train), spaced(val))[column]
        if role == Qt.ItemDataRole.AccessibleTextRole and column == _CLASS:
            name = self.pictures.classes[number]
            return tr("{name}: {train} for training, {val} for validation", name=name, train=train, val=val)
        if role == Qt.ItemDataRole.FontRole and column in (_TRAIN, _VAL):
            return number_font(11)
        if role == Qt.ItemDataRole.TextAlignmentRole and column in (_TRAIN, _VAL):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By name as the set orders its classes, or by the number of pictures."""
        found = self.pictures
        if found is None:
            return
        self.layoutAboutToBeChanged.emit()
        is_down = order == Qt.SortOrder.DescendingOrder
        if column in (_CLASS, _EXAMPLES):
            self._order = sorted(range(len(found.classes)), reverse=is_down)
        else:
            counts = found.val if column == _VAL else found.train
            self._order = sorted(
                range(len(found.classes)), key=lambda number: counts[number], reverse=is_down
            )
        self.layoutChanged.emit()


class _Delegate(QStyledItemDelegate):
    def __init__(self, table: ClassTable, thumbs: Thumbs, theme: Theme) -> None:
        super().__init__(table)
        self._model, self._thumbs, self._theme = table.classes, thumbs, theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(60, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        if index.column() not in (_EXAMPLES, _SHARE):
            super().paint(painter, option, index)
            return
        area: QRect = option.rect
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.fillRect(area, QColor(self._theme.hover))
        painter.save()
        number = int(index.data(NUMBER))
        if index.column() == _EXAMPLES:
            for turn, place in enumerate(self._model.examples[number]):
                left = area.left() + 4 + turn * (_THUMB + 4)
                if left + _THUMB <= area.right():
                    spot = QRect(left, area.top() + (_ROW - _THUMB) // 2, _THUMB, _THUMB)
                    paint_thumb(painter, spot, self._thumbs.get(place), self._theme)
        else:
            self._paint_bar(painter, area.adjusted(8, 0, -8, 0), number)
        painter.restore()

    def _paint_bar(self, painter: QPainter, area: QRect, number: int) -> None:
        found = self._model.pictures
        assert found is not None
        largest = max(t + v for t, v in zip(found.train, found.val, strict=True)) or 1
        left = area.left()
        painter.setPen(Qt.PenStyle.NoPen)
        for count, colour in (
            (found.train[number], self._theme.accent),
            (found.val[number], self._theme.attention),
        ):
            wide = round(area.width() * count / largest)
            painter.setBrush(QColor(colour))
            painter.drawRect(left, area.center().y() - 3, max(wide, 1 if count else 0), 6)
            left += wide


class ClassTable(QTreeView):
    """The table; Enter or a double click asks for the pictures of a class."""

    chosen = Signal(int)

    def __init__(self, thumbs: Thumbs, theme: Theme) -> None:
        super().__init__()
        self.classes = Classes(self)
        self.setModel(self.classes)
        self.setAccessibleName(tr("Classes"))
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setSortingEnabled(True)
        self.setFont(text_font(12))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setItemDelegate(_Delegate(self, thumbs, theme))
        header = self.header()
        header.setSortIndicator(_CLASS, Qt.SortOrder.AscendingOrder)
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(_SHARE, QHeaderView.ResizeMode.Stretch)
        for column, width in ((_CLASS, 150), (_EXAMPLES, 5 * (_THUMB + 4) + 10), (_TRAIN, 86), (_VAL, 96)):
            header.resizeSection(column, width)
        header.setStyleSheet(_ARROWS)
        thumbs.arrived.connect(self.viewport().update)
        self.activated.connect(lambda index: self.chosen.emit(int(index.data(NUMBER))))

    def show_set(self, pictures: PictureSet | None) -> None:
        """Show the classes of another set, in its own order."""
        self.classes.show(pictures)
        self.sortByColumn(_CLASS, Qt.SortOrder.AscendingOrder)
