"""One sentence over the foot of the canvas, for a while: what happened, with a glyph and its colour."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from app.icons import icon
from app.language import told, tr
from app.theme import Theme

_GLYPHS = {"error": "circle-alert", "warning": "triangle-alert", "info": "info"}
_SHOWN_MS = {"error": 12_000, "warning": 8_000, "info": 4_000}
_MARGIN = 16


class Toast(QFrame):
    """Sits on `host` and keeps to its lower edge. A click takes it away."""

    def __init__(self, host: QWidget, theme: Theme) -> None:
        super().__init__(host)
        self._theme = theme
        self._host = host
        self.setObjectName("toast")
        self.setAccessibleName(tr("Notice"))
        self._glyph = QLabel()
        self.label = QLabel()
        self.label.setWordWrap(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 10, 16, 10)
        row.setSpacing(10)
        row.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.label, 1)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.hide)
        host.installEventFilter(self)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme

    def tell(self, severity: str, sentence: str) -> None:
        """Show a sentence; a newer one takes its place."""
        glyph = icon(_GLYPHS.get(severity, "info"), self._theme.severity(severity), 16)
        self._glyph.setPixmap(glyph.pixmap(16, 16))
        self.label.setText(told(sentence))
        self._place()
        self.show()
        self.raise_()
        self._timer.start(_SHOWN_MS.get(severity, 4_000))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.hide()
        event.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        room = self._host.width() - 2 * _MARGIN
        words = self.label.fontMetrics().horizontalAdvance(self.label.text()) + 64
        width = max(min(words, room, 620), 120)
        height = max(self.heightForWidth(width), self.sizeHint().height() if words <= width else 0)
        self.setGeometry(
            (self._host.width() - width) // 2, self._host.height() - height - _MARGIN, width, height
        )
