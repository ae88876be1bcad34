"""The process of a queue: it takes one run after the other, and writes down when each began and how it ended.

Every run has a process of its own, which goes on when this one is killed; the next one takes it up as it finds it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from hybridgraph.errors import HybridGraphError, RunError
from hybridgraph.events import Failed, Warned
from hybridgraph.queue.entries import Entry, Outcome, Queue
from hybridgraph.queue.expectation import expect
from hybridgraph.runs.lock import hold
from hybridgraph.runs.processes import is_alive
from hybridgraph.runs.store import LOG_FILE, Run, open_run, start_process

LOOK_S = 0.5
_EXPECT_EVERY = 60  # looks
_LINE = 300


def work(queue: Queue, *, wait: Callable[[float], None] = time.sleep) -> None:
    """Take the runs that wait until none is left or the queue is paused. Raises RunError while another process does."""
    while _next(queue) is not None:  # asked again without the lock: what came meanwhile found it held
        with hold(queue.folder):
            while (entry := _next(queue)) is not None:
                expect(queue)
                _take(queue, entry, wait)


def _next(queue: Queue) -> Entry | None:
    """What was begun and is not over comes first: a machine that went down took it along."""
    entries = [entry for entry in queue.entries() if not entry.is_over]
    begun = [entry for entry in entries if entry.started_at]
    at_work = [entry for entry in begun if Run(Path(entry.run)).pid is not None]
    if queue.is_paused:
        return at_work[0] if at_work else None
    return next(iter([*at_work, *begun, *entries]), None)


def _take(queue: Queue, entry: Entry, wait: Callable[[float], None]) -> None:
    """Bring one run to its end, or to where it was asked to stop."""
    entry = queue.save(replace(entry, started_at=entry.started_at or time.time()))
    try:
        run = open_run(entry.run)
        if run.pid is None and run.outcome != "finished":
            pid = start_process(run, run.job.kind)  # type: ignore[arg-type]
            _wait_for(queue, lambda: is_alive(pid), wait)
        _wait_for(queue, lambda: run.pid is not None, wait)  # somebody else had started it
        outcome, message = _ending(run)
    except HybridGraphError as error:
        outcome, message = "failed", str(error)
    if outcome == "stopped" and queue.is_paused:
        return  # by the queue itself: it goes on with this one
    current = next((other for other in queue.entries() if other.name == entry.name), None)
    if current is not None:  # nobody took it out meanwhile
        queue.save(replace(current, ended_at=time.time(), outcome=outcome, message=message))


def _wait_for(queue: Queue, is_at_work: Callable[[], bool], wait: Callable[[float], None]) -> None:
    """Wait while a run is at work; what waits behind it learns from its epochs how long it will take itself."""
    looks = 0
    while is_at_work():
        wait(LOOK_S)
        looks += 1
        if looks % _EXPECT_EVERY == 0:
            expect(queue)


def _ending(run: Run) -> tuple[Outcome, str]:
    outcome = run.outcome
    if outcome in ("finished", "stopped"):
        return ("finished" if outcome == "finished" else "stopped"), ""
    if outcome == "failed":
        last = next((event for event in reversed(run.events()) if isinstance(event, Failed | Warned)), None)
        return "failed", f"{last.message} {last.hint}".strip() if last else ""
    return "failed", f"Its process ended before the run did. {_last_words(run)}".strip()


def _last_words(run: Run) -> str:
    try:
        lines = (run.path / LOG_FILE).read_text(errors="replace").split("\n")
    except OSError as error:
        raise RunError(f"The log of {run.path} cannot be read: {error.strerror or error}.") from error
    return next((line.strip()[:_LINE] for line in reversed(lines) if line.strip()), "")
