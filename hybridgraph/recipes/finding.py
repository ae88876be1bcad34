"""The recipe that somebody names: a bundled card, one of their own, or a file."""

from __future__ import annotations

from pathlib import Path

from hybridgraph.errors import RunError
from hybridgraph.recipes.cards import Card, cards, read_card, unknown
from hybridgraph.recipes.own import own_cards


def find(text: str) -> Card:
    """The card of that name, bundled or the person's own, or the one in that TOML file. Raises RunError."""
    if text.endswith(".toml"):
        return read_card(Path(text))
    known = cards()
    if text in known:
        return known[text]
    own = own_cards()
    found = own.get(text)
    if found is None:
        raise unknown(text, (*known, *own))
    if isinstance(found, RunError):
        raise found
    return found
