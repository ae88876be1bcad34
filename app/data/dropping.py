"""Files dragged over a window from the file manager: a frame says what would come of dropping them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QFont,
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QLineEdit, QWidget

from app.theme import Theme, text_font

_INSET, _RADIUS = 10, 14


class DropFrame(QWidget):
    """The frame, over everything in the window while something is dragged over it."""

    def __init__(self, window: QWidget, theme: Theme, words: str) -> None:
        super().__init__(window)
        self._theme, self._words = theme, words
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setGeometry(window.rect())
        self.setAccessibleName(words)
        self.show()
        self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(self._theme.window)
        veil.setAlpha(150)
        painter.fillRect(self.rect(), veil)
        painter.setPen(QPen(QColor(self._theme.accent), 2, Qt.PenStyle.DashLine))
        area = QRectF(self.rect()).adjusted(_INSET, _INSET, -_INSET, -_INSET)
        painter.drawRoundedRect(area, _RADIUS, _RADIUS)
        font = text_font(15, QFont.Weight.DemiBold)
        room = QFontMetrics(font).boundingRect(self._words)
        pill = QRectF(0, 0, min(room.width() + 56, area.width() - 40), 48)
        pill.moveCenter(area.center())
        painter.setPen(QPen(QColor(self._theme.accent), 1))
        painter.setBrush(QColor(self._theme.raised))
        painter.drawRoundedRect(pill, 12, 12)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.text))
        words = QFontMetrics(font).elidedText(
            self._words, Qt.TextElideMode.ElideMiddle, int(pill.width()) - 24
        )
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, words)


class DropTarget(QObject):
    """Lets a window take files: `words` says what dropping them would do, `take` does it."""

    def __init__(
        self,
        window: QWidget,
        theme: Callable[[], Theme],
        words: Callable[[Sequence[Path]], str],
        take: Callable[[Sequence[Path]], object],
    ) -> None:
        super().__init__(window)
        self._window, self._theme, self._words, self._take = window, theme, words, take
        self.frame: DropFrame | None = None
        for field in window.findChildren(QLineEdit):
            field.setAcceptDrops(False)  # it would take the address of a file as text
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is not self._window:
            return False
        if isinstance(event, QDropEvent) and event.type() in (QEvent.Type.DragEnter, QEvent.Type.DragMove):
            if isinstance(event, QDragEnterEvent):
                self._clear()
                paths = dragged(event.mimeData())
                if paths:
                    self.frame = DropFrame(self._window, self._theme(), self._words(paths))
            if self.frame is None:
                return False
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            return True
        if event.type() == QEvent.Type.DragLeave:
            self._clear()
        elif event.type() == QEvent.Type.Drop and isinstance(event, QDropEvent) and self.frame is not None:
            paths = dragged(event.mimeData())
            self._clear()
            event.setDropAction(Qt.DropAction.CopyAction)  # never a move: the files stay where they are
            event.accept()
            QTimer.singleShot(
                0, self, lambda: self._take(paths)
            )  # a dialog would keep the file manager waiting
            return True
        return False

    def _clear(self) -> None:
        if self.frame is not None:
            self.frame.hide()
            self.frame.deleteLater()
            self.frame = None


def dragged(data: QMimeData) -> list[Path]:
    """The files and folders of this computer that a drag brings."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
