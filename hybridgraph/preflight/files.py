"""The result of a pre-flight in the folder of its run: `preflight.json`, written anew after each check. No torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hybridgraph.errors import RunError
from hybridgraph.preflight.values import PreflightResult
from hybridgraph.storage import write_atomic

RESULT_FILE = "preflight.json"
VERSION = 1
_FORM = "hybridgraph-preflight"
_MAX_BYTES = 64 * 2**20


def content(result: PreflightResult) -> dict[str, Any]:
    """A result as values that JSON can hold, with what follows from them."""
    from pydantic import TypeAdapter  # 0.1 s that a window without a pre-flight need not wait for

    values: dict[str, Any] = TypeAdapter(PreflightResult).dump_python(result, mode="json")
    told = {"is_able": result.is_able, "verdict": result.verdict}
    return {"format": _FORM, "version": VERSION, **told, **values}


def save(folder: Path, result: PreflightResult) -> None:
    """Write a result into the folder of a run, whole or not at all. Raises DocumentError when the disk refuses."""
    text = json.dumps(content(result), allow_nan=False, ensure_ascii=False)
    write_atomic(folder / RESULT_FILE, text + "\n")


def load(folder: Path) -> PreflightResult | None:
    """The result in the folder of a run, as far as it got; None when there is none yet. Raises RunError."""
    from pydantic import TypeAdapter, ValidationError

    path = folder / RESULT_FILE
    hint = "Take the pre-flight again."
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RunError(f"Cannot read {path}: {error.strerror or error}.") from error
    if len(data) > _MAX_BYTES:
        raise RunError(f"{path} is larger than any result of a pre-flight.", hint)
    try:
        values = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise RunError(f"{path} is not valid JSON: {error}.", hint) from error
    if not isinstance(values, dict) or values.get("format") != _FORM:
        raise RunError(f"{path} is not the result of a pre-flight.", hint)
    version = values.get("version")
    if type(version) is not int or version > VERSION:
        raise RunError(f"{path} has version {version!r}; this HybridGraph reads up to {VERSION}.", hint)
    try:
        return TypeAdapter(PreflightResult).validate_python(values)
    except ValidationError as error:
        raise RunError(f"{path} is damaged: {error.errors()[0]['msg'].lower()}.", hint) from error
