"""The weights that lie beside a design: NAME.safetensors beside NAME.hybrid.json, told without torch."""

from __future__ import annotations

import json
from pathlib import Path

_ENDINGS = (".hybrid.json", ".json")
_LENGTH = 8
"""Bytes at the start of a safetensors file that say how long its header is."""
_MAX_HEADER = 16_000_000


def weights_path(design: Path) -> Path:
    """Where the weights of a design in this file lie, if there are any."""
    bare = design.name
    for ending in _ENDINGS:
        bare = bare.removesuffix(ending)
    return design.with_name(f"{bare}.safetensors")


def weights_of(design: Path, digest: str) -> Path | None:
    """The weights beside a design, if the file says that they are those of the network with this digest."""
    path = weights_path(design)
    return path if is_of(path, digest) else None


def is_of(weights: Path, digest: str) -> bool:
    """Whether a file says that its weights are those of the network with this digest."""
    return bool(digest) and _design(weights) == digest


def _design(path: Path) -> str:
    """The digest that a file of weights names; empty where there is no such file or it names none."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(_LENGTH), "little")
            if length > _MAX_HEADER:
                return ""
            header = json.loads(file.read(length))
        return str(json.loads(header["__metadata__"]["hybridgraph"])["design"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""  # a file that cannot be read offers nothing; whoever names it is told why
