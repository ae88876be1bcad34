"""TensorBoard's event files beside a run, in its folder `tensorboard`; exact also when the run was killed and goes on.

Each process writes a file of its own. Before that it takes what is to be repeated out of the files of earlier ones, and
adds from the log what they did not get to write: no step is there twice, none is missing, whatever reads the files.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import BinaryIO

from hybridgraph.events import (
    DataOpened,
    Environment,
    Event,
    Failed,
    Finished,
    RunStarted,
    Step,
)
from hybridgraph.graph.files import load
from hybridgraph.jobs import TrainJob
from hybridgraph.runs.store import GRAPH_FILE, Run
from hybridgraph.sinks.sink import earlier, place, scalars, settings
from hybridgraph.sinks.tensorboard import messages
from hybridgraph.sinks.tensorboard.messages import Point
from hybridgraph.sinks.tensorboard.records import record, records
from hybridgraph.storage import replacing

FOLDER = "tensorboard"
_WAIT_S = 1.0  # between two writes to the disk while steps come
_EPOCH_TAG = "loss/train"


class TensorBoardSink:
    """Writes the events of one process."""

    def __init__(self, run: Run, job: TrainJob) -> None:
        self._run = run
        self._job = job
        self._folder = run.path / FOLDER
        self._file: BinaryIO | None = None
        self._start: RunStarted | None = None
        self._written_at = 0.0

    def take(self, event: Event) -> None:
        """Write what the event adds. Raises OSError and DocumentError when the disk refuses."""
        if isinstance(event, RunStarted):
            self._begin(event)
            return
        if self._file is None or self._start is None:
            return
        if points := scalars(event):
            self._write(messages.curves(points, place(event, self._start), getattr(event, "at", 0.0)))
        elif isinstance(event, Environment | DataOpened) and self._start.step == 0:
            self._write(messages.page(event.type, _table(event)))
        elif isinstance(event, Finished):
            self._write(messages.end("success"))
        elif isinstance(event, Failed):
            self._write(messages.end("failure"))
        is_rare = not isinstance(event, Step)
        if is_rare or time.monotonic() - self._written_at > _WAIT_S:
            self._file.flush()
            self._written_at = time.monotonic()

    def close(self) -> None:
        """End the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _begin(self, start: RunStarted) -> None:
        self.close()
        self._start = start
        self._folder.mkdir(exist_ok=True)
        files = sorted(self._folder.glob("*tfevents*"))
        last_step = last_epoch = -1
        for file in files:
            for point in _kept(file, start):
                if point.tag == _EPOCH_TAG:
                    last_epoch = max(last_epoch, point.step)
                elif point.tag:
                    last_step = max(last_step, point.step)
        missing = self._missing(start, last_step, last_epoch)
        self._file = (self._folder / _next_name(files)).open("xb")
        self._write(messages.version())
        self._write(messages.start(min([start.step, *(place(event, start) for event in missing)])))
        if not files:
            self._describe(start)
        for event in missing:
            self._write(messages.curves(scalars(event), place(event, start), getattr(event, "at", 0.0)))
        self._file.flush()

    def _missing(self, start: RunStarted, last_step: int, last_epoch: int) -> list[Event]:
        """What the log has of before this start and the files have not."""
        if last_step >= start.step - 1 and last_epoch >= start.epoch * max(start.steps_per_epoch, 1) - 1:
            return []
        return [
            one
            for one in earlier(self._run, start)
            if place(one, start) > (last_step if isinstance(one, Step) else last_epoch)
        ]

    def _describe(self, start: RunStarted) -> None:
        began_at = start.started_at or time.time()
        self._write(messages.settings(settings(self._job), self._run.name, began_at))
        design = self._run.path / GRAPH_FILE
        name = load(design).name
        text = design.read_text(encoding="utf-8")
        self._write(
            messages.page("design", f"**{name}**, {start.params:,} parameters\n\n```json\n{text}\n```")
        )

    def _write(self, event: bytes) -> None:
        if self._file is not None:
            self._file.write(record(event))


def _kept(file: Path, start: RunStarted) -> list[Point]:
    """What a file of an earlier process holds of before a start, after the rest was taken out of it."""
    kept, points, size = [], [], 0
    for event in records(file):
        point = messages.point_of(event)
        size += len(event) + 16
        if point.tag and point.step >= start.step:
            continue
        kept.append(event)
        points.append(point)
    if sum(len(event) + 16 for event in kept) != file.stat().st_size:
        with replacing(file, needed_bytes=size) as temporary, temporary.open("wb") as target:
            target.writelines(map(record, kept))
    return points


def _next_name(files: list[Path]) -> str:
    """A name that sorts after those of earlier processes, whatever the clock says."""
    last = max((_stamp(file) for file in files), default=0)
    return f"events.out.tfevents.{max(int(time.time()), last + 1):010d}.hybridgraph"


def _stamp(file: Path) -> int:
    part = file.name.partition("tfevents.")[2].partition(".")[0]
    return int(part) if part.isdecimal() else 0


def _table(event: Environment | DataOpened) -> str:
    """The fields of an event as a table in Markdown."""
    rows = []
    for name in event.__dataclass_fields__:
        value = getattr(event, name)
        if value not in ("", 0, ()):
            word = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
            rows.append(f"| {name} | {word.replace('|', '/')} |")
    return "\n".join(("| | |", "|---|---|", *rows))
