"""The question with which a design begins: blank or a preset, for pictures of a size and a number of classes."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPalette
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.language import mark, tr
from app.panels.editors import TextField
from app.quantities import count
from app.session import Session
from app.theme import Theme, text_font
from hybridgraph import presets
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph.model import Graph, Node, frozen
from hybridgraph.spec import Parameter

BLANK = ""
NAME = Qt.ItemDataRole.UserRole
_BELOW = Qt.ItemDataRole.UserRole + 1
_ROOM = 560.0
_NUMBERS = {
    "image_size": (mark("Image size"), Parameter(kind="int", minimum=1, maximum=4096, unit="px")),
    "channels_in": (mark("Image channels"), Parameter(kind="int", minimum=1, maximum=1024)),
    "classes": (mark("Classes"), Parameter(kind="int", minimum=2, maximum=1_000_000)),
}


def blank(image_size: int, channels_in: int, classes: int) -> Graph:
    """The picture, a classifier, and room between them."""
    size = {"channels": channels_in, "height": image_size, "width": image_size}
    nodes = {
        "image": Node(id="image", block="image", params=frozen(size)),
        "classifier": Node(id="classifier", block="classifier", params=frozen({"classes": classes}), x=_ROOM),
    }
    return Graph(nodes=frozen(nodes))


class _Delegate(QStyledItemDelegate):
    """A title, and what is known of it below in the muted colour."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, 46)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        area: QRect = option.rect
        palette: QPalette = option.palette
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(palette.color(QPalette.ColorRole.Light)))
            painter.drawRoundedRect(QRectF(area).adjusted(1, 1, -1, -1), 8, 8)
        for text, font, role, top in (
            (index.data(), text_font(13, QFont.Weight.DemiBold), QPalette.ColorRole.Text, 5),
            (index.data(_BELOW), text_font(11), QPalette.ColorRole.PlaceholderText, 23),
        ):
            painter.setFont(font)
            painter.setPen(palette.color(role))
            line = QRect(area.x() + 12, area.y() + top, area.width() - 24, 18)
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, line.width())
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, shown)
        painter.restore()


class NewDialog(QDialog):
    """Designs to begin with on the left, the numbers of one's own pictures on the right."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("New design"))
        self.resize(720, 480)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Designs to begin with"))
        self.list.setMouseTracking(True)
        self.list.setItemDelegate(_Delegate(self.list))
        self._add(tr("Blank design"), tr("An image, a classifier and room between"), BLANK)
        for name in presets.names():
            info = presets.info(name)
            paper = info.paper or tr("A small hybrid for small pictures")
            size = tr(
                "{params} parameters at {image_size} px, {classes} classes",
                params=" ".join(count(info.params)),
                image_size=info.image_size,
                classes=info.classes,
            )
            self._add(info.title, f"{paper}  ·  {size}", name)
        self.numbers = {name: TextField(parameter, theme) for name, (_, parameter) in _NUMBERS.items()}
        side = QVBoxLayout()
        side.setSpacing(4)
        heading = QLabel(tr("MY PICTURES"))
        heading.setProperty("role", "heading")
        side.addWidget(heading)
        for name, field in self.numbers.items():
            label = QLabel(tr(_NUMBERS[name][0]))
            label.setProperty("role", "muted")
            field.setAccessibleName(tr(_NUMBERS[name][0]))
            field.setFixedWidth(170)
            field.setMinimumHeight(28)
            side.addWidget(label)
            side.addWidget(field)
        side.addStretch(1)
        self.make = QPushButton(tr("Create"))
        self.make.setProperty("role", "primary")
        self.make.setDefault(True)
        cancel = QPushButton(tr("Cancel"))
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.make)
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(self.list, 1)
        top.addLayout(side)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 14)
        layout.addLayout(top)
        layout.addLayout(buttons)
        self.make.clicked.connect(self._finish)
        cancel.clicked.connect(self.reject)
        self.list.currentItemChanged.connect(self._offer)
        self.list.itemDoubleClicked.connect(self._finish)
        self.list.setCurrentRow(0)

    def _add(self, title: str, below: str, name: str) -> None:
        row = QListWidgetItem(title)
        row.setData(NAME, name)
        row.setData(_BELOW, below)
        row.setToolTip(below)
        self.list.addItem(row)

    @property
    def name(self) -> str:
        """The chosen preset; empty for a blank design."""
        return str(self.list.currentItem().data(NAME))

    def graph(self) -> Graph:
        """The design asked for. Raises HybridGraphError when a preset cannot be built for these numbers."""
        asked = {name: int(str(field.value)) for name, field in self.numbers.items()}
        return presets.build(self.name, **asked) if self.name != BLANK else blank(**asked)

    def _offer(self) -> None:
        """Fill in what the preset was made for."""
        info = presets.info(self.name or presets.SAMPLE)
        for name, field in self.numbers.items():
            field.set_value(getattr(info, name))

    def _finish(self) -> None:
        """Close, unless a number is none."""
        for field in self.numbers.values():
            field.commit()
            if field.property("state") == "error":
                field.setFocus()
                return
        self.accept()


def ask_new(session: Session, theme: Theme, parent: QWidget) -> Graph | None:
    """The design to begin with, or None when the person thought better of it."""
    dialog = NewDialog(theme, parent)
    if dialog.exec() != QDialog.DialogCode.Accepted:
        return None
    try:
        return dialog.graph()
    except HybridGraphError as error:
        session.notified.emit("error", str(error))
        return None
