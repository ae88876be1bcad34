"""What the log of a run comes to, kept small while the log grows: the last of everything, and the epochs.

A log is read from where it was left, and steps, of which a long run has millions, are passed over but for the last.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from hybridgraph.errors import RunError
from hybridgraph.events import (
    CellMeasured,
    DataOpened,
    Environment,
    EpochFinished,
    Event,
    Failed,
    Finished,
    PreflightFinished,
    ProfileFinished,
    RunStarted,
    Step,
    Stopped,
    SweepFinished,
    decode,
)

CHUNK = 1 << 20
_STEP = b'{"type":"step"'
_OF_NO_STORY = (
    b'{"type":"node_timed"',
    b'{"type":"load_sampled"',
    b'{"type":"layers_measured"',
    b'{"type":"note"',
)


@dataclass(slots=True, kw_only=True)
class Story:
    """Where a log was read to, and what it said so far. `read_on` changes it in place.

    `epochs` has (epoch, training loss, training top-1, validation loss, validation top-1, seconds) of each.
    """

    file: int = 0
    """The file's number on its disk: another one means another log."""
    offset: int = 0
    started: dict[str, Any] = field(default_factory=dict)
    began_at: float = 0.0
    starts: int = 0
    data: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, Any] = field(default_factory=dict)
    epochs: list[tuple[int, float, float, float, float, float]] = field(default_factory=list)
    steps: int = 0
    step_loss: float | None = None
    speed: float = 0.0
    profile: dict[str, Any] = field(default_factory=dict)
    cells: int = 0
    end: str = ""
    """How the last process ended the run: "finished", "stopped", "failed", or "" while it did not."""
    message: str = ""

    @property
    def outcome(self) -> str:
        """How the run stands by its log alone."""
        return self.end or ("interrupted" if self.started else "new")

    def read_on(self, log: Path) -> None:
        """Take in what the log has that was not read yet; one that was replaced is read from its start.

        Raises RunError when it cannot be read.
        """
        try:
            with log.open("rb") as file:
                stat = os.fstat(file.fileno())
                if stat.st_ino != self.file or stat.st_size < self.offset:
                    self._forget(stat.st_ino)
                file.seek(self.offset)
                self._read(file.read)
        except FileNotFoundError:
            self._forget(0)
        except OSError as error:
            raise RunError(f"Cannot read the log {log}: {error.strerror or error}.") from error

    def content(self) -> str:
        """All of it as JSON."""
        return json.dumps(
            {part.name: getattr(self, part.name) for part in fields(self)}, separators=(",", ":")
        )

    @classmethod
    def of(cls, content: str) -> Story:
        """The story that `content` gave. Raises ValueError or TypeError for what is none."""
        story = cls(**json.loads(content))
        story.epochs = [tuple(epoch) for epoch in story.epochs]  # type: ignore[misc]
        return story

    def _forget(self, number: int) -> None:
        fresh = Story(file=number)
        for part in fields(self):
            setattr(self, part.name, getattr(fresh, part.name))

    def _read(self, read: Any) -> None:
        rest = b""
        while chunk := read(CHUNK):
            complete, line_end, rest = (rest + chunk).rpartition(b"\n")
            for event in _events(complete):
                self._take(event)
            self.offset += len(complete) + len(line_end)

    def _take(self, event: Event) -> None:
        match event:
            case Step():
                self.steps, self.step_loss = event.step + 1, event.loss
                self.speed = self.speed if self.end else event.images_per_second
            case EpochFinished() as e:
                self.epochs.append((e.epoch, e.train_loss, e.train_top1, e.val_loss, e.val_top1, e.seconds))
            case RunStarted():
                self.starts += 1
                self.began_at = self.began_at or event.started_at
                self.started = {
                    name: getattr(event, name)
                    for name in (
                        "device",
                        "precision",
                        "params",
                        "epochs",
                        "steps_per_epoch",
                        "compiled",
                        "step",
                    )
                }
                self.epochs = [epoch for epoch in self.epochs if epoch[0] < event.epoch]
                self.steps, self.end, self.message = event.step, "", ""
            case DataOpened():
                counts = {"train": sum(event.train_counts), "val": sum(event.val_counts)}
                self.data = {
                    "digest": event.digest,
                    "classes": len(event.classes),
                    "split": event.split,
                    **counts,
                }
            case Environment():
                self.environment = {name: value for name, value in _plain(event).items() if value}
            case ProfileFinished():
                self.profile = _plain(event)
                self.end = "finished"
            case CellMeasured():
                self.cells += 1
            case Finished() | SweepFinished() | PreflightFinished():
                self.end = "finished"
                self.speed = getattr(event, "images_per_second", self.speed)
            case Stopped():
                self.end = "stopped"
            case Failed():
                self.end, self.message = "failed", f"{event.message} {event.hint}".strip()


def read_milestones(log: Path) -> list[Event]:
    """The events of a log but for what comes by the thousand: steps, times of nodes, samples of the load, notes. A missing log has none. Raises RunError."""
    try:
        with log.open("rb") as file:
            lines = [line for line in file if not line.startswith((_STEP, *_OF_NO_STORY))]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError(f"Cannot read the log {log}: {error.strerror or error}.") from error
    return [event for line in lines if line.endswith(b"\n") for event in _decoded(line)]


def _events(lines: bytes) -> Iterator[Event]:
    """The events of complete lines that a story is made of; of all steps the last, at the end."""
    step = b""
    for line in lines.split(b"\n"):
        if line.startswith(_STEP):
            step = line
        elif line and not line.startswith(_OF_NO_STORY):
            for event in _decoded(line):
                if isinstance(event, RunStarted):
                    step = b""  # what was logged before may be taken again
                yield event
    yield from _decoded(step)


def _plain(event: Environment | ProfileFinished) -> dict[str, Any]:
    return {part.name: getattr(event, part.name) for part in fields(event)}


def _decoded(line: bytes) -> Iterator[Event]:
    event = decode(line.decode(errors="replace")) if line else None
    if event is not None:
        yield event
