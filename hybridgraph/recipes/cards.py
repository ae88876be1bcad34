"""Cards: recipes with a name, a source and what they are for, one TOML file each; a person's own file reads alike."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from hybridgraph.errors import RunError
from hybridgraph.recipes.recipe import Recipe, from_content, refuse_unknown

DEFAULT = "small-data"
"""The card of whoever names none."""

_FOLDER = Path(__file__).parent / "cards"
_FIRST = ("small-data", "standard", "plain", "fine-tune")
_MAX_BYTES = 100_000
_KEYS = frozenset(("title", "purpose", "paper", "section", "notes", "epochs", "batch", "settings"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A recipe with what a person must know of it.

    `paper` and `section` say where it comes from (empty: our own), `notes` where it differs. `epochs` and `batch`
    are those of the source, 0 where it names none.
    """

    name: str
    title: str
    purpose: str
    recipe: Recipe
    paper: str = ""
    section: str = ""
    notes: tuple[str, ...] = ()
    epochs: int = 0
    batch: int = 0


@cache
def cards() -> Mapping[str, Card]:
    """The bundled cards by name, ours first."""
    found = {path.stem: _read(path, path.read_bytes()) for path in sorted(_FOLDER.glob("*.toml"))}
    return {name: found[name] for name in (*_FIRST, *(name for name in found if name not in _FIRST))}


def card(name: str) -> Card:
    """The bundled card of that name; raises RunError with the known names."""
    known = cards()
    if name not in known:
        raise unknown(name, known)
    return known[name]


def unknown(name: str, known: Iterable[str]) -> RunError:
    """The error for a name that no card has."""
    names = list(known)
    close = get_close_matches(name, names, 1)
    hint = f"Did you mean {close[0]}? " if close else ""
    return RunError(f"There is no recipe {name!r}.", f"{hint}Known recipes: {', '.join(names)}.")


def read_card(path: Path) -> Card:
    """The card in a TOML file. Raises RunError with one sentence for everything that can be wrong with it."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise RunError(f"Cannot read the recipe {path}: {error.strerror or error}.") from error
    if len(data) > _MAX_BYTES:
        raise RunError(f"The recipe {path} is larger than {_MAX_BYTES:,} bytes, so it is no recipe.")
    return _read(path, data)


def _read(path: Path, data: bytes) -> Card:
    try:
        content: dict[str, Any] = tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise RunError(f"The recipe {path} is not valid TOML: {error}.") from error
    settings = content.get("settings", {})
    unknown = sorted(content.keys() - _KEYS)
    if unknown or not isinstance(settings, dict):
        wrong = unknown[0] if unknown else "settings"
        raise RunError(
            f"The recipe {path} has a {wrong!r} that is not understood.",
            f"It may have {', '.join(sorted(_KEYS))}; the settings stand below [settings].",
        )
    for key, kind in (("notes", list), ("epochs", int), ("batch", int)):
        if not isinstance(content.get(key, kind()), kind):
            raise RunError(f"The recipe {path} has {key} of another kind than {kind.__name__}.")
    refuse_unknown(settings, f"The recipe {path}")
    try:
        recipe = replace(from_content(settings), card=path.stem)
    except RunError as error:
        raise RunError(f"In {path}: {error.message}", error.hint) from error
    texts = {key: str(content.get(key, "")) for key in ("title", "purpose", "paper", "section")}
    return Card(
        name=path.stem,
        recipe=recipe,
        notes=tuple(map(str, content.get("notes", ()))),
        epochs=content.get("epochs", 0),
        batch=content.get("batch", 0),
        **texts,
    )
