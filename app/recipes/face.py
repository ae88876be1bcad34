"""What the dialog of recipes looks like: cards on the left, settings in the middle, curve and changes on the right."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.language import told, tr
from app.panels.section import Text
from app.recipes.cardlist import CardList
from app.recipes.curve import RateCurve
from app.recipes.rows import SettingRow
from app.theme import Theme
from hybridgraph.recipes.settings import SECTIONS, settings


class RecipeFace(QDialog):
    """The widgets; it decides nothing."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Recipe"))
        self.resize(1310, 800)
        self.theme = theme
        self.cards = CardList(theme)
        self.cards.setFixedWidth(292)
        self.title, self.purpose = QLabel(), QLabel()
        self.title.setProperty("role", "headline")
        self.purpose.setWordWrap(True)
        self.about = Text()
        self.about.setAccessibleName(tr("About the recipe"))
        self.rows: dict[str, SettingRow] = {}
        self.curve = RateCurve(theme)
        self.curve.setMinimumHeight(190)
        self.pace = QLabel()
        self.pace.setProperty("role", "muted")
        self.pace.setWordWrap(True)
        self.changes = Text()
        self.changes.setAccessibleName(tr("What is changed of it"))
        self.changes.setOpenLinks(False)
        self.reset_all = QPushButton(tr("Back to the card"))
        self.name, self.meant = QLineEdit(), QLineEdit()
        self.name.setPlaceholderText(tr("Name of your recipe"))
        self.meant.setPlaceholderText(tr("What it is for"))
        for field in (self.name, self.meant):
            field.setAccessibleName(field.placeholderText())
        self.save, self.remove = QPushButton(tr("Save as mine")), QPushButton(tr("Remove"))
        self.complaint = QLabel()
        self.complaint.setProperty("role", "error")
        self.complaint.setWordWrap(True)
        self.complaint.hide()
        self.cancel, self.use = QPushButton(tr("Cancel")), QPushButton(tr("Train with it"))
        self.use.setProperty("role", "primary")
        for button in (self.reset_all, self.save, self.remove, self.cancel):
            button.setAutoDefault(False)
        self.use.setDefault(True)
        self._lay_out()

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 14, 16, 14)
        layout.setSpacing(16)
        layout.addWidget(self.cards)
        layout.addLayout(self._middle(), 1)
        layout.addLayout(self._side())

    def _middle(self) -> QVBoxLayout:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 10, 0)
        column.setSpacing(8)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(5)
        known = {setting.name: setting for setting in settings()}
        row = 0
        for heading, names in SECTIONS.items():
            label = QLabel(told(heading).upper())
            label.setProperty("role", "heading")
            label.setContentsMargins(0, 10, 0, 2)
            grid.addWidget(label, row, 0, 1, 8)
            row += 1
            half = -(-len(names) // 2)
            for place, name in enumerate(names):
                at, side = row + place % half, 4 * (place // half)
                self.rows[name] = SettingRow(known[name], self.theme, grid, at, side)
            row += half
        for side in (0, 4):
            grid.setColumnStretch(side + 1, 1)
            grid.setColumnMinimumWidth(side + 3, 48)
        column.addLayout(grid)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows the field that has the focus
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        whole = QVBoxLayout()
        whole.setSpacing(4)
        for widget in (self.title, self.purpose, self.about):
            whole.addWidget(widget)
        whole.addWidget(scroll, 1)
        return whole

    def _side(self) -> QVBoxLayout:
        card = QFrame()
        card.setProperty("role", "card")
        inside = QVBoxLayout(card)
        heading = QLabel(tr("Learning rate over the epochs"))
        heading.setProperty("role", "card-title")
        inside.addWidget(heading)
        inside.addWidget(self.curve)
        inside.addWidget(self.pace)
        card.setFixedWidth(322)
        changed = QLabel(tr("CHANGED"))
        changed.setProperty("role", "heading")
        scroll = QScrollArea()
        holder = QWidget()
        listed = QVBoxLayout(holder)
        listed.setContentsMargins(0, 0, 0, 0)
        listed.addWidget(self.changes)
        listed.addStretch(1)
        scroll.setWidget(holder)
        scroll.setWidgetResizable(True)
        scroll.setAccessibleName(changed.text().capitalize())
        kept = QHBoxLayout()
        kept.addWidget(self.save, 1)
        kept.addWidget(self.remove)
        buttons = QHBoxLayout()
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.use, 1)
        side = QVBoxLayout()
        side.setSpacing(8)
        side.addWidget(card)
        top = QHBoxLayout()
        top.addWidget(changed, 1)
        top.addWidget(self.reset_all)
        side.addLayout(top)
        side.addWidget(scroll, 1)
        side.addWidget(self.name)
        side.addWidget(self.meant)
        side.addLayout(kept)
        side.addWidget(self.complaint)
        side.addSpacing(6)
        side.addLayout(buttons)
        return side
