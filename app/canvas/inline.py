"""Typing on the canvas: a name or a repeat count, in a field laid over the card."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QIntValidator, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.theme import Theme


class InlineField(QLineEdit):
    """A field that lives for one answer: Enter or a click elsewhere takes it, Escape drops it."""

    def __init__(
        self, text: str, place: QRect, theme: Theme, parent: QWidget, take: Callable[[str], object]
    ) -> None:
        super().__init__(text, parent)
        self._take: Callable[[str], object] | None = take
        self._first = text
        self._home = parent
        size = max(min(place.height() // 2, 15), 11)
        self.setStyleSheet(
            f"QLineEdit {{ background: {theme.field}; color: {theme.text}; border: 1px solid {theme.accent};"
            f" border-radius: 6px; padding: 1px 6px; font-size: {size}px; }}"
        )
        self.setGeometry(place)
        self.editingFinished.connect(self._on_finished)
        self.selectAll()
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def limit(self, low: int, high: int) -> None:
        """Take whole numbers only."""
        self.setValidator(QIntValidator(low, high, self))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._close(take=False)
        else:
            super().keyPressEvent(event)
        event.accept()  # or Enter would mean something to the canvas as well

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # while somebody types, letters are letters
            return True
        return super().event(event)

    def _on_finished(self) -> None:
        self._close(take=True)

    def _close(self, *, take: bool) -> None:
        answer, self._take = self._take, None  # closing moves the focus, which finishes the editing again
        if answer is None:
            return
        if take and self.text() != self._first:
            answer(self.text())
        self.hide()
        self._home.setFocus()
        self.deleteLater()
