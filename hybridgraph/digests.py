"""SHA-256 of files and texts, as `sha256sum` prints it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from hybridgraph.errors import DocumentError


def digest_of(content: bytes | Path) -> str:
    """The SHA-256 of bytes, or of the file at a path. Raises DocumentError when it cannot be read."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    try:
        with content.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DocumentError(f"Cannot read {content}: {error.strerror or error}.") from error


def size_of(content: bytes | Path) -> int:
    """How many bytes these are, or the file at a path has. Raises DocumentError when it cannot be read."""
    if isinstance(content, bytes):
        return len(content)
    try:
        return content.stat().st_size
    except OSError as error:
        raise DocumentError(f"Cannot read {content}: {error.strerror or error}.") from error
