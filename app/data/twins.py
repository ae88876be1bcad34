"""Pictures that are there twice, side by side: those in both parts of the set first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.data.found import Checkup, PictureSet, Twin
from app.data.grid import paint_thumb
from app.data.thumbs import Thumbs
from app.language import counted, mark, tr
from app.panels.combo import Combo
from app.quantities import spaced
from app.theme import Theme, number_font, text_font

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
TWIN = Qt.ItemDataRole.UserRole
_SIDE, _HIGH = 132, 156
_KINDS = {
    "": mark("All pairs"),
    "leak": mark("In training and validation"),
    "contradiction": mark("Under different labels"),
    "equal": mark("Equal"),
    "near": mark("Nearly equal"),
}


def _is_of(twin: Twin, kind: str) -> bool:
    return {
        "leak": twin.is_leak,
        "contradiction": twin.is_contradiction,
        "equal": twin.is_exact,
        "near": not twin.is_exact,
    }.get(kind, True)


def verdict(twin: Twin) -> str:
    """What is the matter with a pair, in one line."""
    words = [tr("Equal") if twin.is_exact else tr("Nearly equal")]
    words += [tr("in training and validation")] if twin.is_leak else []
    words += [tr("under different labels")] if twin.is_contradiction else []
    return ", ".join(words)


class _Pairs(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.twins: Sequence[Twin] = ()

    def show(self, twins: Sequence[Twin]) -> None:
        self.beginResetModel()
        self.twins = twins
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.twins)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        twin = self.twins[index.row()]
        if role == TWIN:
            return twin
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{verdict(twin)}: {twin.names[0]}, {twin.names[1]}"
        return None


class _Delegate(QStyledItemDelegate):
    pictures: PictureSet | None = None

    def __init__(self, view: QListView, thumbs: Thumbs, theme: Theme) -> None:
        super().__init__(view)
        self._thumbs, self._theme = thumbs, theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(500, _HIGH)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        twin: Twin = index.data(TWIN)
        area, theme = QRect(option.rect), self._theme
        painter.save()
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.hover))
            painter.drawRoundedRect(area.adjusted(2, 2, -2, -2), 8, 8)
        spot = QRect(area.left() + 12, area.top() + (_HIGH - _SIDE) // 2, _SIDE, _SIDE)
        for place in twin.places:
            paint_thumb(painter, spot, self._thumbs.get(place), theme)
            spot.translate(_SIDE + 8, 0)
        left = spot.left() + 8
        line = QRect(left, area.top() + 20, area.right() - left - 12, 20)
        is_grave = twin.is_leak or twin.is_contradiction
        painter.setFont(text_font(13, QFont.Weight.DemiBold))
        painter.setPen(QColor(theme.warning if is_grave else theme.text))
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, ("⚠  " if is_grave else "") + verdict(twin))
        for name, place in zip(twin.names, twin.places, strict=True):
            line.translate(0, 28)
            painter.setFont(text_font(11))
            painter.setPen(QColor(theme.muted))
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, self._where(place))
            line.translate(0, 18)
            painter.setFont(number_font(10))
            painter.setPen(QColor(theme.text))
            short = self.pictures.short(name) if self.pictures is not None else name
            shown = painter.fontMetrics().elidedText(short, Qt.TextElideMode.ElideLeft, line.width())
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, shown)
        painter.restore()

    def _where(self, place: int) -> str:
        if self.pictures is None or place < 0:
            return ""
        part = tr("validation") if self.pictures.is_val(place) else tr("training")
        return f"{self.pictures.class_of(place)}  ·  {part}"


class TwinsPage(QWidget):
    """The pairs, with their kind chosen above."""

    opened = Signal(int)

    def __init__(self, thumbs: Thumbs, theme: Theme) -> None:
        super().__init__()
        self._checkup: Checkup | None = None
        self.kind = Combo()
        self.kind.setAccessibleName(tr("Which pairs"))
        for key, title in _KINDS.items():
            self.kind.addItem(tr(title), key)
        self.count = QLabel()
        self.count.setProperty("role", "muted")
        self.list = QListView()
        self.list.setAccessibleName(tr("Pairs of pictures"))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.verticalScrollBar().setSingleStep(40)
        self.model = _Pairs(self)
        self.list.setModel(self.model)
        self._delegate = _Delegate(self.list, thumbs, theme)
        self.list.setItemDelegate(self._delegate)
        self.empty = QLabel()
        self.empty.setProperty("role", "muted")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        top = QHBoxLayout()
        top.addWidget(self.kind)
        top.addStretch(1)
        top.addWidget(self.count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 10, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.empty, 1)
        self.kind.currentIndexChanged.connect(self._fill)
        self.list.activated.connect(lambda index: self.opened.emit(index.data(TWIN).places[0]))
        thumbs.arrived.connect(self.list.viewport().update)
        self.show_checkup(None, None)

    def show_checkup(self, pictures: PictureSet | None, checkup: Checkup | None) -> None:
        """Show the pairs that were found, or that nothing is known yet."""
        self._delegate.pictures, self._checkup = pictures, checkup
        self._fill()

    def choose(self, kind: str) -> None:
        """Show the pairs of one kind."""
        self.kind.setCurrentIndex(self.kind.findData(kind))

    def _fill(self) -> None:
        found = self._checkup
        kind = self.kind.currentData()
        twins = [twin for twin in found.twins if _is_of(twin, kind)] if found else []
        self.model.show(twins)
        self.list.setVisible(bool(twins))
        self.empty.setVisible(not twins)
        self.count.setText("")
        if found is None:
            self.empty.setText(
                tr("Which pictures are there twice is known when every picture has been looked at.")
            )
        elif not twins:
            self.empty.setText(tr("No such pairs were found."))
        else:
            said = counted("{number} pair", "{number} pairs", len(twins), number=spaced(len(twins)))
            if found.pairs > len(found.twins):
                said = tr(
                    "the gravest {shown} of {all} pairs",
                    shown=spaced(len(found.twins)),
                    all=spaced(found.pairs),
                )
            self.count.setText(said)
