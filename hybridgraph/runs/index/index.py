"""The runs below one root, kept in mind: only folders whose files changed are read again.

Several processes may use one index; each looks at the folders itself and trusts a row only while the stamp of the row is
that of the files. So a row that another process wrote, or lost, changes nothing but the time a look takes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from hybridgraph.errors import RunError
from hybridgraph.jobs import JOB_FILE
from hybridgraph.runs.deletion import sweep_deleted
from hybridgraph.runs.index.database import Database, Row
from hybridgraph.runs.labels import LABELS_FILE
from hybridgraph.runs.lock import LOCK_FILE, holder
from hybridgraph.runs.store import EVENTS_FILE
from hybridgraph.runs.story import Story
from hybridgraph.runs.summary import Summary, read_summary

Progress = Callable[[int, int], bool]
"""Told how many of how many changed runs are read; answers False to leave the rest for another time."""
_PORTION = 200  # rows written at a time, so that a first look that is interrupted need not begin again
_OPEN = frozenset(("new", "interrupted", "running"))
"""How a run stands that may be at work before its log says so."""
_STAMPED = (JOB_FILE, EVENTS_FILE, LABELS_FILE, LOCK_FILE)


class RunIndex:
    """The summaries of the runs below a root, for one thread."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._database = Database(root)
        self._rows: dict[str, Row] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def is_kept(self) -> bool:
        """Whether the index has a file; where none can be written, every start reads every run."""
        return self._database.is_kept

    @property
    def summaries(self) -> list[Summary]:
        """Every run as the last look saw it, the youngest first."""
        rows = self._rows or {}
        return sorted((row.summary for row in rows.values()), key=lambda one: (-one.made_at, one.name))

    @property
    def running(self) -> list[str]:
        """The names of the runs that were at work at the last look."""
        return [name for name, row in (self._rows or {}).items() if row.summary.is_running]

    def refresh(self, progress: Progress | None = None) -> bool:
        """Look at the folders; answers whether anything is otherwise than before. Raises RunError.

        Reads what changed since the last look, by whoever, and nothing else.
        """
        rows = self._loaded()
        try:
            stamps = _stamps(self.root)
        except OSError as error:
            raise RunError(f"Cannot list the runs in {self.root}: {error.strerror or error}.") from error
        gone = rows.keys() - stamps.keys()
        for name in gone:
            del rows[name]
        if gone:
            self._database.write({}, gone)
        changed = [name for name, stamp in stamps.items() if name not in rows or rows[name].stamp != stamp]
        changed.sort(key=lambda name: _made(stamps[name]), reverse=True)  # what is wanted first
        self._read(changed, stamps, progress)
        woken = self._wake(rows.keys() - set(changed))
        return bool(gone or changed or woken)

    def look(self, names: Iterable[str]) -> bool:
        """Look at these runs alone; answers whether anything is otherwise than before."""
        rows = self._loaded()
        stamps = {name: stamp for name in names if (stamp := _stamp(self.root / name)) is not None}
        changed = [name for name, stamp in stamps.items() if name not in rows or rows[name].stamp != stamp]
        self._read(changed, stamps, None)
        return bool(changed) or self._wake(stamps.keys() - set(changed))

    def rebuild(self, progress: Progress | None = None) -> None:
        """Forget everything and read every run. Raises RunError."""
        self._database.clear()
        self._rows = {}
        self.refresh(progress)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _loaded(self) -> dict[str, Row]:
        if self._rows is None:
            self._rows = self._database.load()
            if self.root.is_dir():
                sweep_deleted(self.root)
        return self._rows

    def _read(self, names: list[str], stamps: dict[str, str], progress: Progress | None) -> None:
        rows = self._loaded()
        portion: dict[str, Row] = {}
        for done, name in enumerate(names):
            if progress is not None and not progress(done, len(names)):
                break
            story = self._story(name, rows.get(name))
            summary = read_summary(self.root / name, story)
            rows[name] = portion[name] = Row(summary, stamps[name], story.content())
            if len(portion) == _PORTION:
                self._written(portion)
        self._written(portion)

    def _story(self, name: str, row: Row | None) -> Story:
        kept = None if row is None else row.story or self._database.story(name)
        try:
            return Story.of(kept) if kept else Story()
        except (ValueError, TypeError):  # another version's; the log says it again
            return Story()

    def _written(self, portion: dict[str, Row]) -> None:
        if portion:
            self._database.write(portion)
            for row in portion.values():
                if self._database.is_kept and not row.summary.is_running:
                    row.story = None  # the file has it; thousands of stories need not stay in memory
        portion.clear()

    def _wake(self, names: Iterable[str]) -> bool:
        """Ask the locks of runs that may be at work; no stamp tells that a process was killed."""
        rows, woken = self._loaded(), {}
        for name in names:
            row = rows[name]
            if row.summary.status not in _OPEN:
                continue
            status = "running" if holder(self.root / name) is not None else self._story(name, row).outcome
            if status != row.summary.status:
                rows[name] = woken[name] = Row(
                    replace(row.summary, status=status), row.stamp, self._story(name, row).content()
                )
        if woken:
            self._database.write(woken)
        return bool(woken)


def _stamps(root: Path) -> dict[str, str]:
    """The state of the files of every run folder below a root; a missing root has none."""
    try:
        with os.scandir(root) as entries:
            names = [entry.name for entry in entries if not entry.name.startswith(".")]
    except FileNotFoundError:
        return {}
    return {name: stamp for name in names if (stamp := _stamp(root / name)) is not None}


def _stamp(folder: Path) -> str | None:
    """What changes whenever a file does that a summary is made from; None for what is no run folder."""
    place = os.fspath(folder)
    parts = []
    for name in _STAMPED:
        try:
            stat = os.stat(f"{place}{os.sep}{name}")  # noqa: PTH116  (called tens of thousands of times)
        except OSError:
            if name == JOB_FILE:
                return None
            parts.append("-")
            continue
        parts.append(f"{stat.st_mtime_ns:x}.{stat.st_size:x}.{stat.st_ino:x}")
    try:
        parts.append(f"{os.stat(place).st_mtime_ns:x}")  # noqa: PTH116
    except OSError:
        return None
    return " ".join(parts)


def _made(stamp: str) -> int:
    """When the job of a run was written, by its stamp."""
    return int(stamp.partition(".")[0], 16)
