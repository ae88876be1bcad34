"""The classes of a set, one in each row: examples, how many pictures, and that as a bar."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.classrows import NUMBER, ClassRows, ClassTree, Index
from app.data.found import PictureSet
from app.data.grid import paint_thumb
from app.data.thumbs import Thumbs
from app.language import mark, tr
from app.quantities import spaced
from app.theme import Theme, text_font

_CLASS, _EXAMPLES, _SHARE, _TRAIN, _VAL = range(5)
_TITLES = (mark("Class"), mark("Examples"), mark("Pictures"), mark("Training"), mark("Validation"))
_ROW, _THUMB, _SHOWN = 40, 34, 5
_ARROWS = "QHeaderView::up-arrow, QHeaderView::down-arrow { subcontrol-position: center right; right: 4px; }"


class _Rows(ClassRows):
    def __init__(self) -> None:
        super().__init__(_TITLES, (_TRAIN, _VAL))
        self.pictures: PictureSet | None = None
        self.examples: list[list[int]] = []

    def show(self, pictures: PictureSet | None) -> None:
        """Show the classes of this set."""
        self.beginResetModel()
        self.pictures = pictures
        self.examples = pictures.examples(_SHOWN) if pictures else []
        self._order = list(range(len(self.examples)))
        self.endResetModel()

    def text(self, number: int, column: int) -> str:
        name, train, val = self._row(number)
        return (name, "", "", spaced(train), spaced(val))[column]

    def spoken(self, number: int, column: int) -> str | None:
        if column != _CLASS:
            return None
        name, train, val = self._row(number)
        return tr("{name}: {train} for training, {val} for validation", name=name, train=train, val=val)

    def key(self, number: int, column: int) -> float:
        """The set's own order, or the number of pictures."""
        _, train, val = self._row(number)
        return number if column in (_CLASS, _EXAMPLES) else val if column == _VAL else train

    def _row(self, number: int) -> tuple[str, int, int]:
        found = self.pictures
        assert found is not None
        return found.classes[number], found.train[number], found.val[number]


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


class ClassTable(ClassTree):
    """The table; Enter or a double click asks for the pictures of a class."""

    def __init__(self, thumbs: Thumbs, theme: Theme) -> None:
        rows = _Rows()
        super().__init__(rows, tr("Classes"))
        self.classes = rows
        self.setFont(text_font(12))
        self.setItemDelegate(_Delegate(self, thumbs, theme))
        header = self.header()
        header.setSortIndicator(_CLASS, Qt.SortOrder.AscendingOrder)
        header.setStretchLastSection(False)
        header.setSectionResizeMode(_SHARE, QHeaderView.ResizeMode.Stretch)
        for column, width in ((_CLASS, 150), (_EXAMPLES, 5 * (_THUMB + 4) + 10), (_TRAIN, 86), (_VAL, 96)):
            header.resizeSection(column, width)
        header.setStyleSheet(_ARROWS)
        thumbs.arrived.connect(self.viewport().update)

    def show_set(self, pictures: PictureSet | None) -> None:
        """Show the classes of another set, in its own order."""
        self.classes.show(pictures)
        self.sortByColumn(_CLASS, Qt.SortOrder.AscendingOrder)
