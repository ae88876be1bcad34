"""A field with room for the sentence that says why its text is refused."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.panels.editors import Field, TextField


class Complaint(QWidget):
    """A field with the sentence under it that says why its text is refused."""

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.field = field
        self._sentence = QLabel()
        self._sentence.setProperty("role", "error")
        self._sentence.setWordWrap(True)
        self._sentence.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(field)
        layout.addWidget(self._sentence)
        if isinstance(field, TextField):
            field.refused.connect(self._show)

    def _show(self, sentence: str) -> None:
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn:
            self.field.setFocus()
        return super().event(event)
