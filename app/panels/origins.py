"""The small mark at the end of a row: where the value comes from."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.language import told, tr
from app.panels.entry import show
from app.panels.facts import Entry
from app.theme import Theme


def sentence(entry: Entry) -> str:
    """Where a value comes from, in words; empty where that says nothing."""
    if entry.is_mixed:
        return tr("The {paths} selected blocks hold different values.", paths=len(entry.paths))
    match entry.origin:
        case "default":
            return tr("The block's default.")
        case "paper":
            return tr("As in {source}, after the paper.", source=entry.source)
        case "stage":
            return tr("From the stage around it.")
        case "edited" if entry.source:
            return tr("Edited. {source} has {show}.", source=entry.source, show=show(entry.usual))
        case "edited":
            return tr("Edited. The default is {show}.", show=show(entry.usual))
    return ""


class OriginMark(QWidget):
    """A ring for a default, a full dot for the paper's value, two bars for the stage's. Its tooltip says it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._origin = ""
        self.setFixedSize(22, 28)

    def sizeHint(self) -> QSize:
        return QSize(22, 28)

    def show_entry(self, entry: Entry) -> None:
        """Mark where the entry's value comes from."""
        self._origin = "" if entry.is_mixed else entry.origin
        self.setToolTip(sentence(entry))
        self.setAccessibleName(f"{told(entry.label)}: {sentence(entry)}" if sentence(entry) else "")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(self._theme.faint)
        center = QPointF(self.width() / 2, self.height() / 2)
        painter.setPen(QPen(colour, 1.2))
        match self._origin:
            case "default":
                painter.drawEllipse(center, 2.6, 2.6)
            case "paper":
                painter.setBrush(QColor(self._theme.muted))
                painter.setPen(Qt.PenStyle.NoPen)
                painter.drawEllipse(center, 3.0, 3.0)
            case "stage":
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(self._theme.muted))
                for y in (-3.2, 1.2):
                    painter.drawRoundedRect(QRectF(center.x() - 4, center.y() + y, 8, 1.8), 0.9, 0.9)
