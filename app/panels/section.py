"""What a page is made of: sections that fold, and rich text that is as tall as it is."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QDesktopServices, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QToolButton, QVBoxLayout, QWidget

from app.icons import icon
from app.theme import Theme

_FOLD = """
QToolButton {{ background: transparent; border: none; border-bottom: 1px solid transparent; border-radius: 0;
    color: {muted}; font-size: 11px; font-weight: 600; padding: 4px 0 3px 0; text-align: left; }}
QToolButton:hover {{ color: {text}; }}
QToolButton:focus {{ border-bottom-color: {accent}; }}
"""


class Text(QTextBrowser):
    """Rich text as tall as it is, whose links open in the browser, also by Tab and Enter.

    A label would lay a long page out anew for each question about its size; this does so once for each width.
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown = ""
        self.setStyleSheet(
            "QTextBrowser { background: transparent; border: none; padding: 0; }"
            "QTextBrowser:focus { background: palette(alternate-base); }"
        )
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.document().setDocumentMargin(0)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(40)
        self.setOpenLinks(False)
        self.anchorClicked.connect(QDesktopServices.openUrl)

    def text(self) -> str:
        """The text as it was given."""
        return self._shown

    def show_text(self, text: str) -> None:
        """Show a text, if it is another one; one with links can be reached by Tab."""
        if text != self._shown:
            self._shown = text
            self.setHtml(text)
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if "<a " in text else Qt.FocusPolicy.ClickFocus)
            self._fit()
        self.setVisible(bool(text))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the panel around it scrolls

    def _fit(self) -> None:
        height = ceil(self.document().size().height())
        if height != self.height():
            self.setFixedHeight(height)


class Section(QWidget):
    """A heading that folds what is below it."""

    def __init__(self, title: str, theme: Theme, *, is_open: bool = True) -> None:
        super().__init__()
        self.head = QToolButton()
        self.head.setText(title.upper())
        self.head.setAccessibleName(title)
        self.head.setCheckable(True)
        self.head.setChecked(is_open)
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.head.toggled.connect(self._fold)
        self._content = QWidget()
        self.layout_inside = QVBoxLayout(self._content)
        self.layout_inside.setContentsMargins(0, 2, 0, 8)
        self.layout_inside.setSpacing(6)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self._content)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.head.setStyleSheet(_FOLD.format(muted=theme.muted, text=theme.text, accent=theme.accent))
        self.head.setIconSize(QSize(12, 12))
        self._fold(self.head.isChecked())

    def add(self, widget: QWidget) -> None:
        """Put a widget under the heading."""
        self.layout_inside.addWidget(widget)

    def retitle(self, title: str) -> None:
        """Give the section another title."""
        self.head.setText(title.upper())
        self.head.setAccessibleName(title)

    def _fold(self, is_open: bool) -> None:
        self._content.setVisible(is_open)
        self.head.setIcon(icon("chevron-down" if is_open else "chevron-right", self._theme.muted, 12))
