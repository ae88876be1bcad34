"""The questions the window asks: which design to begin with, which command, which node; and what this program is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.quantities import count
from app.session import Session
from hybridgraph import __version__, presets
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph.model import Graph, Node, frozen

BLANK = ""
_NAME = Qt.ItemDataRole.UserRole
_ROW_HEIGHT = 30


def blank(image_size: int, channels_in: int) -> Graph:
    """A design that holds nothing but the picture."""
    size = {"channels": channels_in, "height": image_size, "width": image_size}
    return Graph(nodes=frozen({"image": Node(id="image", block="image", params=frozen(size))}))


class NewDialog(QDialog):
    """A blank design or a preset, for pictures of a size and a number of classes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("New design")
        self.setMinimumSize(560, 420)
        self.list = QListWidget()
        self.list.setAccessibleName("Designs to begin with")
        blank_row = QListWidgetItem("Blank\nOnly the picture")
        blank_row.setData(_NAME, BLANK)
        self.list.addItem(blank_row)
        for name in presets.names():
            info = presets.info(name)
            size = f"{' '.join(count(info.params))} parameters, {info.image_size} px, {info.classes} classes"
            row = QListWidgetItem(f"{info.title}\n{info.paper or 'Small hybrid for small pictures'} · {size}")
            row.setData(_NAME, name)
            self.list.addItem(row)
        self.image_size = _spin(1, 4096, " px")
        self.channels_in = _spin(1, 1024, "")
        self.classes = _spin(2, 1_000_000, "")
        form = QFormLayout()
        form.addRow("Image size", self.image_size)
        form.addRow("Image channels", self.channels_in)
        form.addRow("Classes", self.classes)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.button(QDialogButtonBox.StandardButton.Ok).setText("Create")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        side = QVBoxLayout()
        side.addLayout(form)
        side.addStretch(1)
        row_layout = QHBoxLayout()
        row_layout.addWidget(self.list, 1)
        row_layout.addLayout(side)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.addLayout(row_layout)
        layout.addWidget(buttons)
        self.list.currentItemChanged.connect(self._offer)
        self.list.itemDoubleClicked.connect(self.accept)
        self.list.setCurrentRow(0)

    @property
    def name(self) -> str:
        """The chosen preset; empty for a blank design."""
        return str(self.list.currentItem().data(_NAME))

    def graph(self) -> Graph:
        """The design asked for. Raises HybridGraphError when a preset cannot be built for these numbers."""
        if self.name == BLANK:
            return blank(self.image_size.value(), self.channels_in.value())
        return presets.build(
            self.name,
            image_size=self.image_size.value(),
            channels_in=self.channels_in.value(),
            classes=self.classes.value(),
        )

    def _offer(self) -> None:
        """Fill in what the preset was made for."""
        info = presets.info(self.name or presets.SAMPLE)
        self.image_size.setValue(info.image_size)
        self.channels_in.setValue(info.channels_in)
        self.classes.setValue(info.classes)
        self.classes.setEnabled(self.name != BLANK)


def _spin(low: int, high: int, unit: str) -> QSpinBox:
    spin = QSpinBox()
    spin.setRange(low, high)
    spin.setSuffix(unit)
    spin.setMinimumWidth(120)
    return spin


def ask_new(session: Session, parent: QWidget) -> Graph | None:
    """The design to begin with, or None when the person thought better of it."""
    dialog = NewDialog(parent)
    if dialog.exec() != QDialog.DialogCode.Accepted:
        return None
    try:
        return dialog.graph()
    except HybridGraphError as error:
        session.notified.emit("error", str(error))
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One line of a chooser: what it says, what stands at its right, and what happens."""

    title: str
    aside: str = ""
    words: str = ""
    icon: QIcon | None = None
    is_enabled: bool = True
    run: Callable[[], object]


class Chooser(QDialog):
    """A search box over a list; Enter takes the marked line."""

    def __init__(self, offers: Iterable[Offer], prompt: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("chooser")
        self.offers = list(offers)
        self.search = QLineEdit()
        self.search.setPlaceholderText(prompt)
        self.search.setAccessibleName(prompt)
        self.search.installEventFilter(self)
        self.list = QListWidget()
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.addWidget(self.search)
        layout.addWidget(self.list)
        self.resize(540, 420)
        centre = parent.mapToGlobal(parent.rect().center())
        self.move(centre.x() - 270, parent.mapToGlobal(parent.rect().topLeft()).y() + 90)
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

    def _fill(self, text: str) -> None:
        wanted = text.casefold().split()
        self.list.clear()
        for offer in self.offers:
            if all(word in f"{offer.title} {offer.words}".casefold() for word in wanted):
                row = QListWidgetItem()
                row.setData(_NAME, offer)
                if not offer.is_enabled:
                    row.setFlags(Qt.ItemFlag.NoItemFlags)
                self.list.addItem(row)
                row.setSizeHint(QSize(0, _ROW_HEIGHT))
                self.list.setItemWidget(row, _line(offer))
        self.list.setCurrentRow(0)

    def _take(self, item: QListWidgetItem | None) -> None:
        if item is None or not item.flags() & Qt.ItemFlag.ItemIsEnabled:
            return
        self.close()
        offer: Offer = item.data(_NAME)
        offer.run()


def _line(offer: Offer) -> QWidget:
    line = QWidget()
    title, aside = QLabel(offer.title), QLabel(offer.aside)
    title.setEnabled(offer.is_enabled)
    aside.setProperty("role", "muted")
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
        "About HybridGraph",
        f"<b>HybridGraph {__version__}</b><p>Draw vision networks that mix convolution and attention; train, "
        "profile and export them.</p><p>Apache License 2.0. Fonts Inter and JetBrains Mono (OFL), icons Lucide "
        "(ISC), sample pictures from Fashion-MNIST (MIT).</p>",
    )
