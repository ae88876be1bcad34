"""The recipe in the training form: its name, how much of it was changed, and its rate in small. A press opens it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.labels import ElidedLabel
from app.language import counted, told, tr
from app.recipes.curve import RateCurve
from app.recipes.draft import Draft
from app.recipes.words import title
from app.theme import Theme
from hybridgraph.recipes import Recipe
from hybridgraph.recipes.settings import chips, shown


class RecipeField(QPushButton):
    """A button with the card's title and the curve."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = ElidedLabel()
        self._title.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.curve = RateCurve(theme, is_small=True)
        self.curve.setFixedWidth(64)
        row = QHBoxLayout(self)
        row.setContentsMargins(9, 2, 6, 2)
        row.setSpacing(6)
        row.addWidget(self._title, 1)
        row.addWidget(self.curve)
        self.setFixedHeight(28)

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self.curve.set_theme(theme)

    def show_recipe(self, recipe: Recipe, epochs: int, batch: int) -> None:
        """Show a recipe, and its rate in a training of so many epochs and pictures in a step."""
        draft = Draft.of(recipe)
        changes = draft.changes
        name = told(draft.card.title)
        told_changes = counted("{number} changed", "{number} changed", len(changes)) if changes else ""
        self._title.setText(f"{name} · {told_changes}" if changes else name)
        lines = [told(draft.card.purpose), " · ".join(chips(recipe))]
        lines += [
            f"{title(key)}: {shown(before)} → {shown(after)}" for key, (before, after) in changes.items()
        ]
        self.setToolTip("\n".join((tr("How to train. Click to choose and change it."), *lines)))
        self.setAccessibleName(tr("Recipe: {name}", name=self._title.text()))
        self.curve.show_recipe(recipe, epochs, batch)
