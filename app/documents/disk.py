"""What a design file looked like when the document last agreed with it, and who is told when that changes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from hybridgraph.graph.files import MAX_BYTES

_SETTLE_MS = 150
"""Another program may write in several steps; its file is looked at when it has been quiet for so long."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Time, size and SHA-256 of a file; of a file that is not there, or cannot be read, all empty."""

    mtime_ns: int = 0
    size: int = -1
    sha256: str = ""

    @classmethod
    def of(cls, path: Path) -> Stamp:
        """The stamp of a file as it is now."""
        try:
            status = path.stat()
            data = path.read_bytes() if status.st_size <= MAX_BYTES else b""
        except OSError:
            return cls()
        return cls(status.st_mtime_ns, status.st_size, hashlib.sha256(data).hexdigest())

    @property
    def is_there(self) -> bool:
        """Whether there is a file."""
        return self.size >= 0

    def holds(self, path: Path) -> bool:
        """Whether the file still holds the same bytes; they are read only when time or size differ."""
        try:
            status = path.stat()
        except OSError:
            return not self.is_there
        if (status.st_mtime_ns, status.st_size) == (self.mtime_ns, self.size):
            return True
        return Stamp.of(path).sha256 == self.sha256


def text_of(path: Path, stamp: Stamp) -> str | None:
    """The text of a file, if it is still what the stamp says."""
    try:
        data = path.read_bytes()
        return data.decode("utf-8-sig") if hashlib.sha256(data).hexdigest() == stamp.sha256 else None
    except (OSError, UnicodeDecodeError):
        return None


class Watch(QObject):
    """Watches the files of the open documents, and their folders: a file that is replaced is another file."""

    stirred = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._watcher: QFileSystemWatcher | None = None
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self.stirred)

    def follow(self, paths: set[Path]) -> None:
        """Watch these files and no others."""
        wanted = {str(place) for path in paths for place in (path, path.parent) if place.exists()}
        if self._watcher is None:
            if not wanted:
                return
            self._watcher = QFileSystemWatcher(self)
            self._watcher.fileChanged.connect(self._stir)
            self._watcher.directoryChanged.connect(self._stir)
        watched = {*self._watcher.files(), *self._watcher.directories()}
        if gone := watched - wanted:
            self._watcher.removePaths(list(gone))
        if fresh := wanted - watched:
            self._watcher.addPaths(list(fresh))

    def _stir(self, _path: str) -> None:
        self._settle.start()
