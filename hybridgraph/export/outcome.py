"""The end of every export: the trials are gathered, the record is made, and all files take their place together."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import torch
from torch import nn

from hybridgraph import __version__
from hybridgraph.errors import DocumentError
from hybridgraph.export import parity
from hybridgraph.export.latency import latency
from hybridgraph.export.network import Network
from hybridgraph.export.pictures import real_samples
from hybridgraph.export.record import (
    ENDING,
    FOLDER,
    ExportedFile,
    ExportRecord,
    Format,
    Latency,
    Port,
    Precision,
    Preprocessing,
    Trial,
    record_path,
    record_text,
)
from hybridgraph.shapes import BOX, Detections, ImageMap, Vector
from hybridgraph.storage import replacing, write_atomic
from hybridgraph.weights.files import Weights

INPUT, OUTPUT = "image", "output"
FOUND = ("logits", "boxes")
"""The outputs of a detector: (B, Q, K + 1), (B, Q, 4)."""

Source = Weights | Path | str | None
"""Where weights come from: read ones, a run's folder, a safetensors file, or nowhere: fresh ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an export found about itself before its files were put in place."""

    format: Format
    runtime: str
    trials: tuple[Trial, ...]
    real: str
    latency: tuple[Latency, ...] = ()
    tolerance: float = 0.0
    precision: Precision = "fp32"
    opset: int | None = None
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    dynamic: tuple[str, ...] = ("batch",)


def run_of(source: Source) -> Path | None:
    """The folder of the run whose weights are exported, if it is one."""
    if source is None or isinstance(source, Weights):
        return None
    path = Path(source)
    return path if path.is_dir() else None


def samples_for(network: Network, source: Source) -> tuple[list[parity.Sample], str]:
    """All batches an export is tried with, and whose the real pictures are."""
    real, whose = real_samples(network, run_of(source))
    return [*parity.random_samples(network.plan.input), *real], whose


def is_scored(network: Network) -> bool:
    """Whether the output is one score for each class."""
    return isinstance(network.plan.output, Vector)


def latencies(
    runner: parity.Runner, module: nn.Module, samples: Sequence[parity.Sample]
) -> tuple[Latency, ...]:
    """The smallest and the largest batch, timed beside torch."""
    ordered = sorted(samples, key=lambda sample: len(sample.images))
    return tuple(latency(runner, module, sample.images) for sample in (ordered[0], ordered[-1]))


def ports(
    network: Network, names: Sequence[str], free: Mapping[int, str]
) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
    """Inputs and outputs of a network's export; `free` names the axes of the pictures that take any length."""
    image = (None, *network.plan.input.dims)
    inputs = (Port(name=INPUT, dims=tuple(free.get(axis, dim or 0) for axis, dim in enumerate(image))),)
    output = network.plan.output
    shapes: list[tuple[int | str, ...]] = [tuple(output.dims)]
    if isinstance(output, Detections) and len(names) > 1:
        shapes = [(output.queries, output.classes + 1), (output.queries, BOX)]
    elif isinstance(output, ImageMap) and len(free) > 1:
        shapes = [(output.channels, "output_height", "output_width")]
    return inputs, tuple(
        Port(name=name, dims=("batch", *dims)) for name, dims in zip(names, shapes, strict=True)
    )


def conclude(
    network: Network,
    source: Source,
    outcome: Outcome,
    target: Path,
    files: Mapping[Path, bytes | Path],
    started: float,
) -> ExportRecord:
    """Put the files and the record in place, all or none, and hand the record back.

    `files` maps places to their bytes or to a file to copy. A record goes to the run as well whose weights these
    are. Raises DocumentError.
    """
    described = tuple(_described(place.name, content) for place, content in files.items())
    record = _record(network, outcome, target, described, started)
    put({**files, record_path(target): record_text(record).encode()})
    _tell_run(source, record, target)
    return record


def conclude_folder(
    network: Network,
    source: Source,
    outcome: Outcome,
    target: Path,
    files: Mapping[str, bytes],
    started: float,
) -> ExportRecord:
    """The same for a new folder: it is filled under another name beside its place and then takes its own."""
    described = tuple(_described(f"{target.name}/{name}", content) for name, content in files.items())
    record = _record(network, outcome, target, described, started)
    try:
        with tempfile.TemporaryDirectory(
            prefix=f".{target.name[:80]}.", dir=target.absolute().parent
        ) as made:
            filled = Path(made) / target.name
            for name, content in files.items():
                place = filled / name
                place.parent.mkdir(parents=True, exist_ok=True)
                try:
                    write_atomic(place, content)
                except DocumentError as error:  # the name it is made under says nothing to anybody
                    told = error.message.replace(str(place.resolve()), str(target / name))
                    raise DocumentError(told, error.hint) from error
            put({record_path(target): record_text(record).encode()})
            if target.is_dir():
                target.rmdir()  # it is empty, or this is refused
            filled.rename(target)
    except OSError as error:
        with suppress(OSError):
            record_path(target).unlink(missing_ok=True)
        raise DocumentError(
            f"Cannot write {target}: {(error.strerror or str(error)).lower()}.", "Choose another place."
        ) from error
    _tell_run(source, record, target)
    return record


def _record(
    network: Network, outcome: Outcome, target: Path, files: tuple[ExportedFile, ...], started: float
) -> ExportRecord:
    plan, weights, shape = network.plan, network.weights, network.plan.input
    return ExportRecord(
        format=outcome.format,
        path=str(target.absolute()),
        files=files,
        name=plan.name,
        design=plan.digest,
        weights=weights.origin if weights is not None else "",
        runtime=outcome.runtime,
        precision=outcome.precision,
        opset=outcome.opset,
        inputs=outcome.inputs,
        outputs=outcome.outputs,
        dynamic=outcome.dynamic,
        tolerance=outcome.tolerance,
        trials=outcome.trials,
        real=outcome.real,
        latency=outcome.latency,
        preprocessing=Preprocessing(
            channels=shape.channels,
            height=shape.height,
            width=shape.width,
            mean=weights.mean if weights is not None else (),
            std=weights.std if weights is not None else (),
            classes=weights.classes if weights is not None else (),
            resize=weights.resize if weights is not None else "",
        ),
        versions={"hybridgraph": __version__, "torch": torch.__version__, **_versions(outcome.format)},
        threads=torch.get_num_threads(),
        made=datetime.now(UTC).isoformat(timespec="milliseconds"),
        seconds=round(time.perf_counter() - started, 3),
    )


def _tell_run(source: Source, record: ExportRecord, target: Path) -> None:
    run = run_of(source)
    if run is not None:
        with suppress(
            DocumentError, OSError
        ):  # the run may be read-only; the record lies beside the export as well
            (run / FOLDER).mkdir(exist_ok=True)
            write_atomic(run / FOLDER / f"{target.name}{ENDING}", record_text(record))


def put(files: Mapping[Path, bytes | Path]) -> None:
    """Write files, from bytes or as copies: each is whole on the disk before the first takes its name.

    Raises DocumentError; all files are then as they were.
    """
    with ExitStack() as stack:
        for place, content in files.items():
            size = len(content) if isinstance(content, bytes) else content.stat().st_size
            temporary = stack.enter_context(replacing(place, needed_bytes=size))
            if isinstance(content, bytes):
                temporary.write_bytes(content)
            else:
                shutil.copyfile(content, temporary)


def _described(name: str, content: bytes | Path) -> ExportedFile:
    if isinstance(content, bytes):
        return ExportedFile(name=name, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    with content.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return ExportedFile(name=name, bytes=content.stat().st_size, sha256=digest)


def _versions(form: Format) -> dict[str, str]:
    names = {"onnx": ("onnx", "onnxruntime"), "safetensors": ("safetensors",), "package": ("safetensors",)}
    return {name: version(name) for name in names.get(form, ())}
