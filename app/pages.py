"""The middle of the window: the start page or the canvas, with a quiet bar above for what waits for an answer."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.canvas.view import CanvasView
from app.docks import Docks
from app.documents.desk import Documents
from app.documents.document import Document, Viewpoint
from app.noticebar import NoticeBar
from app.start.startpage import StartPage
from app.theme import Theme


class Pages(QWidget):
    """Follows the documents: which page is shown, and how the canvas stood when a document was left."""

    def __init__(self, documents: Documents, canvas: CanvasView, docks: Docks, theme: Theme) -> None:
        super().__init__()
        self._documents = documents
        self._canvas = canvas
        self._docks = docks
        self.notices = NoticeBar(theme)
        self.start = StartPage(documents, canvas.session, theme)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.start)
        self.stack.addWidget(canvas)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notices)
        column.addWidget(self.stack, 1)
        self._framing = QTimer(self, singleShot=True, interval=0)
        self._framing.timeout.connect(self._frame)
        documents.view_wanted.connect(self._note_view)
        documents.entered.connect(self.show_page)

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours; the canvas is told by the window."""
        self.notices.set_theme(theme)
        self.start.set_theme(theme)

    def show_page(self, document: Document | None) -> None:
        """Show the canvas for a document, as it was left or framed, or else the start page."""
        self._canvas.cancel_gesture()
        if document is None:
            self.stack.setCurrentWidget(self.start)
            self._docks.rest()
            return
        self.stack.setCurrentWidget(self._canvas)
        self._canvas.setFocus()
        self._frame()
        if self._docks.return_():
            self._framing.start()  # again when the docks have taken their room

    def await_design(self) -> None:
        """A design is on its way: no offer to begin meanwhile."""
        self.stack.setCurrentWidget(self._canvas)
        self._docks.return_()
        self._canvas.doors.hide()

    def _frame(self) -> None:
        document = self._documents.current
        if document is None:
            return
        if document.viewpoint is None:
            self._canvas.frame_all()
        else:
            view = document.viewpoint
            self._canvas.zoom_to(view.zoom)
            self._canvas.centerOn(view.x, view.y)

    def _note_view(self, document: Document) -> None:
        if self._framing.isActive() or self.stack.currentWidget() is not self._canvas:
            return
        middle = self._canvas.seen().center()
        document.viewpoint = Viewpoint(zoom=self._canvas.zoom, x=middle.x(), y=middle.y())
