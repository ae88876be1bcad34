"""The plate in the corner of the canvas: what it is compared with, what the signs mean, and the way out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from app.canvas.paint import faded
from app.comparison.overlay import colour
from app.icons import icon
from app.language import tr
from app.theme import Theme
from hybridgraph.comparison import SIGNS, Difference, Sign

EDGE = 16
_ORDER: tuple[Sign, ...] = ("added", "removed", "changed", "moved", "rewired")


class Plate(QWidget):
    """Floats at the upper right of the canvas."""

    closed = Signal()
    stepped = Signal(int)

    def __init__(self, theme: Theme, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._theme = theme
        self._canvas = canvas
        self._counts: Counter[Sign] = Counter()
        self._against = QLabel()
        self._against.setProperty("role", "muted")
        self._legend = QLabel()
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._end = self._button(tr("End the comparison"))
        self._end.clicked.connect(self.closed)
        back, on = (
            self._button(tr("Previous difference (Shift+F7)")),
            self._button(tr("Next difference (F7)")),
        )
        back.setText("‹")
        back.clicked.connect(lambda: self.stepped.emit(-1))
        on.setText("›")
        on.clicked.connect(lambda: self.stepped.emit(1))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 6, 4)
        row.setSpacing(6)
        row.addWidget(self._against)
        row.addSpacing(6)
        row.addWidget(self._legend)
        row.addSpacing(6)
        for button in (back, on, self._end):
            row.addWidget(button)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._place)
        canvas.installEventFilter(self)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = theme
        self._end.setIcon(icon("x", theme.muted, 14))
        self._write()

    def show_differences(self, against: str, differences: Iterable[Difference]) -> None:
        """Say what the design is compared with and how many differences of each kind there are."""
        self._against.setText(tr("Against {against}", against=against))
        self._counts = Counter(each.sign for each in differences)
        self._write()

    def _button(self, words: str) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("role", "quiet")
        button.setToolTip(words)
        button.setAccessibleName(words)
        return button

    def _write(self) -> None:
        parts = [
            f'<span style="color:{colour(self._theme, sign)}; font-weight:600">{SIGNS[sign]}</span>'
            f"&nbsp;{self._counts[sign]}&nbsp;{sign}"
            for sign in _ORDER
            if self._counts[sign]
        ]
        self._legend.setText("&nbsp;&nbsp; ".join(parts) or tr("no differences"))
        self.setAccessibleName(
            tr("{text}: {total} differences", text=self._against.text(), total=self._counts.total())
        )
        self._place()

    def make_room(self, *_: object) -> None:
        """Take another place if something has come to float here, or has gone."""
        self._soon.start()

    def _place(self) -> None:
        """Go to the upper right corner, or below what floats there."""
        self.adjustSize()
        self.move(self._canvas.width() - self.width() - EDGE, EDGE)
        for other in self._canvas.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            floats = other.isVisible() and other.y() > 0 and other is not self
            if floats and other.geometry().intersects(self.geometry()):
                self.move(self.x(), other.geometry().bottom() + EDGE // 2)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner when the canvas changes its size."""
        if watched is self._canvas and event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._theme.line), 1))
        painter.setBrush(faded(self._theme.window, 0.92))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 8, 8)
        painter.end()
