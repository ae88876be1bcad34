"""The runs of a queue in rows: what is over, what is at work, what waits, which a hand or the keys can put in order."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QDropEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from app.language import mark, tr
from app.theme import Theme, number_font
from hybridgraph.queue import Item, Listing

_NAME = Qt.ItemDataRole.UserRole
_SHARE = Qt.ItemDataRole.UserRole + 1
_HEADINGS = (mark("Run"), mark("State"), mark("Done"), mark("Begins"), mark("Ends"), mark("Message"))
_RUN, _STATE, _DONE, _BEGINS, _ENDS, _MESSAGE = range(6)
_ROW = 26
_WIDTHS = {_STATE: 100, _DONE: 110, _BEGINS: 110, _ENDS: 110}
STATES = {
    "waiting": mark("waits"),
    "running": mark("at work"),
    "interrupted": mark("goes on first"),
    "finished": mark("finished"),
    "stopped": mark("stopped"),
    "failed": mark("failed"),
}

Index = QModelIndex | QPersistentModelIndex


class _Bars(QStyledItemDelegate):
    """How far a run is: a bar below the number."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        share = index.data(_SHARE)
        if share is not None:
            area = QRectF(option.rect)
            track = QRectF(area.left() + 6, area.bottom() - 4.5, area.width() - 12, 3)
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            for colour, part in ((self.theme.line, 1.0), (self.theme.accent, float(share))):
                painter.setBrush(QColor(colour))
                track.setWidth(max((area.width() - 12) * part, 3.0))
                painter.drawRoundedRect(track, 1.5, 1.5)
            painter.restore()
        super().paint(painter, option, index)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(super().sizeHint(option, index).width(), _ROW)


class QueueTable(QTreeWidget):
    """The table. What waits moves with the mouse or Alt and the arrow keys, Delete takes a row out, Return opens its run."""

    move_requested = Signal(str, int)
    remove_requested = Signal(str)
    run_requested = Signal(object)  # the run's folder

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._listing: Listing | None = None
        self.setAccessibleName(tr("Runs of the queue"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setHeaderLabels([tr(heading) for heading in _HEADINGS])
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDropIndicatorShown(True)
        header = self.header()
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        header.setSectionResizeMode(_RUN, QHeaderView.ResizeMode.Interactive)
        header.resizeSection(_RUN, 260)
        for column, width in _WIDTHS.items():
            header.resizeSection(column, width)
        self._bars = _Bars(theme, self)
        self.setItemDelegateForColumn(_DONE, self._bars)
        self.itemActivated.connect(lambda row, _column: self.run_requested.emit(row.data(_RUN, _SHARE)))

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme, self._bars.theme = theme, theme
        if self._listing is not None:
            self.show_listing(self._listing)

    @property
    def chosen(self) -> str | None:
        """The name of the chosen entry."""
        row = self.currentItem()
        return None if row is None else str(row.data(_RUN, _NAME))

    def show_listing(self, listing: Listing) -> None:
        """Show the queue as it stands; the chosen row stays chosen."""
        if self.state() == QAbstractItemView.State.DraggingState:
            return  # the row in the hand would vanish; the next look comes soon
        self._listing = listing
        chosen = self.chosen
        self.blockSignals(True)
        while self.topLevelItemCount() > len(listing.items):
            self.takeTopLevelItem(self.topLevelItemCount() - 1)
        for number, item in enumerate(listing.items):
            row = self.topLevelItem(number)
            if row is None:
                row = QTreeWidgetItem()
                self.addTopLevelItem(row)
            self._fill(row, item)
            if item.entry.name == chosen:
                self.setCurrentItem(row)
        self.blockSignals(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        name = self.chosen
        if name is not None and event.key() == Qt.Key.Key_Delete:
            self.remove_requested.emit(name)
        elif (
            name is not None and event.modifiers() & Qt.KeyboardModifier.AltModifier and event.key() in moves
        ):
            waiting = self._waiting()
            if name in waiting:
                self.move_requested.emit(name, waiting.index(name) + moves[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Ask for another place; the row itself moves when the queue has it so."""
        event.setDropAction(Qt.DropAction.IgnoreAction)  # Qt would take the dragged row away
        event.accept()
        name, waiting = self.chosen, self._waiting()
        if name is None or name not in waiting:
            return
        self.move_requested.emit(name, self._place(event, name, waiting))

    def _place(self, event: QDropEvent, name: str, waiting: list[str]) -> int:
        row = self.itemAt(event.position().toPoint())
        if row is None:
            return len(waiting) - 1
        over = str(row.data(_RUN, _NAME))
        if over not in waiting:
            return 0
        place = waiting.index(over)
        if self.dropIndicatorPosition() == QAbstractItemView.DropIndicatorPosition.BelowItem:
            place += 1
        return place - 1 if waiting.index(name) < place and place > 0 else place

    def _waiting(self) -> list[str]:
        items = self._listing.items if self._listing is not None else ()
        return [item.entry.name for item in items if item.state == "waiting"]

    def _fill(self, row: QTreeWidgetItem, item: Item) -> None:
        entry, is_known = item.entry, item.state != "waiting"
        row.setText(_RUN, item.run.name)
        row.setToolTip(_RUN, str(item.run))
        row.setData(_RUN, _NAME, entry.name)
        row.setData(_RUN, _SHARE, item.run)
        row.setText(_STATE, tr(STATES[item.state]))
        row.setText(_DONE, f"{100 * item.fraction:.0f} %" if is_known else "")
        row.setData(_DONE, _SHARE, item.fraction if is_known else None)
        row.setText(_BEGINS, clock(item.begins_at, is_known=bool(entry.started_at)))
        row.setText(_ENDS, clock(item.ends_at, is_known=entry.is_over))
        row.setText(_MESSAGE, entry.message)
        row.setToolTip(_MESSAGE, entry.message)
        for column in (_DONE, _BEGINS, _ENDS):
            row.setFont(column, number_font(11))
        colours = {"failed": self._theme.error, "running": self._theme.accent}
        muted = self._theme.muted if entry.is_over else self._theme.text
        row.setForeground(_STATE, QColor(colours.get(item.state, muted)))
        row.setForeground(_RUN, QColor(muted))
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        row.setFlags(flags | Qt.ItemFlag.ItemIsDragEnabled if item.state == "waiting" else flags)


def clock(at: float | None, *, is_known: bool, now: datetime | None = None) -> str:
    """A time of day, with the day where it is another one; a guess has a sign before it."""
    if at is None:
        return "–"
    then = datetime.fromtimestamp(at).astimezone()
    today = (now or datetime.now().astimezone()).date()
    text = then.strftime("%H:%M") if then.date() == today else then.strftime("%d %b %H:%M")
    return text if is_known else f"≈ {text}"
