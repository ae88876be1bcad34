"""How long the runs of a queue will take: as long as their like took before, by the summaries of the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

from hybridgraph.errors import HybridGraphError
from hybridgraph.events import ProfileFinished
from hybridgraph.queue.entries import Queue
from hybridgraph.runs.index.index import RunIndex
from hybridgraph.runs.store import Run
from hybridgraph.runs.story import Story
from hybridgraph.runs.summary import Summary, read_summary


def expect(queue: Queue) -> None:
    """Write into the entries that have yet to begin how long they will take, where anything like them was run."""
    waiting = [entry for entry in queue.entries() if not entry.started_at]
    if not waiting:
        return
    with RunIndex(queue.root) as index:
        index.refresh()
        known = index.summaries
    for entry in waiting:
        mine = read_summary(Path(entry.run), Story())
        seconds = seconds_of(mine, known, queue.root)
        if seconds is not None and abs(seconds - entry.expected_s) > 0.01 * seconds:
            queue.save(replace(entry, expected_s=seconds))


def seconds_of(mine: Summary, known: Sequence[Summary], root: Path) -> float | None:
    """How many seconds the rest of a training takes, by runs of the same network; None where nothing is known.

    Best is its own past, then a training on the same pictures in the same batch, then the speed of any other training
    or of a profile that measured steps of training.
    """
    if mine.kind != "train" or mine.epochs_asked is None:
        return None
    left = mine.epochs_asked - (mine.epochs or 0)
    if mine.seconds and mine.epochs:
        return left * mine.seconds / mine.epochs
    same = [one for one in known if one.digest == mine.digest and one.name != mine.name]
    alike = [
        one.seconds / one.epochs for one in same if one.seconds and one.epochs and _task(one) == _task(mine)
    ]
    if alike:
        return left * median(alike)
    pictures = next((one.pictures for one in known if one.data == mine.data and one.pictures), None)
    speeds = [one.speed for one in same if one.speed and one.kind == "train"]
    speeds = speeds or [
        speed for one in same if one.kind == "profile" and (speed := _profiled(root / one.name))
    ]
    if pictures is None or not speeds:
        return None
    return left * pictures / median(speeds)


def _task(one: Summary) -> tuple[str, int | None, int | None]:
    return one.data, one.batch, one.image_size


def _profiled(run: Path) -> float | None:
    """Pictures per second of a profile's step of training."""
    try:
        events = Run(run).events()
    except HybridGraphError:
        return None
    ends = [event for event in events if isinstance(event, ProfileFinished) and event.step_us_median]
    return 1e6 * ends[-1].batch / ends[-1].step_us_median if ends else None
