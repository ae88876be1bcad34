"""To which contents of block files a person has agreed, by their SHA-256: beside the settings, never in a design."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from hybridgraph.errors import DocumentError
from hybridgraph.storage import write_atomic

PLACE = "HYBRIDGRAPH_AGREEMENTS"
"""Environment variable that names another file to keep them in."""


def place() -> Path:
    """The file in which they are kept."""
    named = os.environ.get(PLACE)
    if named:
        return Path(named)
    return platformdirs.user_config_path("HybridGraph", appauthor=False) / "agreed_blocks.json"


def read() -> dict[str, str]:
    """The name of the file for each digest that was agreed to. What cannot be read was not agreed to."""
    try:
        kept = json.loads(place().read_text(encoding="utf-8"))["agreed"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    if not isinstance(kept, dict):
        return {}
    return {digest: name for digest, name in kept.items() if isinstance(name, str)}


def agree(name: str, digest: str) -> None:
    """Remember that a file of that name may run with that content, and with no earlier one. Raises DocumentError."""
    _write({**{known: of for known, of in read().items() if of != name}, digest: name})


def forget(name: str) -> bool:
    """Take back what was agreed to for a file; False when nothing was. Raises DocumentError."""
    kept = read()
    left = {digest: of for digest, of in kept.items() if of != name}
    if left != kept:
        _write(left)
    return left != kept


def _write(kept: Mapping[str, str]) -> None:
    target = place()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DocumentError(
            f"{target.parent} cannot be made ({error.strerror}).", "Free that place, or name another one."
        ) from None
    write_atomic(target, json.dumps({"agreed": dict(kept)}, indent=1, ensure_ascii=False) + "\n")
