"""Results in the folder of a run: `profile.json` and `sweep.json`. The module needs no torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from hybridgraph.errors import RunError
from hybridgraph.profiler.cells import Cell, SweepResult
from hybridgraph.profiler.result import ProfileResult
from hybridgraph.storage import write_atomic

PROFILE_FILE = "profile.json"
SWEEP_FILE = "sweep.json"
TRACE_FILE = "trace.json"
VERSION = 1
_MAX_BYTES = 256 * 2**20

Result = TypeVar("Result", ProfileResult, SweepResult)


def content(result: ProfileResult | SweepResult | Cell) -> dict[str, Any]:
    """A result as values that JSON can hold; a whole one with its format and version."""
    from pydantic import TypeAdapter  # 0.1 s that a window which shows no profile need not wait for

    values: dict[str, Any] = TypeAdapter(type(result)).dump_python(result, mode="json")
    if isinstance(result, Cell):
        return values
    kind = "hybridgraph-profile" if isinstance(result, ProfileResult) else "hybridgraph-sweep"
    return {"format": kind, "version": VERSION, **values}


def read_cell(values: object) -> Cell:
    """A cell from its `content`. Raises ValueError when it is none."""
    from pydantic import TypeAdapter

    return TypeAdapter(Cell).validate_python(values)


def save(folder: Path, result: ProfileResult | SweepResult) -> Path:
    """Write a result into the folder of a run, whole or not at all. Raises DocumentError when the disk refuses."""
    path = folder / (PROFILE_FILE if isinstance(result, ProfileResult) else SWEEP_FILE)
    write_atomic(path, json.dumps(content(result), allow_nan=False, ensure_ascii=False) + "\n")
    return path


def load_profile(folder: Path) -> ProfileResult | None:
    """The profile in the folder of a run; None when it holds none (yet). Raises RunError when it is damaged."""
    return _load(folder / PROFILE_FILE, ProfileResult, "hybridgraph-profile")


def load_sweep(folder: Path) -> SweepResult | None:
    """The sweep in the folder of a run, as far as it got; None when it holds none. Raises RunError when it is damaged."""
    return _load(folder / SWEEP_FILE, SweepResult, "hybridgraph-sweep")


def _load(path: Path, kind: type[Result], form: str) -> Result | None:
    from pydantic import TypeAdapter, ValidationError

    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RunError(f"Cannot read {path}: {error.strerror or error}.") from error
    hint = "Measure again in a new run."
    if len(data) > _MAX_BYTES:
        raise RunError(f"{path} is larger than any result of a profile.", hint)
    try:
        values = json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise RunError(f"{path} is not valid JSON: {error}.", hint) from error
    if not isinstance(values, dict) or values.pop("format", None) != form:
        raise RunError(f"{path} is not the result of a profile.", hint)
    version = values.pop("version", None)
    if type(version) is not int or version > VERSION:
        raise RunError(
            f"{path} has version {version!r}; this HybridGraph reads up to {VERSION}.",
            "Open it with a newer HybridGraph.",
        )
    try:
        return TypeAdapter(kind).validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "its top"
        raise RunError(f"{path} is damaged at {place}: {first['msg'].lower()}.", hint) from error


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")
