"""The messages of event files: curves, texts, and the settings that the HParams page shows.

Source: event.proto, summary.proto, tensor.proto and plugin_data.proto of TensorBoard; the numbers are those of their fields.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from hybridgraph.sinks.tensorboard.wire import double, fields_of, float_bytes, message, number, single, text

_STARTED = 1  # SessionLog.START
_STRINGS = 7  # DT_STRING
_TENSOR_CLASS = 2  # DATA_CLASS_TENSOR
_STATES = {"success": 1, "failure": 2}


@dataclass(frozen=True, slots=True)
class Point:
    """What an event of a file is about: its step and the name of its first curve; an empty name for no curve."""

    step: int
    tag: str


def version() -> bytes:
    """The first event of every file."""
    return _event(0, text(3, "brain.Event:2"))


def start(step: int) -> bytes:
    """A process takes the run up at a step: readers forget what they have from there on."""
    return _event(step, message(7, number(1, _STARTED)))


def curves(points: Mapping[str, float], step: int, at: float = 0.0) -> bytes:
    """A point for each of some curves, at a time in seconds since 1970; 0 is now."""
    values = [_head(tag) + float_bytes(value) for tag, value in points.items()]
    return _event(step, message(5, b"".join(values)), at)


@lru_cache(maxsize=256)
def _head(tag: str) -> bytes:
    """What stands before the four bytes of a value in the message of a curve, which are its last."""
    whole = message(1, text(1, tag) + single(2, 0.0))
    return whole[:-4]


def page(tag: str, markdown: str) -> bytes:
    """A text for the Text page."""
    tensor = number(1, _STRINGS) + message(2, message(2, number(1, 1))) + text(8, markdown)
    described = message(1, text(1, "text")) + number(4, _TENSOR_CLASS)
    value = text(1, f"{tag}/text_summary") + message(9, described) + message(8, tensor)
    return _event(0, message(5, message(1, value)))


def settings(values: Mapping[str, bool | float | str], name: str, began_at: float) -> bytes:
    """The settings of the run for the HParams page, under the name of its group."""
    entries = b"".join(message(1, text(1, key) + message(2, _value(value))) for key, value in values.items())
    return _plugin("session_start_info", message(3, entries + text(4, name) + double(5, began_at)))


def end(state: Literal["success", "failure"]) -> bytes:
    """How the run ended, for the HParams page."""
    return _plugin("session_end_info", message(4, number(1, _STATES[state]) + double(2, time.time())))


def point_of(event: bytes) -> Point:
    """What an event is about. Raises ValueError for bytes that are no event."""
    step, tag = 0, ""
    for field, value in fields_of(event):
        if field == 2 and isinstance(value, int):
            step = value
        elif field == 5 and isinstance(value, bytes):
            tag = _first_tag(value)
    return Point(step, tag)


def _first_tag(summary: bytes) -> str:
    """The name of the first curve of a summary; pages and settings have none."""
    parts = dict(fields_of(next((bytes(value) for field, value in fields_of(summary) if field == 1), b"")))
    name = parts.get(1)
    return name.decode(errors="replace") if isinstance(name, bytes) and 2 in parts else ""


def _event(step: int, content: bytes, at: float = 0.0) -> bytes:
    return double(1, at or time.time()) + number(2, step) + content


def _plugin(name: str, content: bytes) -> bytes:
    described = message(1, text(1, "hparams") + message(2, content))
    empty = number(1, 1) + message(2, message(2, b""))  # a tensor of floats, of which there are none
    value = text(1, f"_hparams_/{name}") + message(9, described) + message(8, empty)
    return _event(0, message(5, message(1, value)))


def _value(value: bool | float | str) -> bytes:
    if isinstance(value, bool):
        return number(4, int(value))
    return text(3, value) if isinstance(value, str) else double(2, float(value))
