"""The log of a run: one JSON line for each event, appended only, and read while it grows.

A line cut by a crash is left out, an event of a newer version is kept as `UnknownEvent`, unknown fields are ignored.
What JSON lacks travels as "nan", "inf" and "-inf".
"""

import contextlib
import errno
import json
import math
import os
import types
import typing
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Self

from hybridgraph.errors import RunError
from hybridgraph.events.kinds import (
    CellMeasured,
    CheckFinished,
    CheckpointSaved,
    EpochFinished,
    Event,
    Failed,
    Finished,
    LayersMeasured,
    LoadSampled,
    NodeTimed,
    Note,
    PreflightFinished,
    ProfileFinished,
    RunStarted,
    Step,
    Stopped,
    SweepFinished,
    UnknownEvent,
    Warned,
)
from hybridgraph.events.origins import DataOpened, Environment

_JOB_EVENTS = (RunStarted, Environment, DataOpened, Note, Warned, CheckpointSaved, Failed, Stopped)
_RESULTS = (
    Step,
    LayersMeasured,
    LoadSampled,
    EpochFinished,
    Finished,
    NodeTimed,
    ProfileFinished,
    CellMeasured,
    SweepFinished,
    CheckFinished,
    PreflightFinished,
)
EVENT_TYPES: Mapping[str, type[Event]] = {cls.type: cls for cls in (*_JOB_EVENTS, *_RESULTS)}
_FIELDS = {
    cls: {field.name: typing.get_type_hints(cls)[field.name] for field in fields(cls)}  # type: ignore[arg-type]
    for cls in EVENT_TYPES.values()
}


def encode(event: Event) -> str:
    """Render an event as one line of JSON without its line end."""
    if isinstance(event, UnknownEvent):
        content = {"type": event.name, **event.content}
    else:
        values = {name: _to_json(getattr(event, name)) for name in _FIELDS[type(event)]}
        content = {"type": event.type, **values}
    return json.dumps(content, separators=(",", ":"))


def decode(line: str) -> Event | None:
    """Read one line; None when it is no JSON object (a line torn by a crash)."""
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    name = content.pop("type", None)
    if not isinstance(name, str):
        return None
    cls = EVENT_TYPES.get(name)
    if cls is None:
        return UnknownEvent(name=name, content=content)
    try:
        known = {key: _from_json(content[key], kind) for key, kind in _FIELDS[cls].items() if key in content}
        return cls(**known)
    except (
        TypeError,
        OverflowError,
    ):  # a required field is missing or of another type: another version's event
        return UnknownEvent(name=name, content=content)


def read_events(path: Path, offset: int = 0, limit: int = -1) -> tuple[list[Event], int]:
    """Read the complete lines of a log from byte `offset` on; answers the events and the next offset.

    With a `limit`, at most so many bytes are read, so that a long log can be taken in parts. A missing log has no events; one shorter than `offset` was replaced and is read from its start. Raises
    RunError when the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            if file.seek(0, os.SEEK_END) < offset:
                offset = 0
            file.seek(offset)
            data = file.read(limit)
    except FileNotFoundError:
        return [], 0
    except OSError as error:
        raise RunError(f"Cannot read the log {path}: {error.strerror or error}.") from error
    complete = data[: data.rfind(b"\n") + 1]
    decoded = (decode(line.decode(errors="replace")) for line in complete.splitlines())
    return [event for event in decoded if event is not None], offset + len(complete)


class EventLog:
    """Appends events to a log file, each on the disk's side of the process before the call returns."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = path.open("ab")
            if self._file.tell() and not _ends_with_newline(path):
                self._file.write(b"\n")  # a torn last line stays alone instead of spoiling the next one
                self._file.flush()
        except OSError as error:
            raise self._unwritable(error) from error

    def append(self, event: Event) -> None:
        """Write one event. Raises RunError when the disk refuses; the event then waits for `flush`."""
        try:
            self._file.write(encode(event).encode() + b"\n")
        except OSError as error:
            raise self._unwritable(error) from error
        self.flush()

    def flush(self) -> None:
        """Write what a full disk did not take. Raises RunError when it still refuses."""
        try:
            self._file.flush()
        except OSError as error:
            raise self._unwritable(error) from error

    def close(self) -> None:
        """Close the file; appending afterwards is an error of the caller."""
        with contextlib.suppress(OSError):  # the append that met a full disk has reported it
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _unwritable(self, error: OSError) -> RunError:
        full = error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
        reason = "the disk is full" if full else error.strerror or str(error)
        hint = "Free space or use another folder, then resume."
        return RunError(f"Cannot write the log {self.path}: {reason}.", hint)


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _to_json(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)  # "nan", "inf" or "-inf"
    return [_to_json(item) for item in value] if isinstance(value, tuple) else value


def _from_json(value: object, kind: object) -> object:
    """The value as the field's type, or TypeError."""
    if kind is float:
        if value in ("nan", "inf", "-inf"):
            return float(str(value))
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    elif isinstance(kind, types.GenericAlias):  # tuple[str, ...] and the like
        if isinstance(value, list):
            inner = typing.get_args(kind)[0]
            return tuple(_from_json(item, inner) for item in value)
    elif isinstance(kind, type) and type(value) is kind:
        return value
    raise TypeError(f"{value!r} is not of type {kind}")
