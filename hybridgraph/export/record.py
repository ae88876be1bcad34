"""What an export says of itself: the files, how each was tried, and how far it is from the design's network.

A record is written as JSON beside the export (`model.onnx` gets `model.onnx.export.json`) and, where trained weights
of a run went out, once more into the run's folder under `exports/`. There is one only where the export was found
sound: whatever fails is told in a sentence and leaves no file. `docs/exports.md` describes every field.
"""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hybridgraph.errors import DocumentError

VERSION = 1
ENDING = ".export.json"
FOLDER = "exports"
"""The folder of a run that keeps the records of its exports."""

Format = Literal["code", "package", "onnx", "pt2", "safetensors"]
Precision = Literal["fp32", "fp16"]
FORMAT_NAMES: Mapping[Format, str] = {
    "code": "PyTorch source",
    "package": "PyTorch package",
    "onnx": "ONNX",
    "pt2": "torch.export program",
    "safetensors": "safetensors",
}
_MAX_BYTES = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedFile:
    """One file that was written: its name as seen from the record's folder, its bytes and their SHA-256."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """An input or output of the export: its name and axes, a text where any length is taken."""

    name: str
    dims: tuple[int | str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One batch, run through the export in its runtime and through the design's network in torch.

    `pictures` are of normal noise or real ones, `height` and `width` in pixels. `largest` is the largest absolute
    difference of any output, `relative` its share of the range (largest minus smallest) of the outputs. `top1` is the
    share of pictures, 0 to 1, to which both give the same class; None where the outputs are no scores of classes.
    """

    pictures: Literal["random", "real"]
    batch: int
    height: int
    width: int
    largest: float
    relative: float
    top1: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """How long one batch takes in the export's runtime and in torch, in milliseconds, medians of runs in turn.

    `ratio` is the median of the ratios of the pairs, runtime over torch; `pairs` is how many there were.
    """

    batch: int
    runtime_ms: float
    torch_ms: float
    ratio: float
    pairs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preprocessing:
    """The pictures the network takes: (B, channels, height, width), and (picture - mean) / std on a scale of 0 to 1.

    `resize` says how pictures come to that size. Empty tuples and texts mean that nobody said, as with weights that
    were never trained.
    """

    channels: int
    height: int
    width: int
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    classes: tuple[str, ...] = ()
    resize: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRecord:
    """An export that was run in its runtime and compared with the design's network before it was put in place.

    `path` is what was asked for, a file or a package's folder. `design` is the digest of the graph, `weights` say
    where the numbers came from, empty for fresh ones. `tolerance` is the largest share of the range that was
    allowed. `real` says whose the real pictures are, or why there were none. `dynamic` names the axes that were
    tried at several lengths. `made` is a time in UTC, ISO 8601; `versions` the libraries that were used.
    """

    version: int = VERSION
    format: Format
    path: str
    files: tuple[ExportedFile, ...]
    name: str
    design: str
    weights: str
    runtime: str
    precision: Precision
    opset: int | None
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    dynamic: tuple[str, ...]
    tolerance: float
    trials: tuple[Trial, ...]
    real: str
    latency: tuple[Latency, ...]
    preprocessing: Preprocessing
    versions: Mapping[str, str]
    threads: int
    made: str
    seconds: float

    @property
    def bytes(self) -> int:
        """The bytes of all files together."""
        return sum(file.bytes for file in self.files)

    @property
    def largest(self) -> float:
        """The largest absolute difference of all trials."""
        return max(trial.largest for trial in self.trials)

    @property
    def relative(self) -> float:
        """The largest difference of all trials as a share of the range of the outputs."""
        return max(trial.relative for trial in self.trials)

    @property
    def batches(self) -> tuple[int, ...]:
        """The batch sizes that were tried, each once."""
        return tuple(sorted({trial.batch for trial in self.trials}))

    @property
    def top1(self) -> float | None:
        """The share of real pictures (of random ones where there were none) with the same class; None if no scores."""
        scored = [trial for trial in self.trials if trial.top1 is not None]
        chosen = [trial for trial in scored if trial.pictures == "real"] or scored
        if not chosen:
            return None
        return sum(trial.batch * (trial.top1 or 0.0) for trial in chosen) / sum(t.batch for t in chosen)

    @property
    def agreement(self) -> str:
        """How far the export is from the design, in words."""
        if self.largest == 0.0:
            return "bit-identical"
        return f"largest difference {self.largest:.1e} ({self.relative:.1e} of the range)"

    def __str__(self) -> str:
        named = [self.path, *(file.name for file in self.files if file.name != Path(self.path).name)]
        names = self.path if self.format == "package" else " and ".join(named)
        size = f"{self.bytes / 1e6:,.1f} MB" if self.bytes >= 1e6 else f"{self.bytes / 1e3:,.1f} kB"
        sizes = [str(batch) for batch in self.batches]
        told = f"{', '.join(sizes[:-1])} and {sizes[-1]}" if len(sizes) > 1 else sizes[0]
        parts = [f"{names}: {size}, {self.agreement} at batches of {told}"]
        if self.top1 is not None:
            parts.append(f"same class for {100 * self.top1:.4g} % of the pictures")
        parts += [f"{one.ratio:.2f} times torch's time at batch {one.batch}" for one in self.latency[-1:]]
        return ", ".join(parts)


def record_path(target: Path) -> Path:
    """Where the record of an export lies: beside it, under its whole name."""
    return target.with_name(f"{target.name}{ENDING}")


def record_text(record: ExportRecord) -> str:
    """A record as JSON."""
    return json.dumps(asdict(record), indent=1, ensure_ascii=False) + "\n"


def load_record(path: Path) -> ExportRecord:
    """Read a record. Raises DocumentError for a file that is missing, damaged or of another version."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ValueError("it is far too large for one")
        return parse_record(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DocumentError(f"The record {path} cannot be read: {error.strerror or error}.") from error
    except ValueError as error:
        raise DocumentError(f"{path} is no record of an export: {error}.", "Export again.") from error


def parse_record(text: str) -> ExportRecord:
    """A record from its JSON. Raises ValueError where it is none, or one of another version."""
    try:
        content = json.loads(text)
        if not isinstance(content, dict):
            raise TypeError("it holds no object")
        if content.get("version") != VERSION:
            raise ValueError(f"its version is {content.get('version')!r}, not {VERSION}")
        found: ExportRecord = _read(ExportRecord, content)
        if not found.trials:
            raise ValueError("nothing was tried")
    except (TypeError, KeyError, RecursionError) as error:
        raise ValueError(str(error)) from error
    return found


def run_records(run: Path) -> list[ExportRecord]:
    """The records of a run's exports, the newest first; those that cannot be read are left out."""
    found: list[ExportRecord] = []
    for path in sorted((run / FOLDER).glob(f"*{ENDING}")):
        try:
            found.append(load_record(path))
        except DocumentError:
            continue  # a record of another version, or half of a copied folder, says nothing that could be shown
    return sorted(found, key=lambda record: record.made, reverse=True)


def _read(kind: Any, value: Any) -> Any:
    """A JSON value as the type that a field declares. Raises TypeError, KeyError or ValueError where it is none."""
    if is_dataclass(kind) and isinstance(kind, type):
        if not isinstance(value, dict):
            raise TypeError(f"{value!r} stands where an object has to")
        hints = get_type_hints(kind)
        if strange := set(value) - {each.name for each in fields(kind)}:
            raise ValueError(f"{', '.join(sorted(strange))} is not known")
        return kind(**{name: _read(hints[name], inner) for name, inner in value.items()})
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        if any(type(value) is one for one in inner):
            return value
        return _read(next(one for one in inner if one is not type(None)), value)
    if origin is tuple and isinstance(value, list):
        return tuple(_read(inner[0], each) for each in value)
    if origin is not None and issubclass(_plain(origin), Mapping) and isinstance(value, dict):
        return {str(name): _read(inner[1], each) for name, each in value.items()}
    if origin is Literal and value in inner:
        return value
    if kind is float and type(value) in (int, float):
        return float(value)
    if type(value) is not kind:
        raise TypeError(f"{value!r} stands where another kind of value has to")
    return value


def _plain(origin: Any) -> type:
    return origin if isinstance(origin, type) else type(None)
