"""The tabs of the open documents: one for each, with a dot while it is unsaved, and a button for one more."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QTabBar, QToolButton, QWidget

from app.documents.desk import Documents
from app.documents.document import Document
from app.icons import icon
from app.language import tr
from app.theme import Theme

_HEIGHT = 32
_LEAST, _MOST = 104, 230


class CloseMark(QAbstractButton):
    """A dot while the document is unsaved, a cross under the mouse; a click closes the tab."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.is_dirty = False
        self.setFixedSize(18, 18)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()
        super().enterEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = QPointF(self.rect().center()) + QPointF(0.5, 0.5)
        if self.is_dirty and not self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self.theme.attention))
            painter.drawEllipse(middle, 3.5, 3.5)
            return
        if self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self.theme.hover))
            painter.drawRoundedRect(QRectF(self.rect()), 5, 5)
        painter.setPen(QPen(QColor(self.theme.muted), 1.4, c=Qt.PenCapStyle.RoundCap))
        for x in (-3.2, 3.2):
            painter.drawLine(middle + QPointF(-x, -3.2), middle + QPointF(x, 3.2))


class Tabs(QTabBar):
    """The bar itself; a click of the middle button closes."""

    middle_clicked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("documents")
        self.setAccessibleName(tr("Open designs"))
        self.setMovable(True)
        self.setExpanding(False)
        self.setDrawBase(False)
        self.setElideMode(Qt.TextElideMode.ElideRight)
        self.setUsesScrollButtons(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_HEIGHT)

    def tabSizeHint(self, index: int) -> QSize:
        """Wide enough for the name, within limits."""
        words = self.fontMetrics().horizontalAdvance(self.tabText(index))
        return QSize(min(max(words + 58, _LEAST), _MOST), _HEIGHT)

    def minimumTabSizeHint(self, _index: int) -> QSize:
        """Tabs get narrower before they begin to scroll."""
        return QSize(_LEAST, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self.count(), 1) * _LEAST, _HEIGHT)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        place = self.tabAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.MiddleButton and place >= 0:
            self.middle_clicked.emit(place)
            return
        super().mouseReleaseEvent(event)


class TabStrip(QWidget):
    """Follows the documents; what is clicked is done by them."""

    def __init__(self, documents: Documents, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._documents = documents
        self._theme = theme
        self._shown: list[Document] = []
        self._is_filling = False
        self.more = QToolButton()
        self.more.setProperty("role", "quiet")
        self.more.setFixedSize(28, 28)
        self.more.setToolTip(tr("Another design (Ctrl+T)"))
        self.more.setAccessibleName(tr("Another design"))
        self.bar = Tabs()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.bar)
        row.addWidget(self.more)
        row.addStretch(1)
        self.more.clicked.connect(documents.go_home)
        self.bar.currentChanged.connect(self._chosen)
        self.bar.tabBarClicked.connect(self._chosen)
        self.bar.tabMoved.connect(self._moved)
        self.bar.middle_clicked.connect(self._close_at)
        documents.tabs_changed.connect(self.refresh)
        self.set_theme(theme)
        self.refresh()

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = theme
        self.more.setIcon(icon("plus", theme.muted, 16))
        for place in range(self.bar.count()):
            mark = self.bar.tabButton(place, QTabBar.ButtonPosition.RightSide)
            if isinstance(mark, CloseMark):
                mark.theme = theme
        self.bar.update()

    def refresh(self) -> None:
        """Show the documents as they stand."""
        documents = self._documents
        self._is_filling = True
        if self._shown != documents.tabs:
            while self.bar.count():
                self.bar.removeTab(0)
            self._shown = list(documents.tabs)
            for document in self._shown:
                place = self.bar.addTab("")
                mark = CloseMark(self._theme)
                mark.clicked.connect(partial(self._close, document))
                self.bar.setTabButton(place, QTabBar.ButtonPosition.RightSide, mark)
        for place, document in enumerate(self._shown):
            unsaved = tr(", unsaved changes") if document.is_dirty else ""
            self.bar.setTabText(place, document.title.replace("&", "&&"))
            self.bar.setAccessibleTabName(place, f"{document.title}{unsaved}")
            where = str(document.file or tr("Not saved in a file yet"))
            held = (
                tr("\nOpen in another window (process {locked_by})", locked_by=document.locked_by)
                if document.locked_by
                else ""
            )
            self.bar.setTabToolTip(place, f"{where}{held}{unsaved.replace(', ', chr(10))}")
            button: QWidget | None = self.bar.tabButton(place, QTabBar.ButtonPosition.RightSide)
            if isinstance(button, CloseMark):
                button.is_dirty = document.is_dirty
                button.setAccessibleName(tr("Close {title}", title=document.title))
                button.update()
        at_home = documents.current is None
        self.bar.setProperty("resting", at_home)
        if not at_home and documents.current in self._shown:
            self.bar.setCurrentIndex(self._shown.index(documents.current))
        self.bar.style().unpolish(self.bar)
        self.bar.style().polish(self.bar)
        self._is_filling = False

    def _chosen(self, place: int) -> None:
        if not self._is_filling and 0 <= place < len(self._shown):
            self._documents.activate(self._shown[place])

    def _moved(self, start: int, end: int) -> None:
        self._shown.insert(end, self._shown.pop(start))
        self._documents.move(start, end)

    def _close(self, document: Document, _checked: bool = False) -> None:
        self._documents.close(document)

    def _close_at(self, place: int) -> None:
        self._documents.close(self._shown[place])
