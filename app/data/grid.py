"""All pictures of a set as a grid: laid out by arithmetic, fetched as they come into view."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.data.found import PictureSet
from app.data.thumbs import Thumb, Thumbs
from app.language import counted, tr
from app.panels.combo import Combo
from app.quantities import spaced
from app.theme import Theme, text_font

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
PLACE = Qt.ItemDataRole.UserRole
_SIDE, _GAP, _CAPTION = 96, 10, 18
_WIDE, _HIGH = _SIDE + 2 * _GAP, _SIDE + 2 * _GAP + _CAPTION


class Places(QAbstractTableModel):
    """Places of a set in rows of `columns`; what a screen reader says of one is its class and its part."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._set: PictureSet | None = None
        self.places: Sequence[int] = ()
        self.columns = 1

    def show(self, pictures: PictureSet | None, places: Sequence[int]) -> None:
        """Show these places of this set."""
        self.beginResetModel()
        self._set, self.places = pictures, places
        self.endResetModel()

    def arrange(self, columns: int) -> None:
        """Show so many in each row."""
        self.beginResetModel()
        self.columns = columns
        self.endResetModel()

    def number(self, index: Index) -> int:
        """Which of the places stands there; -1 for none, behind the last one."""
        number = index.row() * self.columns + index.column() if index.isValid() else -1
        return number if number < len(self.places) else -1

    def at(self, number: int) -> QModelIndex:
        """Where a place stands."""
        return self.index(number // self.columns, number % self.columns)

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else -(-len(self.places) // self.columns)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else self.columns

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) if self.number(index) >= 0 else Qt.ItemFlag.NoItemFlags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        number = self.number(index)
        if self._set is None or number < 0:
            return None
        place = self.places[number]
        if role == PLACE:
            return place
        if role == Qt.ItemDataRole.DisplayRole:
            return self._set.class_of(place)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            part = tr("validation") if self._set.is_val(place) else tr("training")
            return f"{self._set.class_of(place)}, {part}"
        return None


class _Delegate(QStyledItemDelegate):
    def __init__(self, view: QTableView, thumbs: Thumbs, theme: Theme) -> None:
        super().__init__(view)
        self._thumbs, self._theme = thumbs, theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        place_of = index.data(PLACE)
        if place_of is None:
            return
        area: QRect = option.rect
        theme = self._theme
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.hover))
            painter.drawRoundedRect(area.adjusted(3, 3, -3, -3), 8, 8)
        place = QRect(area.center().x() - _SIDE // 2, area.top() + _GAP, _SIDE, _SIDE)
        paint_thumb(painter, place, self._thumbs.get(int(place_of)), theme)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area.adjusted(3, 3, -3, -3), 8, 8)
        painter.setFont(text_font(10))
        painter.setPen(QColor(theme.muted))
        line = QRect(area.left() + 6, place.bottom() + 4, area.width() - 12, _CAPTION)
        words = painter.fontMetrics().elidedText(str(index.data()), Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, words)


def paint_thumb(painter: QPainter, area: QRect, thumb: Thumb | None, theme: Theme) -> None:
    """Paint a small picture into a square, small ones enlarged in whole pixels; a sign where there is none."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if thumb is None or thumb.fault:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.field))
        painter.drawRoundedRect(area, 6, 6)
        if thumb is not None:
            painter.setFont(text_font(15))
            painter.setPen(QColor(theme.error))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "✕")
        return
    size = thumb.pixmap.size().scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
    target = QRect(0, 0, max(size.width(), 1), max(size.height(), 1))
    target.moveCenter(area.center())
    is_enlarged = thumb.pixmap.width() < target.width()
    painter.save()
    path = QPainterPath()
    path.addRoundedRect(QRectF(target), 4, 4)
    painter.setClipPath(path, Qt.ClipOperation.IntersectClip)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not is_enlarged)
    painter.drawPixmap(target, thumb.pixmap)
    painter.restore()


class _Grid(QTableView):
    """A table of cells of one size, as many in a row as there is room: what is out of sight costs nothing."""

    def __init__(self, places: Places, thumbs: Thumbs, theme: Theme) -> None:
        super().__init__()
        self._places = places
        self.setModel(places)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setMouseTracking(True)
        for header, size in ((self.horizontalHeader(), _WIDE), (self.verticalHeader(), _HIGH)):
            header.hide()
            header.setMinimumSectionSize(size)
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setDefaultSectionSize(size)
        self.setItemDelegate(_Delegate(self, thumbs, theme))
        thumbs.arrived.connect(self.viewport().update)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        columns = max(self.viewport().width() // _WIDE, 1)
        if columns != self._places.columns:
            former = self._places.number(self.currentIndex())
            seen = self._places.number(self.indexAt(QPoint(_WIDE // 2, _HIGH // 2)))
            self._places.arrange(columns)
            if former >= 0:
                self.setCurrentIndex(self._places.at(former))
            if seen > 0:
                self.scrollTo(self._places.at(seen), QAbstractItemView.ScrollHint.PositionAtTop)


class PicturesPage(QWidget):
    """The grid with what is shown of it chosen above, and the name of the chosen picture below."""

    opened = Signal(int)  # the place of a picture that is to be opened in another program

    def __init__(self, thumbs: Thumbs, theme: Theme) -> None:
        super().__init__()
        self._thumbs = thumbs
        self._set: PictureSet | None = None
        self.classes = Combo()
        self.classes.setAccessibleName(tr("Class"))
        self.classes.setSizeAdjustPolicy(Combo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.classes.setMinimumContentsLength(18)
        self.part = Combo()
        self.part.setAccessibleName(tr("Part of the set"))
        for title, key in (
            (tr("Training and validation"), ""),
            (tr("Training"), "train"),
            (tr("Validation"), "val"),
        ):
            self.part.addItem(title, key)
        self.count = QLabel()
        self.count.setProperty("role", "muted")
        self.model = Places(self)
        self.grid = _Grid(self.model, thumbs, theme)
        self.grid.setAccessibleName(tr("Pictures"))
        self.said = QLabel()
        self.said.setProperty("role", "muted")
        self.said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        top = QHBoxLayout()
        top.addWidget(self.classes)
        top.addWidget(self.part)
        top.addStretch(1)
        top.addWidget(self.count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 10, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self.grid, 1)
        layout.addWidget(self.said)
        self.classes.currentIndexChanged.connect(self._fill)
        self.part.currentIndexChanged.connect(self._fill)
        self.grid.activated.connect(self._open)
        self.grid.selectionModel().currentChanged.connect(self._tell)
        thumbs.arrived.connect(self._tell)

    def show_set(self, pictures: PictureSet | None) -> None:
        """Show another set, or none."""
        self._set = pictures
        former = self.classes.currentText()
        for box in (self.classes, self.part):
            box.blockSignals(True)
        self.classes.clear()
        self.classes.addItem(tr("All classes"), -1)
        for number, name in enumerate(pictures.classes if pictures else ()):
            self.classes.addItem(name, number)
        self.classes.setCurrentIndex(max(self.classes.findText(former), 0))
        for box in (self.classes, self.part):
            box.blockSignals(False)
        self._fill()

    def show_class(self, number: int) -> None:
        """Show the pictures of one class."""
        self.classes.setCurrentIndex(self.classes.findData(number))

    def _fill(self) -> None:
        found = self._set
        if found is None:
            self.model.show(None, ())
            return
        start = found.train_count if self.part.currentData() == "val" else 0
        end = found.train_count if self.part.currentData() == "train" else len(found.labels)
        places: Sequence[int] = range(start, end)
        wanted = self.classes.currentData()
        if wanted is not None and wanted >= 0:
            places = [place for place in places if found.labels[place] == wanted]
        self.model.show(found, places)
        self.count.setText(
            counted("{number} picture", "{number} pictures", len(places), number=spaced(len(places)))
        )
        self._tell()

    def _open(self, index: QModelIndex) -> None:
        if (place := index.data(PLACE)) is not None:
            self.opened.emit(place)

    def _tell(self, *_: object) -> None:
        index = self.grid.currentIndex()
        place = index.data(PLACE)
        thumb = self._thumbs.get(int(place)) if place is not None else None
        if thumb is None:
            self.said.setText(" ")
        else:
            self.said.setText(thumb.fault or f"{thumb.name}  ·  {self.model.data(index, _SPOKEN)}")


_SPOKEN = Qt.ItemDataRole.AccessibleTextRole
