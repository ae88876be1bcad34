"""What only people know of a model: the part of its card that they write themselves.

A model card tells readers what a trained model is for, how it was evaluated and where it should not be used.
Source: M. Mitchell et al., Model Cards for Model Reporting, FAT* 2019, section 4, whose headings the fields follow.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType

from hybridgraph.errors import DocumentError
from hybridgraph.storage import write_atomic

_MAX_BYTES = 1_000_000

FIELDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "authors": ("Authors", "Who made the model, and when."),
        "contact": ("Contact", "Where questions and complaints go."),
        "licence": ("Licence", "Under which terms the weights may be used."),
        "citation": ("Citation", "How to cite it."),
        "intended_use": ("Intended use", "What it was made for."),
        "intended_users": ("Intended users", "Who is to use it."),
        "out_of_scope": ("Out of scope", "What it must not be used for."),
        "factors": ("Factors", "Groups, instruments or surroundings over which its quality may differ."),
        "metrics": ("Metrics", "Why these measures, and which decision threshold."),
        "training_data": ("Training data", "Where the pictures come from, and under which terms."),
        "evaluation_data": ("Evaluation data", "Why these pictures tell how good it is."),
        "ethics": (
            "Ethical considerations",
            "People and decisions it touches, and what was done about that.",
        ),
        "caveats": ("Caveats and recommendations", "What else one should know before using it."),
    }
)
"""The fields of a card: their headings and what belongs there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What was filled in, by the names of `FIELDS`; `text` is a card that was written freely."""

    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    text: str = ""


def load_card(path: Path) -> Card:
    """Read a card: a TOML file with the names of `FIELDS`, or any other text as it is. Raises DocumentError."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise DocumentError(
            f"The card {path} cannot be read: {(error.strerror or str(error)).lower()}."
        ) from error
    if len(data) > _MAX_BYTES:
        raise DocumentError(f"The card {path} is larger than {_MAX_BYTES:,} bytes, so it is none.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"The card {path} is no text: byte {error.start} is not UTF-8.") from error
    if path.suffix.lower() != ".toml":
        return Card(text=text.strip())
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise DocumentError(f"The card {path} is no TOML: {error}.") from error
    filled = {name: _text(path, name, value) for name, value in content.items()}
    return Card(fields=MappingProxyType({name: filled[name] for name in FIELDS if filled.get(name)}))


def write_template(path: Path) -> None:
    """Write a card to fill in. Raises DocumentError, also where there is such a file already."""
    if path.exists():
        raise DocumentError(f"There is already a file {path}.", "Fill that one in, or choose another name.")
    lines = ["# A model card. What stays empty is told as not stated.", ""]
    for name, (title, doc) in FIELDS.items():
        lines += [f"# {title}. {doc}", f'{name} = ""', ""]
    write_atomic(path, "\n".join(lines))


def _text(path: Path, name: str, value: object) -> str:
    if name not in FIELDS:
        close = get_close_matches(name, FIELDS, 1)
        hint = f"Did you mean {close[0]}?" if close else f"Known are {', '.join(FIELDS)}."
        raise DocumentError(f"The card {path} has the field {name!r}, which cards do not have.", hint)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "; ".join(one.strip() for one in value)
    if not isinstance(value, str):
        raise DocumentError(f"In the card {path}, {name} is {value!r} where a text is needed.")
    return value.strip()
