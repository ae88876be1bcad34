"""The recovery copy of one document: a line for every edit, each with its checksum, in a folder of its own.

A line is `CRC32 JSON`. The first says which document it is and what it held at the beginning, each further one
where the undo stack stands after an edit, what the step is called, and the change. A line is handed to the
operating system with one write before the next edit can happen, so that a process killed at any moment loses at
most the edit it was making; the disk itself is flushed once a second, beside the window, against a power cut.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.documents.changes import changed, difference
from app.documents.disk import Stamp
from app.language import counted, tr
from hybridgraph import __version__
from hybridgraph.errors import DocumentError, HybridGraphError
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph
from hybridgraph.runs import lock

FORMAT = 1
JOURNAL_FILE = "journal.jsonl"
MOST_BYTES = 8 * 2**20
"""A longer journal begins again with the graph as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the recovered undo stack."""

    text: str
    before: Graph
    after: Graph


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What a journal kept. `graph` is where `steps` begin, `index` how many of them are done."""

    folder: Path
    title: str
    file: Path | None
    stamp: Stamp | None
    graph: Graph
    steps: tuple[Step, ...]
    index: int
    edited_at: float
    damage: str = ""  # a sentence about lines that could not be used

    @property
    def latest(self) -> Graph:
        """The graph as it was when the journal ended."""
        return self.steps[self.index - 1].after if self.index else self.graph


class TornError(DocumentError):
    """Not even the beginning of a journal can be read."""


class Journal:
    """Writes one journal. It holds its folder by a lock that ends with the process."""

    def __init__(
        self,
        folder: Path,
        base: Graph,
        *,
        index: int,
        title: str,
        file: Path | None,
        stamp: Stamp | None,
        text: str | None = None,
    ) -> None:
        """Begin the journal of a document whose undo stack stands at `index`.

        `text` is the base as a design file, where somebody has it: encoding thousands of nodes takes longer.
        Raises HybridGraphError or OSError.
        """
        self.folder = folder
        self._hold = contextlib.ExitStack()
        folder.mkdir(parents=True, exist_ok=True)
        self._hold.enter_context(lock.hold(folder))
        self._graph = base
        head = {
            "journal": FORMAT, "by": __version__, "title": title, "file": str(file) if file else None,
            "stamp": [stamp.mtime_ns, stamp.size, stamp.sha256] if stamp else None,
            "index": index, "graph": files.encode(base) if text is None else text,
        }  # fmt: skip
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._file = os.open(folder / JOURNAL_FILE, flags | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            self.size = self._write(head)
        except OSError:
            self.discard()
            raise
        self._limit = max(MOST_BYTES, 8 * self.size)

    @property
    def is_long(self) -> bool:
        """Whether it is time to begin again."""
        return self.size > self._limit

    def add(self, graph: Graph, index: int, text: str) -> None:
        """Keep the graph after an edit. Raises OSError when the disk does not take it."""
        self.size += self._write({"index": index, "text": text, "change": difference(self._graph, graph)})
        self._graph = graph

    def flush(self) -> None:
        """Have the disk take what the operating system holds, without waiting for it."""
        descriptor = os.dup(self._file)

        def work() -> None:
            try:
                with contextlib.suppress(OSError):  # the line is kept as well as this disk can
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)

        threading.Thread(target=work, name="journal", daemon=True).start()

    def close(self) -> None:
        """Let go, and leave the journal to be found."""
        os.close(self._file)
        self._hold.close()

    def discard(self) -> None:
        """The work is saved or not wanted: remove the journal."""
        self.close()
        remove(self.folder)

    def _write(self, data: dict[str, Any]) -> int:
        text = json.dumps(data, separators=(",", ":")).encode()
        line = b"%08x %s\n" % (zlib.crc32(text), text)
        done = os.write(self._file, line)
        if done < len(line):
            raise OSError(tr("only {done} of {line} bytes were written", done=done, line=len(line)))
        return done


def remove(folder: Path) -> None:
    """Remove the folder of a journal, as far as the disk lets one."""
    with contextlib.suppress(OSError):
        for name in (JOURNAL_FILE, lock.LOCK_FILE):
            (folder / name).unlink(missing_ok=True)
        folder.rmdir()


def put_aside(folder: Path) -> Path | None:
    """Keep a journal that cannot be read under another name; None when there was nothing in it, and it is gone."""
    path = folder / JOURNAL_FILE
    target = path.with_suffix(".damaged")
    try:
        if path.stat().st_size:
            return path.replace(target)
        remove(folder)
    except OSError:  # it is told again at the next start
        return path
    return None


def read(folder: Path) -> Recovered:
    """What the journal in a folder kept: everything up to the first line that is torn.

    Raises DocumentError when it was made by a newer version, TornError when not even its beginning can be read;
    the file is not touched.
    """
    path = folder / JOURNAL_FILE
    try:
        lines = path.read_bytes().split(b"\n")
        edited_at = path.stat().st_mtime
    except OSError as error:
        raise DocumentError(
            tr("The recovery copy {path} cannot be read: {strerror}.", path=path, strerror=error.strerror)
        ) from None
    try:
        head = _parse(lines[0])
        if head["journal"] > FORMAT:
            raise DocumentError(
                tr(
                    "The recovery copy {path} was made by HybridGraph {by}, this is {version__}.",
                    path=path,
                    by=head["by"],
                    version__=__version__,
                ),
                tr("Update HybridGraph; the copy was not touched."),
            )
        base = head["graph"]
        read_base = files.loads if isinstance(base, str) else files.decode
        history = _History(read_base(base, tr("the journal")), head["index"])
        title, file = head["title"], Path(head["file"]) if head["file"] else None
        stamp = Stamp(*head["stamp"]) if head["stamp"] else None
    except (ValueError, KeyError, TypeError, IndexError):
        raise TornError(tr("The recovery copy {path} is damaged at its beginning.", path=path)) from None
    rows = [row for row in lines[1:] if row]
    damage = ""
    for number, row in enumerate(rows):
        try:
            history.add(_parse(row))
        except (HybridGraphError, ValueError, KeyError, TypeError, IndexError):
            lost = len(rows) - number
            damage = counted(
                "{number} edit at its end could not be read.",
                "{number} edits at its end could not be read.",
                lost,
            )
            break
    steps = history.steps()
    index = history.index - history.first
    return Recovered(
        folder=folder, title=title, file=file, stamp=stamp, graph=history.graphs[history.first],
        steps=steps, index=index, edited_at=edited_at, damage=damage,
    )  # fmt: skip


def _parse(line: bytes) -> dict[str, Any]:
    """The data of a line. Raises ValueError when it is not what was written."""
    if len(line) < 10 or int(line[:8], 16) != zlib.crc32(line[9:]):
        raise ValueError("the checksum does not fit")
    data: dict[str, Any] = json.loads(line[9:])
    return data


class _History:
    """The graphs at each place of the undo stack, from `first` on, and the place where it stands."""

    def __init__(self, graph: Graph, index: int) -> None:
        self.first = self.index = index
        self.graphs = {index: graph}
        self.texts: dict[int, str] = {}  # of the step that led to a place

    def add(self, row: dict[str, Any]) -> None:
        """One edit, undo, redo, or one that went into the step before it."""
        index = row["index"]
        graph = changed(self.graphs[self.index], row["change"])
        if index == self.index + 1 and self.graphs.get(index) != graph:  # a new step: what was undone is gone
            self._forget_after(self.index)
            self.texts[index] = row["text"]
        elif index == self.index:  # a longer step
            self._forget_after(index)
            self.texts[index] = row["text"]
        elif index == self.first - 1:  # undone to before the journal began
            self.first = index
            self.texts[index + 1] = row["text"]
        elif index not in self.graphs:  # a jump over what is not known
            self.first, self.graphs, self.texts = index, {}, {}
        self.index = index
        self.graphs[index] = graph

    def steps(self) -> tuple[Step, ...]:
        """The steps between the graphs."""
        return tuple(
            Step(text=self.texts.get(place, ""), before=self.graphs[place - 1], after=self.graphs[place])
            for place in range(self.first + 1, self.first + len(self.graphs))
        )

    def _forget_after(self, index: int) -> None:
        for place in [place for place in self.graphs if place > index]:
            del self.graphs[place]
