"""What was open when the window was left: files, designs nobody has edited yet, zoom, selection. A damaged memory never keeps it from starting."""

from __future__ import annotations

import contextlib
import json
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.documents.document import Document, Viewpoint
from app.language import tr
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph import files
from hybridgraph.graph.model import Path as NodePath
from hybridgraph.runs import lock
from hybridgraph.storage import sweep, write_atomic

STATE_FILE = "open.json"
_VERSION = 1
_MOST_TABS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One tab: its file, or the text and the title of a design without one; how the canvas stood, what was selected."""

    file: Path | None = None
    design: str = ""
    title: str = ""
    viewpoint: Viewpoint | None = None
    selection: frozenset[NodePath] = frozenset()


class Workspace:
    """The memory in one folder. The first program that takes it keeps it; others leave it alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._hold = contextlib.ExitStack()
        self.is_ours = False

    def take(self) -> bool:
        """Become the one that remembers; False when another program is, or the folder cannot be written."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if lock.holder(self.folder) is None:
                self._hold.enter_context(lock.hold(self.folder))
                self.is_ours = True
                sweep(self.folder)
        except (OSError, HybridGraphError):
            self.is_ours = False
        return self.is_ours

    def leave(self) -> None:
        """Let another program have it."""
        self._hold.close()
        self.is_ours = False

    def read(self) -> tuple[list[Place], int, str]:
        """The tabs, which one was in front (-1: none), and a sentence when the memory was damaged and put aside."""
        path = self.folder / STATE_FILE
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return [], -1, ""
        except (OSError, UnicodeDecodeError):
            return [], -1, self._put_aside(path)
        try:
            data = json.loads(text)
            if data["version"] > _VERSION:
                return [], -1, ""  # of a newer program, which may still want it
            places = [_place(row) for row in data["tabs"][:_MOST_TABS]]
            front = int(data["front"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
            return [], -1, self._put_aside(path)
        return places, front if -1 <= front < len(places) else -1, ""

    def write(self, documents: Sequence[Document], front: Document | None) -> None:
        """Remember these tabs. Raises DocumentError."""
        if not self.is_ours:
            return
        found = [(document, row) for document in documents if (row := _row(document)) is not None]
        kept, rows = [document for document, _ in found], [row for _, row in found]
        place = kept.index(front) if front in kept else len(kept) - 1 if front is not None else -1
        data = {"version": _VERSION, "front": place, "tabs": rows}
        write_atomic(self.folder / STATE_FILE, json.dumps(data, indent=1))

    def _put_aside(self, path: Path) -> str:
        target = path.with_name(f"{path.name}.damaged-{int(time.time())}")
        with contextlib.suppress(OSError):  # it is written anew in any case
            path.replace(target)
        return tr("What was open last cannot be read; the damaged memory is kept as {target}.", target=target)


def _place(row: dict[str, Any]) -> Place:
    view = row.get("view")
    if view is not None:
        zoom, x, y = (float(number) for number in view)
        if not all(map(math.isfinite, (zoom, x, y))):
            raise ValueError("no such place")
        view = Viewpoint(zoom=zoom, x=x, y=y)
    selection = frozenset(tuple(str(name) for name in path) for path in row.get("selection", []) if path)
    if "design" in row:
        return Place(design=str(row["design"]), title=str(row["title"]), viewpoint=view, selection=selection)
    return Place(file=Path(row["file"]), viewpoint=view, selection=selection)


def _row(document: Document) -> dict[str, Any] | None:
    """One tab as plain data; None for a design with unsaved edits and no file, which its recovery copy brings back."""
    if document.file is not None:
        about = {"file": str(document.file.absolute())}
    elif document.is_untouched:
        about = {"design": document.kept or files.dumps(document.graph), "title": document.title}
    else:
        return None
    view = document.viewpoint
    return {
        **about,
        "view": [view.zoom, view.x, view.y] if view else None,
        "selection": sorted(list(path) for path in document.selection),
    }
