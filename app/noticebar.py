"""A quiet bar over the canvas: one sentence that waits for an answer, and the buttons that give it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from app.icons import icon
from app.language import tr
from app.theme import Theme

_GLYPHS = {"error": "circle-alert", "warning": "triangle-alert", "info": "info"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A sentence and what can be done about it. The first action is the one most people want."""

    severity: str  # "error", "warning" or "info"
    text: str
    actions: tuple[tuple[str, Callable[[], object]], ...]


class NoticeBar(QFrame):
    """Shows the newest of the notices that stand open; each has a key by which it is replaced or withdrawn."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("noticebar")
        self.setAccessibleName(tr("Notice"))
        self._theme = theme
        self._notices: dict[str, Notice] = {}
        self.buttons: list[QPushButton] = []
        self._glyph = QLabel()
        self.label = QLabel()
        self.label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.label.setWordWrap(True)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(16, 7, 10, 7)
        self._row.setSpacing(8)
        self._row.addWidget(self._glyph)
        self._row.addWidget(self.label, 1)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = theme
        self._show()

    def offer(self, key: str, notice: Notice) -> None:
        """Show a notice, in place of the one with its key."""
        former = self._notices.get(key)
        if former is not None and (former.severity, former.text) == (notice.severity, notice.text):
            return
        self._notices.pop(key, None)
        self._notices[key] = notice
        self._show()

    def withdraw(self, key: str) -> None:
        """Take a notice away."""
        if self._notices.pop(key, None) is not None:
            self._show()

    def _show(self) -> None:
        for button in self.buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = []
        self.setVisible(bool(self._notices))
        if not self._notices:
            return
        key, notice = list(self._notices.items())[-1]
        glyph = icon(_GLYPHS[notice.severity], self._theme.severity(notice.severity), 16)
        self._glyph.setPixmap(glyph.pixmap(16, 16))
        self.label.setText(notice.text)
        for place, (words, run) in enumerate(notice.actions):
            button = QPushButton(words)
            button.setProperty("role", "primary" if place == 0 else "quiet")
            button.clicked.connect(partial(self._take, key, notice, run))
            self._row.addWidget(button)
            self.buttons.append(button)

    def _take(self, key: str, notice: Notice, run: Callable[[], object], _checked: bool = False) -> None:
        self.withdraw(key)
        if run() is False:  # it did not come to that: the question stands
            self.offer(key, notice)
