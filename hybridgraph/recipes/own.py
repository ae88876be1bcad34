"""Recipes of a person's own: TOML files in their configuration folder, found by name like the bundled cards."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import platformdirs

from hybridgraph.errors import DocumentError, RunError
from hybridgraph.recipes.cards import Card, cards, read_card
from hybridgraph.recipes.recipe import Recipe
from hybridgraph.recipes.settings import differences, settings
from hybridgraph.storage import sweep, write_atomic

PLACE = "HYBRIDGRAPH_RECIPES"
"""Environment variable that names another folder."""
_NAME = re.compile(r"[\w][\w.+-]{0,63}")
_ESCAPES = {
    ord("\x7f"): "\\u007f"
}  # the one control character that JSON leaves as it is and TOML does not take


def folder() -> Path:
    """Where a person's own recipes are; it need not exist."""
    named = os.environ.get(PLACE)
    return Path(named) if named else platformdirs.user_config_path("HybridGraph", appauthor=False) / "recipes"


def own_cards() -> Mapping[str, Card | RunError]:
    """The person's recipes by name, in the order of names; a broken file stands as the sentence that says why."""
    found: dict[str, Card | RunError] = {}
    try:
        paths = sorted(path for path in folder().glob("*.toml") if not path.name.startswith("."))
    except OSError:
        return {}  # a folder that cannot be read holds none
    for path in paths:
        if path.stem not in cards():  # the bundled one of that name is meant by everyone
            try:
                found[path.stem] = read_card(path)
            except RunError as error:
                found[path.stem] = error
    return found


def derived(name: str, origin: Card, recipe: Recipe, *, title: str = "", purpose: str = "") -> Card:
    """A card of a person's own, made from another one by changing settings; it says so."""
    count = len(differences(recipe, origin.recipe))
    told = f"Made from {origin.name}; {count} setting{'' if count == 1 else 's'} changed."
    return replace(
        origin,
        name=name,
        title=title or name,
        purpose=purpose or origin.purpose,
        notes=(told, *origin.notes),
        recipe=replace(recipe, card=name),
    )


def path_of(name: str) -> Path:
    """Where the recipe of that name is, or would be. Raises RunError for a name that none can have."""
    if not _NAME.fullmatch(name) or name.endswith(".toml"):
        raise RunError(
            f"A recipe cannot be called {name!r}.",
            "Take letters, digits, dashes and dots; the first is a letter or digit.",
        )
    if name in cards():
        raise RunError(f"There is a bundled recipe called {name}.", "Choose another name.")
    return folder() / f"{name}.toml"


def save_card(card: Card) -> Path:
    """Keep a recipe under its name, in place of one of that name; whole or not at all. Raises RunError."""
    path = path_of(card.name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent)
        write_atomic(path, toml(card))
    except OSError as error:
        raise RunError(
            f"The recipe {path} cannot be saved: {error.strerror or error}.",
            f"{PLACE} names another folder.",
        ) from error
    except DocumentError as error:
        raise RunError(f"The recipe cannot be saved. {error.message}", error.hint) from error
    return path


def delete_card(name: str) -> None:
    """Remove a recipe of the person's own. Raises RunError."""
    path = path_of(name)
    try:
        path.unlink()
    except OSError as error:
        raise RunError(f"The recipe {path} cannot be removed: {error.strerror or error}.") from error


def toml(card: Card) -> str:
    """The file of a card. Every setting is written down, so that another version's defaults change nothing."""
    texts = {name: getattr(card, name) for name in ("title", "purpose", "paper", "section")}
    numbers = {name: getattr(card, name) for name in ("epochs", "batch")}
    lines = [f"{name} = {_text(text)}" for name, text in texts.items() if text]
    lines += [f"{name} = {number}" for name, number in numbers.items() if number]
    if card.notes:
        lines.append(f"notes = [{', '.join(map(_text, card.notes))}]")
    lines += ["", "[settings]"]
    lines += [f"{item.name} = {_value(getattr(card.recipe, item.name))}" for item in settings()]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(repr, value))}]"
    if isinstance(value, str):
        return _text(value)
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).translate(_ESCAPES)
