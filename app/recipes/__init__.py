"""Recipes in the window: cards to choose from, every setting with where its value comes from, the rate as a curve."""
