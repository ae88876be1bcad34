"""What a person should know before training, sentence by sentence, with the way to where more is told."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.icons import icon
from app.language import tr
from app.theme import Theme

_GRAVE = ("leak", "contradiction", "unreadable")


class Verdicts(QWidget):
    """A card for each sentence."""

    chosen = Signal(str)  # the topic that a person wants to see more of

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self.sentences: list[str] = []
        self.buttons: list[QPushButton] = []

    def show_waiting(self) -> None:
        """Nothing is known yet."""
        self._empty()
        self._add(
            tr("What is odd, there twice or in both parts follows when the pictures have been looked at."),
            "info",
        )

    def show_fault(self, sentence: str) -> None:
        """Say why nothing will be known."""
        self._empty()
        self._add(sentence, "error")

    def show_findings(self, findings: Sequence[tuple[str, str]]) -> None:
        """Show topics and sentences, or that there are none."""
        self._empty()
        for topic, sentence in findings:
            self._add(sentence, "warning" if topic in _GRAVE else "note", topic if topic != "classes" else "")
        if not findings:
            self._add(tr("Nothing odd was found."), "good")

    def _add(self, sentence: str, kind: str, topic: str = "") -> None:
        self.sentences.append(sentence)
        card = QFrame()
        card.setProperty("role", "card")
        row = QHBoxLayout(card)
        row.setContentsMargins(10, 8, 10, 8)
        row.setSpacing(8)
        theme = self._theme
        sign, colour = {
            "warning": ("triangle-alert", theme.warning),
            "error": ("circle-alert", theme.error),
            "good": ("check", theme.head),
        }.get(kind, ("info", theme.accent))
        glyph = QLabel()
        glyph.setPixmap(icon(sign, colour, 14).pixmap(14, 14))
        row.addWidget(glyph, 0, Qt.AlignmentFlag.AlignTop)
        text = QLabel(sentence)
        text.setWordWrap(True)
        text.setMinimumWidth(100)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row.addWidget(text, 1)
        if topic:
            button = QPushButton(tr("Show"))
            button.setAccessibleName(tr("Show: {sentence}", sentence=sentence[:80]))
            button.clicked.connect(partial(self._choose, topic))
            self.buttons.append(button)
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self._column.addWidget(card)

    def _choose(self, topic: str, _checked: bool = False) -> None:
        self.chosen.emit(topic)

    def _empty(self) -> None:
        self.sentences, self.buttons = [], []
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
