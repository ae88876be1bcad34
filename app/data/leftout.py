"""What is left out of the training, and what stays in but is odd: by trouble, each with its name and reason."""

from __future__ import annotations

from collections import defaultdict

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.data.found import Checkup, Odd, PictureSet
from app.data.grid import paint_thumb
from app.data.thumbs import Thumbs
from app.language import counted, mark, told, tr
from app.theme import Theme

TROUBLES = {
    "unreadable": (mark("Cannot be read"), mark("left out")),
    "other": (mark("No pictures by their names"), mark("left out")),
    "unlisted": (mark("Pictures that the set does not name"), mark("left out")),
    "blank": (mark("One colour"), mark("stays in")),
    "tiny": (mark("Tiny"), mark("stays in")),
    "long": (mark("Very long or tall"), mark("stays in")),
    "huge": (mark("Huge"), mark("stays in")),
}
_PLACE = Qt.ItemDataRole.UserRole
_PATH = Qt.ItemDataRole.UserRole + 1


class _Peek(QWidget):
    """The chosen picture, where there is something to be seen."""

    def __init__(self, thumbs: Thumbs, theme: Theme) -> None:
        super().__init__()
        self._thumbs, self._theme = thumbs, theme
        self.place = -1
        self.setFixedWidth(210)
        thumbs.arrived.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.place >= 0:
            painter = QPainter(self)
            paint_thumb(painter, QRect(12, 8, 192, 192), self._thumbs.get(self.place), self._theme)


class LeftOutPage(QWidget):
    """A tree of troubles at the left, the chosen picture at the right."""

    opened = Signal(str)  # the name of a file

    def __init__(self, thumbs: Thumbs, theme: Theme) -> None:
        super().__init__()
        self.tree = QTreeWidget()
        self.tree.setAccessibleName(tr("Odd pictures and files"))
        self.tree.setHeaderLabels([tr("Picture"), tr("Why")])
        self.tree.setUniformRowHeights(True)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        self.tree.header().resizeSection(0, 400)
        self.tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.peek = _Peek(thumbs, theme)
        self.empty = QLabel()
        self.empty.setProperty("role", "muted")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.found = QWidget()
        row = QHBoxLayout(self.found)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.tree, 1)
        row.addWidget(self.peek)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 10, 0, 0)
        layout.addWidget(self.found, 1)
        layout.addWidget(self.empty, 1)
        self.tree.currentItemChanged.connect(self._show)
        self.tree.itemActivated.connect(self._open)
        self.show_checkup(None, None)

    def show_checkup(self, pictures: PictureSet | None, checkup: Checkup | None) -> None:
        """Show what was found, or that nothing is known yet."""
        self.tree.clear()
        by_trouble: dict[str, list[Odd]] = defaultdict(list)
        for odd in checkup.odd if checkup else ():
            by_trouble[odd.trouble].append(odd)
        for trouble, (title, fate) in TROUBLES.items():
            members = by_trouble[trouble]
            if pictures is None or checkup is None or not members:
                continue
            count = checkup.troubles.get(trouble, len(members))
            head = QTreeWidgetItem([f"{tr(title)}  ·  {count}", tr(fate)])
            head.setData(0, _PLACE, -1)
            head.addChildren([_line(odd, pictures) for odd in members])
            if count > len(members):
                head.addChild(
                    QTreeWidgetItem([counted("and {number} more", "and {number} more", count - len(members))])
                )
            self.tree.addTopLevelItem(head)
            head.setExpanded(len(members) <= 50)
        has_any = bool(self.tree.topLevelItemCount())
        self.found.setVisible(has_any)
        self.peek.place = -1
        self.empty.setVisible(not has_any)
        self.empty.setText(
            tr("What is odd is known when every picture has been looked at.")
            if checkup is None
            else tr("Every file is a picture that can be read, and none is odd.")
        )

    def _show(self, item: QTreeWidgetItem | None, _former: object = None) -> None:
        place = item.data(0, _PLACE) if item is not None else None
        self.peek.place = place if isinstance(place, int) else -1
        self.peek.update()

    def _open(self, item: QTreeWidgetItem) -> None:
        if path := item.data(0, _PATH):
            self.opened.emit(str(path))


def _line(odd: Odd, pictures: PictureSet) -> QTreeWidgetItem:
    reason = told(odd.reason).removeprefix(f"The picture {odd.name} cannot be read: ")
    line = QTreeWidgetItem([pictures.short(odd.name), pictures.short(reason)])
    line.setToolTip(0, odd.name)
    line.setToolTip(1, reason)
    line.setData(0, _PLACE, odd.place)
    line.setData(0, _PATH, odd.name if pictures.folder is not None else "")
    return line
