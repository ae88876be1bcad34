"""Pictures with what the network said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.data.grid import paint_thumb
from app.data.thumbs import Thumbs
from app.language import tr
from app.quantities import percent
from app.theme import Theme, number_font, text_font
from hybridgraph.runs.predictions import Told

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_SIDE, _GAP, _LINE = 96, 10, 14
SHOWN = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A picture: where it stands in the set, -1 where that is not known, and what was told of it."""

    place: int
    told: Told
    true: str
    answer: str

    @property
    def words(self) -> tuple[str, str, str]:
        """The three lines below it: its class, the one told and how surely, and how likely the true one was."""
        one = self.told
        if one.label == one.told:
            return self.true, tr("told right, {share}", share=percent(one.confidence)), f"loss {one.loss:.2f}"
        return (
            self.true,
            f"→ {self.answer}  {percent(one.confidence)}",
            tr("true class {share}", share=percent(one.probability)),
        )


class _Pictures(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.shown: Sequence[Shown] = ()

    def show(self, shown: Sequence[Shown]) -> None:
        self.beginResetModel()
        self.shown = shown
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        one = self.shown[index.row()]
        if role == SHOWN:
            return one
        if role in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.AccessibleTextRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            return ", ".join((*one.words, tr("loss {loss:.3f}", loss=one.told.loss)))
        return None


class _Delegate(QStyledItemDelegate):
    def __init__(self, view: Gallery, thumbs: Thumbs, theme: Theme) -> None:
        super().__init__(view)
        self._thumbs = thumbs
        self.theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(_SIDE + 4 * _GAP, _SIDE + 2 * _GAP + 3 * _LINE + 4)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        area: QRect = option.rect
        theme, shown = self.theme, index.data(SHOWN)
        assert isinstance(shown, Shown)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if is_selected or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(QPen(QColor(theme.accent), 2) if is_selected else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.hover))
            painter.drawRoundedRect(area.adjusted(3, 3, -3, -3), 8, 8)
        spot = QRect(area.center().x() - _SIDE // 2, area.top() + _GAP, _SIDE, _SIDE)
        paint_thumb(painter, spot, self._thumbs.get(shown.place) if shown.place >= 0 else None, theme)
        line = QRect(area.left() + 8, spot.bottom() + 4, area.width() - 16, _LINE)
        is_right = shown.told.label == shown.told.told
        inks = (theme.text, theme.head if is_right else theme.error, theme.muted)
        for number, (words, ink) in enumerate(zip(shown.words, inks, strict=True)):
            painter.setFont(number_font(9) if number == 2 else text_font(10))
            painter.setPen(QColor(ink))
            cut = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, line.width())
            painter.drawText(line, Qt.AlignmentFlag.AlignCenter, cut)
            line.translate(0, _LINE)
        painter.restore()


class Gallery(QListView):
    """A grid of such pictures, fetched as they come into view."""

    def __init__(self, thumbs: Thumbs, theme: Theme) -> None:
        super().__init__()
        self.pictures = _Pictures(self)
        self.setModel(self.pictures)
        self._painter = _Delegate(self, thumbs, theme)
        self.setItemDelegate(self._painter)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setUniformItemSizes(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalScrollBar().setSingleStep(40)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Pictures"))
        thumbs.arrived.connect(self.viewport().update)

    def show_pictures(self, shown: Sequence[Shown]) -> None:
        """Show these, from the first on."""
        self.pictures.show(shown)
        self.scrollToTop()

    def set_theme(self, theme: Theme) -> None:
        """Take another theme."""
        self._painter.theme = theme
        self.viewport().update()
