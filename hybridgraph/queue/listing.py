"""How the runs of a queue stand, and when each begins and ends."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hybridgraph.errors import HybridGraphError
from hybridgraph.events import RunStarted, Step, read_events
from hybridgraph.queue.entries import Entry, Queue
from hybridgraph.runs.store import Run

State = Literal["waiting", "running", "interrupted", "finished", "stopped", "failed"]
"""`interrupted` was at work when its process or the machine ended; it goes first when the queue goes on."""
_TAIL_BYTES = 1 << 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An entry with what its run tells. `fraction` is how far it is; times are in seconds since 1970, None unknown."""

    entry: Entry
    state: State
    fraction: float
    begins_at: float | None
    ends_at: float | None

    @property
    def run(self) -> Path:
        """The folder of the run."""
        return Path(self.entry.run)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A queue at one moment: what is over, what is at work, what waits."""

    items: tuple[Item, ...]
    is_paused: bool
    worker: int | None

    @property
    def waiting(self) -> int:
        """How many have yet to begin or go on."""
        return sum(item.state in ("waiting", "interrupted") for item in self.items)


def look(queue: Queue, now: float | None = None) -> Listing:
    """The queue as it stands. What waits is thought to begin when the one before it ends. Raises RunError."""
    now = time.time() if now is None else now
    worker, is_paused = queue.worker, queue.is_paused
    items, free_at = [], None if is_paused else now
    for entry in sorted(queue.entries(), key=_rank):
        state, fraction, left = _standing(entry, worker)
        begins: float | None = entry.started_at or None
        ends: float | None = entry.ended_at or None
        if state == "running":
            ends = None if left is None else now + left
            free_at = ends if free_at is not None else None
        elif not entry.is_over:
            begins = begins or free_at
            ends = None if free_at is None or left is None else free_at + left
            free_at = ends
        items.append(Item(entry=entry, state=state, fraction=fraction, begins_at=begins, ends_at=ends))
    return Listing(items=tuple(items), is_paused=is_paused, worker=worker)


def _rank(entry: Entry) -> tuple[int, float, float]:
    """What is over by its end, then what was begun, then what waits by its place."""
    if entry.is_over:
        return 0, entry.ended_at, entry.place
    return (1 if entry.started_at else 2), entry.place, entry.added_at


def _standing(entry: Entry, worker: int | None) -> tuple[State, float, float | None]:
    """How an entry stands, how far it is, and for how many seconds it goes on."""
    if entry.outcome is not None:
        return entry.outcome, 1.0 if entry.outcome == "finished" else _progress(entry)[0], 0.0
    if not entry.started_at:
        return "waiting", 0.0, entry.expected_s or None
    fraction, left = _progress(entry)
    is_running = worker is not None or Run(Path(entry.run)).pid is not None
    return ("running" if is_running else "interrupted"), fraction, left


def _progress(entry: Entry) -> tuple[float, float | None]:
    """How far a run is and how many seconds are left, by the end of its log."""
    path = Run(Path(entry.run)).events_path
    try:
        size = path.stat().st_size
        begin = [event for event in read_events(path, 0, _TAIL_BYTES)[0] if isinstance(event, RunStarted)]
        tail = read_events(path, max(0, size - _TAIL_BYTES))[0]
    except (OSError, HybridGraphError):
        return 0.0, entry.expected_s or None
    started = next((event for event in reversed(tail) if isinstance(event, RunStarted)), None) or (
        begin[-1] if begin else None
    )
    steps = [event for event in tail if isinstance(event, Step)]
    total = started.epochs * started.steps_per_epoch if started else 0
    if not total or not steps:
        return 0.0, entry.expected_s or None
    fraction = min((steps[-1].step + 1) / total, 1.0)
    first, last = steps[0], steps[-1]
    if last.step <= first.step or not first.at:
        return fraction, (1 - fraction) * entry.expected_s or None
    pace = (last.at - first.at) / (last.step - first.step)
    return fraction, pace * (total - last.step - 1)


def as_content(item: Item) -> Mapping[str, object]:
    """The item as values that JSON can hold."""
    entry = item.entry
    return {
        "name": entry.name,
        "run": entry.run,
        "state": item.state,
        "fraction": round(item.fraction, 4),
        "added_at": entry.added_at,
        "begins_at": item.begins_at,
        "ends_at": item.ends_at,
        "expected_s": entry.expected_s or None,
        "message": entry.message,
    }
