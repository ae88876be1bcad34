"""Which process may write a design file: the first that opened it, by a lock that ends with the process."""

from __future__ import annotations

import contextlib
from pathlib import Path

from app.documents.document import Document
from app.documents.versions import folder_of
from hybridgraph.errors import HybridGraphError
from hybridgraph.runs import lock


class Claims:
    """The locks that this window holds, one for each document with a file."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._held: dict[Document, tuple[Path, contextlib.ExitStack]] = {}

    def take(self, document: Document) -> int | None:
        """Claim the document's file; the id of the process that has it already, else None."""
        if document.file is None:
            return None
        folder = folder_of(self.root, document.file)
        if document in self._held:
            if self._held[document][0] == folder:
                return None
            self.release(document)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            holder = lock.holder(folder)
            if holder is not None:
                return holder
            hold = contextlib.ExitStack()
            hold.enter_context(lock.hold(folder))
        except (OSError, HybridGraphError):
            return None  # where nothing can be locked, the file is still watched for changes
        self._held[document] = (folder, hold)
        return None

    def holder(self, document: Document, path: Path) -> int | None:
        """The id of another process that has `path`, which is not yet the document's own, else None."""
        folder = folder_of(self.root, path)
        if document in self._held and self._held[document][0] == folder:
            return None
        return lock.holder(folder)

    def release(self, document: Document) -> None:
        """Let others write the document's file."""
        _, hold = self._held.pop(document, (None, None))
        if hold is not None:
            hold.close()
