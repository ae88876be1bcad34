"""A recent file as a card: its picture, its name, where it lies."""

from __future__ import annotations

import contextlib
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout

from app.icons import icon
from app.labels import ElidedLabel
from app.language import tr
from app.quantities import age
from app.start.thumbnails import SIZE
from app.theme import Theme
from hybridgraph.graph import files

RECENT_SHOWN = 8


class RecentCard(QPushButton):
    """A click opens the file."""

    opened = Signal(str)

    def __init__(self, path: str, theme: Theme) -> None:
        super().__init__()
        self._path = path
        file = Path(path)
        self.setProperty("role", "way")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedSize(SIZE.width() + 2, SIZE.height() + 54)
        self.setToolTip(path)
        name = file.name.removesuffix(files.SUFFIX)
        self.setAccessibleName(tr("Open {name}, {path}", name=name, path=path))
        self.picture = QLabel()
        self.picture.setFixedSize(SIZE)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setStyleSheet(
            f"background: {theme.canvas}; border-top-left-radius: 11px; border-top-right-radius: 11px;"
        )
        self.picture.setPixmap(icon("layers", theme.faint, 28).pixmap(28, 28))
        title, place = ElidedLabel(Qt.TextElideMode.ElideMiddle), ElidedLabel(Qt.TextElideMode.ElideMiddle)
        title.setProperty("role", "card-title")
        place.setProperty("role", "small")
        title.setText(name)
        place.setText(_where(file))
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 8)
        column.setSpacing(1)
        column.addWidget(self.picture)
        for label in (title, place):
            label.setContentsMargins(12, 3 if label is title else 0, 12, 0)
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            column.addWidget(label)
        self.picture.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.clicked.connect(self._open)

    def show_picture(self, picture: object) -> None:
        """Show the drawing, unless there is none."""
        if isinstance(picture, QPixmap) and not picture.isNull():
            self.picture.setPixmap(picture)

    def _open(self) -> None:
        self.opened.emit(self._path)


def _where(file: Path) -> str:
    """When it was saved and the folder, or that it is gone."""
    folder = str(file.parent)
    with contextlib.suppress(ValueError, RuntimeError):  # elsewhere, or nobody's home
        folder = str(Path("~") / file.parent.relative_to(Path.home()))
    try:
        return f"{age(file.stat().st_mtime)}  ·  {folder}"
    except OSError:
        return tr("not there any more  ·  {folder}", folder=folder)
