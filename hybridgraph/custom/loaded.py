"""What was loaded from block files in this process: codegen writes their text into the source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A block file as it was run: its name, the SHA-256 of its bytes, and its text."""

    file: str
    digest: str
    text: str


LOADED: dict[str, Loaded] = {}
"""By the name of the module. It contains part of the digest, so another content is another module."""
