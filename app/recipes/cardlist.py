"""The cards as a list: title, what it is for, and what is in it in chips."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.language import told, tr
from app.theme import Theme, mix, number_font, text_font
from hybridgraph.errors import RunError
from hybridgraph.recipes import Card, cards, own_cards
from hybridgraph.recipes.settings import chips

_CARD = Qt.ItemDataRole.UserRole
_ROW, _CHIP, _GAP = 74, 17, 5

Index = QModelIndex | QPersistentModelIndex


class _Delegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        card: Card | tuple[str, RunError] = index.data(_CARD)
        theme = self.theme
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = option.rect.adjusted(2, 2, -4, -2)
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if is_chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(QColor(theme.accent) if is_chosen else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.hover))
            painter.drawRoundedRect(QRectF(area).adjusted(0.5, 0.5, -0.5, -0.5), 9, 9)
        line = QRect(area.x() + 11, area.y() + 7, area.width() - 22, 17)
        if isinstance(card, tuple):
            name, error = card
            self._write(painter, line, name, theme.text, is_bold=True)
            self._write(painter, line.translated(0, 19), str(error), theme.error)
        else:
            self._write(painter, line, told(card.title), theme.text, is_bold=True)
            self._write(painter, line.translated(0, 19), told(card.purpose), theme.muted)
            self._chips(painter, QRect(line.x(), line.y() + 40, line.width(), _CHIP), chips(card.recipe))
        painter.restore()

    @staticmethod
    def _write(painter: QPainter, line: QRect, text: str, colour: str, *, is_bold: bool = False) -> None:
        painter.setFont(text_font(12, text_font().Weight.DemiBold) if is_bold else text_font(11))
        painter.setPen(QColor(colour))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def _chips(self, painter: QPainter, line: QRect, words: tuple[str, ...]) -> None:
        """As many as there is room for; how many more there are stands at the end."""
        font = number_font(9)
        widths = QFontMetrics(font)
        painter.setFont(font)
        x = float(line.x())
        for place, word in enumerate(words):
            left = len(words) - place - 1
            rest = f"+{left + 1}"
            width = widths.horizontalAdvance(word) + 12
            room = line.right() - x - (widths.horizontalAdvance(rest) + 16 if left else 0)
            is_full = width > room
            text = rest if is_full else word
            chip = QRectF(x, line.y(), widths.horizontalAdvance(text) + 12, _CHIP)
            painter.setPen(QColor(self.theme.line))
            painter.setBrush(QColor(mix(self.theme.panel, self.theme.raised, 0.6)))
            painter.drawRoundedRect(chip, 6, 6)
            painter.setPen(QColor(self.theme.muted))
            painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)
            if is_full:
                return
            x += chip.width() + _GAP


class CardList(QListWidget):
    """The person's own cards first, then the bundled ones; a broken file says what is wrong with it."""

    chosen = Signal(object)  # Card

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._delegate = _Delegate(theme, self)
        self.setItemDelegate(self._delegate)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Recipes"))
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.currentItemChanged.connect(self._tell)
        self.refill()

    def refill(self, current: str = "") -> None:
        """Read the cards again, and mark one without telling."""
        self.blockSignals(True)
        self.clear()
        for name, found in own_cards().items():
            self._add(found if isinstance(found, Card) else (name, found))
        for card in cards().values():
            self._add(card)
        for row in range(self.count()):
            data = self.item(row).data(_CARD)
            if isinstance(data, Card) and data.name == current:
                self.setCurrentRow(row)
        self.blockSignals(False)
        self.viewport().update()

    def _add(self, card: Card | tuple[str, RunError]) -> None:
        item = QListWidgetItem()
        item.setData(_CARD, card)
        if isinstance(card, Card):
            words = f"{told(card.title)}\n{told(card.purpose)}\n{' · '.join(chips(card.recipe))}"
        else:
            words = f"{card[0]}\n{card[1]}"
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        item.setToolTip(words)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, words.replace("\n", ". "))
        self.addItem(item)

    def _tell(self, item: QListWidgetItem | None) -> None:
        data = item.data(_CARD) if item is not None else None
        if isinstance(data, Card):
            self.chosen.emit(data)
