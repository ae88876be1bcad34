"""The earlier versions of each design file: the last twenty that were saved here or found changed."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import zlib
from dataclasses import dataclass
from pathlib import Path

from app.language import tr
from hybridgraph.errors import DocumentError
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph
from hybridgraph.storage import write_atomic

KEPT = 20
_SUFFIX = ".json.gz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One earlier state of a file: when it was written, and its size there."""

    place: Path
    saved_at: float  # seconds since 1970
    size_bytes: int
    sha256: str  # its first twelve digits

    def graph(self) -> Graph:
        """The design of that time. Raises DocumentError."""
        try:
            data = gzip.decompress(self.place.read_bytes())
        except (OSError, EOFError, zlib.error) as error:
            raise DocumentError(
                tr("The earlier version {place} cannot be read: {error}.", place=self.place, error=error)
            ) from None
        if hashlib.sha256(data).hexdigest()[:12] != self.sha256:
            raise DocumentError(
                tr("The earlier version {place} is damaged.", place=self.place), tr("Choose another one.")
            )
        return files.parse(data, tr("the earlier version"))


def folder_of(root: Path, file: Path) -> Path:
    """Where what belongs to a file is kept: its versions and its lock."""
    name = os.path.realpath(file)
    return root / hashlib.sha256(os.fsencode(name)).hexdigest()[:16]


class Versions:
    """The versions below one folder, by the files they are of."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def keep(self, file: Path) -> None:
        """Keep the file as it is on the disk now, unless it is the youngest already. Raises DocumentError."""
        try:
            data, saved_at = file.read_bytes(), file.stat().st_mtime
        except OSError:  # nothing is there yet
            return
        if len(data) > files.MAX_BYTES:
            return
        known = self.of(file)
        name = hashlib.sha256(data).hexdigest()[:12]
        if known and known[0].sha256 == name:
            return
        folder = folder_of(self.root, file)
        stamp = max(int(saved_at * 1000), round(known[0].saved_at * 1000) + 1 if known else 0)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DocumentError(
                tr("Cannot write {folder}: {value}.", folder=folder, value=error.strerror or error)
            ) from None
        packed = gzip.compress(data, compresslevel=1, mtime=0)
        write_atomic(folder / f"{stamp:015d}-{len(data)}-{name}{_SUFFIX}", packed)
        for old in known:
            if old.sha256 == name:
                _unlink(old)
        for old in self.of(file)[KEPT:]:
            _unlink(old)

    def of(self, file: Path) -> list[Version]:
        """The versions of a file, the youngest first."""
        found = []
        for place in folder_of(self.root, file).glob(f"*{_SUFFIX}"):
            stamp, _, rest = place.name.removesuffix(_SUFFIX).partition("-")
            size, _, name = rest.partition("-")
            if stamp.isdigit() and size.isdigit():
                found.append(
                    Version(place=place, saved_at=int(stamp) / 1000, size_bytes=int(size), sha256=name)
                )
        return sorted(found, key=lambda one: one.saved_at, reverse=True)


def _unlink(version: Version) -> None:
    with contextlib.suppress(OSError):  # a version too many does no harm
        version.place.unlink()
