"""A recipe that is being changed: the card it came from, its values now, and what differs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hybridgraph.errors import RunError
from hybridgraph.recipes import DEFAULT, Card, Recipe, card, find
from hybridgraph.recipes.settings import differences


class Draft:
    """Values over a card. It refuses what no recipe may hold, and then stays as it was."""

    def __init__(self, origin: Card, recipe: Recipe | None = None) -> None:
        self.card = origin
        self.recipe = replace(recipe or origin.recipe, card=origin.name)

    @classmethod
    def of(cls, recipe: Recipe) -> Draft:
        """The draft of a recipe that a run was trained with; a card that is gone leaves it to the default's."""
        try:
            origin = find(recipe.card or DEFAULT)
        except RunError:
            origin = card(DEFAULT)
        return cls(origin, recipe)

    def take(self, name: str, value: Any) -> None:
        """Give a setting another value. Raises RunError with the reason."""
        self.recipe = replace(self.recipe, **{name: value})

    def reset(self, name: str) -> None:
        """Give a setting the card's value."""
        self.recipe = replace(self.recipe, **{name: getattr(self.card.recipe, name)})

    def reset_all(self) -> None:
        """Give every setting the card's value."""
        self.recipe = replace(self.card.recipe, card=self.card.name)

    @property
    def changes(self) -> dict[str, tuple[Any, Any]]:
        """The settings that differ from the card: its value, and the one now."""
        return differences(self.card.recipe, self.recipe)
