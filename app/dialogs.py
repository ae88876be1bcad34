"""A list one types into, and what this program is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from app.choosing.outcomes import Outcome
from app.language import tr
from hybridgraph import __version__

_OFFER = Qt.ItemDataRole.UserRole
_ROW_HEIGHT = 30
_FROM_TOP = 90  # px between the top of the window and a list
_MANY, _FEW = (540, 420), (680, 260)  # px; few offers are whole sentences
_GAP = 16  # px between a list and what it is about
_MOST = 100  # rows; whoever looks for more types another letter


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One line of a chooser: what it says, what stands at its right, and what happens.

    What is known only later about the offer called `key` can be told then. One that `is_searched` shows only when
    something was typed.
    """

    title: str
    aside: str = ""
    words: str = ""
    key: str = ""
    icon: QIcon | None = None
    is_enabled: bool = True
    is_searched: bool = False
    run: Callable[[], object]


class Chooser(QDialog):
    """A search box over a list; Enter takes the marked line."""

    marked = Signal(str)  # the key of the offer that Enter would take now; empty: none

    def __init__(
        self,
        offers: Iterable[Offer],
        prompt: str,
        parent: QWidget,
        *,
        only_told: bool = False,
        foot: QWidget | None = None,
        about: QRect | None = None,
    ) -> None:
        """With `only_told`, an offer shows when it has been told what would come of it. `foot` stands below.

        `about` is the part of the screen that the choice is about; where there is room, it stays in sight.
        """
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("chooser")
        self.setAccessibleName(prompt)
        self.offers = list(offers)
        self._outcomes: dict[str, Outcome] = {}
        self._only_told = only_told
        self.word = QLabel()
        self.word.setProperty("role", "muted")
        self.word.hide()
        self.search = QLineEdit()
        self.search.setPlaceholderText(prompt)
        self.search.setAccessibleName(prompt)
        self.search.installEventFilter(self)
        self.list = QListWidget()
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setAccessibleName(prompt)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.addWidget(self.search)
        layout.addWidget(self.list)
        layout.addWidget(self.word)
        self.list.currentItemChanged.connect(self._on_current)
        if foot is not None:
            layout.addWidget(foot)
        self.resize(*(_FEW if only_told else _MANY))
        self.move(_beside(self.size(), QRect(parent.mapToGlobal(QPoint(0, 0)), parent.size()), about))
        self.search.textChanged.connect(self._fill)
        self.list.itemClicked.connect(self._take)
        self._fill("")
        self.setFocusProxy(self.search)
        self.search.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrow keys move in the list while one types, and Enter take the line."""
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            moves = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
            if event.key() in moves:
                row = self.list.currentRow() + moves[Qt.Key(event.key())]
                self.list.setCurrentRow(min(max(row, 0), self.list.count() - 1))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._take(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def tell(self, key: str, outcome: Outcome) -> None:
        """Say what would come of an offer; one that does not fit is dimmed, and still can be taken."""
        self._outcomes[key] = outcome
        if self._only_told:
            row = self.list.currentRow()
            self._fill(self.search.text())
            self.list.setCurrentRow(max(row, 0))
            return
        for row in range(self.list.count()):
            item = self.list.item(row)
            if item.data(_OFFER).key == key:
                self.list.setItemWidget(item, _line(item.data(_OFFER), outcome))

    def say(self, words: str) -> None:
        """Write a line under the list; nothing to take it away."""
        self.word.setText(words)
        self.word.setVisible(bool(words))

    def _fill(self, text: str) -> None:
        wanted = text.casefold().split()
        self.list.clear()
        for offer in self.offers:
            if (self._only_told and offer.key not in self._outcomes) or (offer.is_searched and not wanted):
                continue
            if self.list.count() == _MOST:
                break
            if all(word in f"{offer.title} {offer.words}".casefold() for word in wanted):
                row = QListWidgetItem()
                row.setData(_OFFER, offer)
                if not offer.is_enabled:
                    row.setFlags(Qt.ItemFlag.NoItemFlags)
                self.list.addItem(row)
                row.setSizeHint(QSize(0, _ROW_HEIGHT))
                self.list.setItemWidget(row, _line(offer, self._outcomes.get(offer.key)))
        self.list.setCurrentRow(0)

    def _on_current(self, item: QListWidgetItem | None) -> None:
        offer: Offer | None = item.data(_OFFER) if item is not None else None
        self.marked.emit(offer.key if offer is not None else "")

    def _take(self, item: QListWidgetItem | None) -> None:
        if item is None or not item.flags() & Qt.ItemFlag.ItemIsEnabled:
            return
        self.close()
        offer: Offer = item.data(_OFFER)
        offer.run()


def _beside(size: QSize, window: QRect, about: QRect | None) -> QPoint:
    """Where a list stands: high in the middle of the window, or where that would cover `about`, beside it."""
    usual = QPoint(window.x() + (window.width() - size.width()) // 2, window.y() + _FROM_TOP)
    if about is None or not QRect(usual, size).intersects(about):
        return usual
    lowest = max(window.bottom() - size.height() - _GAP, window.y())
    y = min(max(about.y(), window.y() + _FROM_TOP), lowest)
    x = min(max(about.x(), window.x()), window.x() + window.width() - size.width())
    places = (
        QPoint(about.x() + about.width() + _GAP, y),
        QPoint(about.x() - size.width() - _GAP, y),
        QPoint(x, about.y() + about.height() + _GAP),
        QPoint(x, about.y() - size.height() - _GAP),
    )
    return next((place for place in places if window.contains(QRect(place, size))), usual)


def _line(offer: Offer, outcome: Outcome | None) -> QWidget:
    line = QWidget()
    title, aside = QLabel(offer.title), QLabel(outcome.text if outcome else offer.aside)
    title.setEnabled(offer.is_enabled and not (outcome and outcome.reason))
    aside.setProperty("role", "number" if outcome and not outcome.reason else "muted")
    line.setToolTip(outcome.reason if outcome else "")
    row = QHBoxLayout(line)
    row.setContentsMargins(8, 0, 8, 0)
    row.setSpacing(10)
    if offer.icon is not None:
        tile = QLabel()
        tile.setFixedSize(20, 20)
        tile.setPixmap(offer.icon.pixmap(20, 20))
        row.addWidget(tile)
    row.addWidget(title, 1)
    row.addWidget(aside)
    return line


def show_about(parent: QWidget) -> None:
    """Say what this program is."""
    QMessageBox.about(
        parent,
        tr("About HybridGraph"),
        f"<b>HybridGraph {__version__}</b><p>Draw vision networks that mix convolution and attention; train, "
        "profile and export them.</p><p>Apache License 2.0. Fonts Inter and JetBrains Mono (OFL), icons Lucide "
        "(ISC), sample pictures from Fashion-MNIST (MIT).</p>",
    )
