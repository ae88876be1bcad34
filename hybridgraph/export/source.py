"""The network as one Python file on torch alone, run by a process that cannot import HybridGraph."""

from __future__ import annotations

import ast
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from hybridgraph import compiler
from hybridgraph.errors import ExportError
from hybridgraph.export import parity, stranger
from hybridgraph.export.formatting import format_source
from hybridgraph.export.network import prepare
from hybridgraph.export.result import ExportResult
from hybridgraph.graph.model import Graph
from hybridgraph.storage import write_atomic
from hybridgraph.weights.files import Weights, packed

_SECONDS = 900


@parity.enough_memory()
def export_source(
    graph: Graph, path: Path | str, weights: Weights | Path | str | None = None
) -> ExportResult:
    """Write the design as a standalone model file; with weights, those beside it as safetensors.

    Before anything is written, a new process builds the network from the file, loads the weights by name and has
    to give the very same bits as the design's own network. Raises as `network.prepare`, ExportError when the
    outputs differ, DocumentError when a file cannot be written.
    """
    started, path = time.perf_counter(), Path(path)
    network = prepare(graph, weights)
    text = format_source(compiler.source(graph, standalone=True, engine=network.engine).text)
    _require_torch_alone(text)
    data = packed(network.module, network.facts)
    images = [parity.random_images(network.plan.input, batch) for batch in parity.BATCHES]
    difference = parity.compare(parity.outputs(network.module, images), _run_alone(text, data, images))
    parity.require(difference, "The standalone source", tolerance=0.0)
    beside = [weights_path(path)] if network.weights is not None else []
    for target in beside:  # the larger file first: it is the one that a full disk refuses
        write_atomic(target, data)
    write_atomic(path, text)
    return ExportResult(
        path=path,
        format="code",
        largest_difference=difference.largest,
        relative=difference.relative,
        batches=parity.BATCHES,
        bytes=sum(file.stat().st_size for file in (path, *beside)),
        seconds=time.perf_counter() - started,
        beside=tuple(map(str, beside)),
    )


def weights_path(path: Path) -> Path:
    """Where the weights of a standalone source lie: beside it, under its name."""
    return path.with_suffix(".safetensors")


def _require_torch_alone(text: str) -> None:
    """Raise ExportError when the source imports anything but torch and Python's own library."""
    imported: list[str] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            imported += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            imported.append(node.module or ".")
    roots = {name.partition(".")[0] for name in imported}
    if foreign := roots - {"torch"} - sys.stdlib_module_names:
        raise ExportError(
            f"The standalone source would import {', '.join(sorted(foreign))}, where only torch is allowed.",
            "A block that the design uses needs that package; nothing was written.",
        )


def _run_alone(text: str, weights: bytes, images: list[Tensor]) -> list[Tensor]:
    """The outputs of the source in a new process. Raises ExportError when it fails there."""
    with tempfile.TemporaryDirectory(prefix="hybridgraph-") as name:
        folder = Path(name)
        files = [folder / each for each in ("model.py", "weights", "images", "outputs")]
        files[0].write_text(text, encoding="utf-8")
        files[1].write_bytes(weights)
        save_file({str(index): batch for index, batch in enumerate(images)}, files[2])
        command = [sys.executable, "-I", stranger.__file__, *map(str, files), str(torch.get_num_threads())]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ExportError(
                f"The standalone source could not be tried in a new process: {error}."
            ) from error
        if done.returncode != 0:
            lines = done.stderr.decode(errors="replace").strip().splitlines()
            raise ExportError(
                f"The standalone source does not run: {(lines or ['it was killed'])[-1].strip().rstrip('.')}.",
                "Nothing was written.",
            )
        results = load_file(files[3])
        return [results[str(index)] for index in range(len(images))]
