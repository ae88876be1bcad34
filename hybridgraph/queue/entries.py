"""The files of a queue: one for each run that waits, is at work or has been.

QUEUE/
├── NAME.json   one entry: which run, its place in the order, when it began and ended, and how
├── paused      while it is there, no other run begins
├── lock        held by the process that takes the runs
└── log.txt     what that process printed
"""

from __future__ import annotations

import contextlib
import json
import math
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

from hybridgraph.errors import DocumentError, RunError
from hybridgraph.runs.lock import holder
from hybridgraph.runs.store import Run, open_run
from hybridgraph.storage import write_atomic

FOLDER = ".queue"
"""The name of the queue's folder in a store of runs, whose list leaves out what begins with a dot."""
LOG_FILE = "log.txt"
_PAUSED = "paused"
_ENTRY = ".json"
_MOST_BYTES = 1 << 16

Outcome = Literal["finished", "stopped", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One run of a queue. Times are in seconds since 1970, 0 where it is not that far; `place` orders the entries.

    `expected_s` is how long it was guessed to take, 0 where nothing is known. Of a failed one `message` says why.
    """

    name: str
    run: str
    place: float
    added_at: float
    started_at: float = 0.0
    ended_at: float = 0.0
    expected_s: float = 0.0
    outcome: Outcome | None = None
    message: str = ""

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.outcome is not None


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue of a store of runs; everything about it is read from the disk when it is asked for."""

    root: Path

    @property
    def folder(self) -> Path:
        """Where its files lie."""
        return self.root / FOLDER

    @property
    def worker(self) -> int | None:
        """The process that takes the runs, or None."""
        return holder(self.folder)

    @property
    def is_paused(self) -> bool:
        """Whether no other run shall begin."""
        return (self.folder / _PAUSED).exists()

    def entries(self) -> list[Entry]:
        """All entries in their order. Files that are no entries, or damaged, are left out. Raises RunError."""
        try:
            paths = list(self.folder.glob(f"*{_ENTRY}"))
        except OSError as error:
            raise RunError(f"Cannot read the queue {self.folder}: {error.strerror or error}.") from error
        found = [entry for path in paths if (entry := _read(path)) is not None]
        return sorted(found, key=lambda entry: (entry.place, entry.added_at, entry.name))

    def find(self, name: str) -> Entry:
        """The entry of that name, or the one of the run of that name or folder. Raises RunError."""
        for entry in self.entries():
            if name in (entry.name, entry.run, Path(entry.run).name):
                return entry
        raise RunError(f"The queue has no entry {name!r}.", "See `hybridgraph queue list`.")

    def add(self, run: Run) -> Entry:
        """Put a run at the end. Raises RunError for one that is finished or in the queue already."""
        if run.status == "finished":
            raise RunError(f"The run {run.path} is finished.", "Start a new run.")
        entries = self.entries()
        if any(entry.run == str(run.path) and not entry.is_over for entry in entries):
            raise RunError(f"The run {run.path} is in the queue already.")
        place = math.floor(max((entry.place for entry in entries), default=0.0)) + 1.0
        entry = Entry(
            name=f"{run.name[:60]}-{secrets.token_hex(3)}",
            run=str(run.path),
            place=place,
            added_at=time.time(),
        )
        return self.save(entry)

    def save(self, entry: Entry) -> Entry:
        """Write an entry. Raises RunError when the disk refuses."""
        content = {item.name: getattr(entry, item.name) for item in fields(entry) if item.name != "name"}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            text = json.dumps({"format": "hybridgraph-queue", "version": 1, **content}, indent=1)
            write_atomic(self.folder / f"{entry.name}{_ENTRY}", text + "\n")
        except (DocumentError, OSError) as error:
            raise RunError(f"The queue {self.folder} cannot be written: {error}") from error
        return entry

    def remove(self, entry: Entry) -> None:
        """Take an entry out; its run stays. Raises RunError while the run is at work."""
        if entry.started_at and not entry.is_over and self.worker is not None:
            raise RunError(f"The run {entry.run} is at work.", "Stop it before taking it out of the queue.")
        with contextlib.suppress(FileNotFoundError):  # somebody else did it
            (self.folder / f"{entry.name}{_ENTRY}").unlink()

    def move(self, entry: Entry, place: int) -> None:
        """Give a waiting entry the place-th place among those that wait, from 0. Raises RunError for one that does not."""
        waiting = [other for other in self.entries() if not other.started_at]
        others = [other for other in waiting if other.name != entry.name]
        if len(others) == len(waiting):
            raise RunError(f"The run {entry.run} does not wait any more, so it cannot be moved.")
        self._put(entry, others, min(max(place, 0), len(others)))

    def pause(self) -> None:
        """Let no other run begin; the one at work goes on."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / _PAUSED).touch()

    def go_on(self) -> None:
        """Let runs begin again."""
        (self.folder / _PAUSED).unlink(missing_ok=True)

    def stop(self) -> None:
        """Stop the run at work, which keeps its place and its checkpoint, and let no other begin. Raises RunError."""
        self.pause()
        for entry in self.entries():
            if entry.started_at and not entry.is_over:
                with contextlib.suppress(RunError):  # it ended by itself meanwhile, or its folder is gone
                    open_run(entry.run).request_stop()

    def clear(self) -> int:
        """Take out what is over; answers how many entries there were."""
        over = [entry for entry in self.entries() if entry.is_over]
        for entry in over:
            self.remove(entry)
        return len(over)

    def _put(self, entry: Entry, others: Sequence[Entry], at: int) -> None:
        before = others[at - 1].place if at else (others[0].place - 2 if others else 0.0)
        after = others[at].place if at < len(others) else before + 2
        middle = (before + after) / 2
        if before < middle < after:
            self.save(replace(entry, place=middle))
            return
        for number, other in enumerate(
            [*others[:at], entry, *others[at:]]
        ):  # no number is left between the two
            self.save(replace(other, place=math.ceil(others[0].place) + number))


def _read(path: Path) -> Entry | None:
    try:
        if path.stat().st_size > _MOST_BYTES:
            return None
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != "hybridgraph-queue":
            return None
        known = {item.name: content[item.name] for item in fields(Entry) if item.name in content}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):  # gone meanwhile, or no entry of ours
        return None
    numbers = [known.get(name, 0.0) for name in ("place", "added_at", "started_at", "ended_at", "expected_s")]
    if not all(isinstance(known.get(name, ""), str) for name in ("run", "message")):
        return None
    if not all(isinstance(number, int | float) and math.isfinite(number) for number in numbers):
        return None
    if known.get("outcome") not in (None, *get_args(Outcome)) or not {"run", "place", "added_at"} <= set(
        known
    ):
        return None
    return Entry(name=path.name.removesuffix(_ENTRY), **known)
