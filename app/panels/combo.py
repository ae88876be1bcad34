"""A box of choices with the theme's own arrow, which a style sheet cannot tint."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QWheelEvent
from PySide6.QtWidgets import QComboBox

from app.icons import icon

_ARROW = 12


class Combo(QComboBox):
    """A `QComboBox` whose arrow is a chevron. The wheel goes on to what scrolls around it."""

    def showPopup(self) -> None:
        self.view().setAccessibleName(self.accessibleName())  # the list is a window of its own
        super().showPopup()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        colour = self.palette().color(QPalette.ColorRole.PlaceholderText).name()
        place = QRect(self.width() - _ARROW - 9, (self.height() - _ARROW) // 2, _ARROW, _ARROW)
        painter = QPainter(self)
        icon("chevron-down", colour, _ARROW).paint(painter, place, Qt.AlignmentFlag.AlignCenter)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # a list that scrolls past must not change what it shows
