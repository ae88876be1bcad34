"""The sign that the canvas shows something that is not the design."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.canvas.paint import faded
from app.language import tr
from app.preview import Preview
from app.session import Session
from app.theme import Theme, text_font


class PreviewFrame(QWidget):
    """A dashed frame around the canvas, with a word at its top, while it shows what is not the design."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        session.preview_changed.connect(self._follow)

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = theme
        self.update()

    def _follow(self, preview: Preview | None) -> None:
        if preview is not None:
            self.setAccessibleName(
                tr("The canvas shows the design {title}; nothing is changed.", title=preview.title)
            )
        self.setVisible(preview is not None)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        preview = self._session.preview
        if preview is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        accent = QColor(self._theme.accent)
        pen = QPen(accent, 2)
        pen.setDashPattern([5, 4])
        painter.setPen(pen)
        area = QRectF(self.rect()).adjusted(3, 3, -3, -3)
        painter.drawRoundedRect(area, 10, 10)
        words = tr("{title}, nothing is changed yet", title=preview.title)
        painter.setFont(text_font(11))
        width = painter.fontMetrics().horizontalAdvance(words) + 20
        pill = QRectF(area.right() - width - 12, area.y() + 10, width, 22)
        painter.setPen(QPen(accent, 1))
        painter.setBrush(faded(self._theme.window, 0.94))
        painter.drawRoundedRect(pill, 11, 11)
        painter.setPen(accent)
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, words)
