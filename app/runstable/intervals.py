"""A cell of a table that draws an interval."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.theme import Theme

Index = QModelIndex | QPersistentModelIndex
BAR = Qt.ItemDataRole.UserRole
"""What is drawn: the lower end, the middle and the upper end as shares of the width; ends may be None."""


class Intervals(QStyledItemDelegate):
    """The interval as a bar with the mean on it; all rows share one scale."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        bar = index.data(BAR)
        if not bar:
            return
        area = QRectF(option.rect).adjusted(10, 0, -10, 0)
        y = area.center().y()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.theme.line))
        painter.drawRoundedRect(QRectF(area.left(), y - 1, area.width(), 2), 1, 1)
        low, mean, high = bar
        if low is not None and high is not None:
            low, high = max(low, 0.0), min(high, 1.0)
            painter.setBrush(QColor(self.theme.accent))
            span = QRectF(area.left() + low * area.width(), y - 3, max((high - low) * area.width(), 2.0), 6)
            painter.drawRoundedRect(span, 3, 3)
        painter.setBrush(QColor(self.theme.text))
        painter.drawEllipse(QRectF(area.left() + mean * area.width() - 4, y - 4, 8, 8))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(150, super().sizeHint(option, index).height())
