"""Recipes: how weights are fitted, as values with limits, and cards that name, explain and source them. No torch."""

from hybridgraph.recipes.cards import DEFAULT, Card, card, cards, find
from hybridgraph.recipes.recipe import Recipe
from hybridgraph.recipes.schedules import highest_rate, learning_rate

__all__ = ["DEFAULT", "Card", "Recipe", "card", "cards", "find", "highest_rate", "learning_rate"]
