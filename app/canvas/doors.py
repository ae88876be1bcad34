"""What an empty canvas offers: four doors into a design."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.language import mark, tr
from app.theme import Theme

DOORS = (
    ("blank", mark("Blank design"), mark("An image, a classifier and room between")),
    ("preset", mark("Preset on my images"), mark("A published network for a folder of pictures")),
    ("import", mark("Open a design"), mark("A *.hybrid.json file")),
    ("tour", mark("Take the tour"), mark("Two minutes: draw, train, export")),
)


class Doors(QWidget):
    """Four large buttons in the middle of the canvas; shown while the graph has no nodes."""

    opened = Signal(str)  # "blank", "preset", "import" or "tour"

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._heading = QLabel(tr("Where do you want to begin?"))
        self._heading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint = QLabel(tr("Or press Space and type the name of a block."))
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        grid = QGridLayout()
        grid.setSpacing(12)
        self.buttons: dict[str, QPushButton] = {}
        for index, (name, english, below) in enumerate(DOORS):
            title, text = tr(english), tr(below)
            button = QPushButton()
            button.setObjectName(name)
            button.setAccessibleName(f"{title}: {text}")
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            inner = QVBoxLayout(button)
            inner.setContentsMargins(16, 12, 16, 12)
            inner.setSpacing(2)
            for words, role in ((title, "door"), (text, "muted")):
                label = QLabel(words)
                label.setProperty("role", role)
                label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
                inner.addWidget(label)
            button.setFixedSize(304, 68)
            button.clicked.connect(self._on_clicked)
            self.buttons[name] = button
            grid.addWidget(button, index // 2, index % 2)
        column = QVBoxLayout(self)
        column.setSpacing(18)
        column.addWidget(self._heading)
        column.addLayout(grid)
        column.addWidget(self._hint)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self.setStyleSheet(
            f"QPushButton {{ background: {theme.raised}; border: 1px solid {theme.line}; border-radius: 12px; }}"
            f"QPushButton:hover {{ border-color: {theme.faint}; background: {theme.hover}; }}"
            f"QPushButton:focus {{ border-color: {theme.accent}; }}"
            f"QLabel {{ color: {theme.text}; background: transparent; font-size: 15px; font-weight: 600; }}"
            f'QLabel[role="door"] {{ font-size: 13px; }}'
            f'QLabel[role="muted"] {{ color: {theme.muted}; font-size: 11px; font-weight: 400; }}'
        )
        self._hint.setStyleSheet(f"color: {theme.muted}; font-size: 12px; font-weight: 400;")

    def _on_clicked(self) -> None:
        self.opened.emit(self.sender().objectName())
