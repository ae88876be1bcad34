"""Recipes: how weights are fitted, as values with limits, and cards that name, explain and source them. No torch."""

from hybridgraph.recipes.cards import DEFAULT, Card, card, cards
from hybridgraph.recipes.finding import find
from hybridgraph.recipes.own import delete_card, own_cards, save_card
from hybridgraph.recipes.recipe import Recipe
from hybridgraph.recipes.schedules import highest_rate, learning_rate

__all__ = [
    "DEFAULT", "Card", "Recipe", "card", "cards", "delete_card", "find", "highest_rate", "learning_rate", "own_cards",
    "save_card",
]  # fmt: skip
