"""The network as one Python file on torch alone, run by a process that cannot import HybridGraph."""

from __future__ import annotations

import ast
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from hybridgraph import compiler
from hybridgraph.errors import ExportError
from hybridgraph.export import parity, stranger
from hybridgraph.export.formatting import format_source
from hybridgraph.export.network import Network, prepare
from hybridgraph.export.outcome import (
    OUTPUT,
    Outcome,
    Source,
    conclude,
    is_scored,
    latencies,
    ports,
    samples_for,
)
from hybridgraph.export.record import ExportRecord, Format
from hybridgraph.graph.model import Graph
from hybridgraph.weights.files import packed

SECONDS = 900


@parity.enough_memory()
def export_source(graph: Graph, path: Path | str, weights: Source = None) -> ExportRecord:
    """Write the design as a standalone model file; with weights, those beside it as safetensors.

    Before anything is written, a new process builds the network from the file, loads the weights by name and has
    to give the very same bits as the design's own network. Raises as `network.prepare`, ExportError when the
    outputs differ, DocumentError when a file cannot be written.
    """
    started, path = time.perf_counter(), Path(path)
    network = prepare(graph, weights)
    text = standalone_text(network)
    data = packed(network.module, network.facts)
    samples, whose = samples_for(network, weights)
    outcome = tried("code", network, text, data, samples, whose)
    files = {weights_path(path): data} if network.weights is not None else {}
    return conclude(network, weights, outcome, path, {**files, path: text.encode()}, started)


def weights_path(path: Path) -> Path:
    """Where the weights of a standalone source lie: beside it, under its name."""
    return path.with_suffix(".safetensors")


def standalone_text(network: Network) -> str:
    """The source of a network on torch alone, formatted. Raises ExportError."""
    text = format_source(compiler.source(network.graph, standalone=True, engine=network.engine).text)
    _require_torch_alone(text)
    return text


def tried(
    form: Format, network: Network, text: str, weights: bytes, samples: Sequence[parity.Sample], whose: str
) -> Outcome:
    """What came of running a source with its weights in a new process. Raises ExportError unless bit-identical."""
    with tempfile.TemporaryDirectory(prefix="hybridgraph-") as name:
        folder = Path(name)
        files = [folder / each for each in ("model.py", "weights.safetensors")]
        files[0].write_text(text, encoding="utf-8")
        files[1].write_bytes(weights)
        wanted = parity.expected(network.module, samples)
        got = _run_alone(folder, files, samples)
        trials = parity.judge(samples, wanted, got, is_scored=is_scored(network))
        parity.require(trials, "The standalone source", allowed=0.0)
        module: nn.Module = compiler.build(files[0]).eval()
        module.load_state_dict(load_file(files[1]))
    inputs, outputs = ports(network, [OUTPUT], {0: "batch"})
    return Outcome(
        format=form,
        runtime=f"torch {torch.__version__}, in a process without HybridGraph",
        trials=trials,
        real=whose,
        latency=latencies(lambda images: parity.as_outputs(module(images)), network.module, samples),
        inputs=inputs,
        outputs=outputs,
    )


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


def _run_alone(folder: Path, files: list[Path], samples: Sequence[parity.Sample]) -> list[parity.Outputs]:
    """The outputs of the source in a new process. Raises ExportError when it fails there."""
    images, outputs = folder / "images", folder / "outputs"
    save_file({str(index): sample.images for index, sample in enumerate(samples)}, images)
    paths = [*files, images, outputs]
    run_python(
        ["-I", stranger.__file__, *map(str, paths), str(torch.get_num_threads())], "The standalone source"
    )
    results = load_file(outputs)
    return [(results[str(index)],) for index in range(len(samples))]


def run_python(arguments: Sequence[str], what: str, folder: Path | None = None) -> None:
    """Run a new Python process. Raises ExportError with the last line it said when it fails."""
    try:
        done = subprocess.run(
            [sys.executable, *arguments], capture_output=True, timeout=SECONDS, check=False, cwd=folder
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ExportError(f"{what} could not be tried in a new process: {error}.") from error
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise ExportError(
            f"{what} does not run: {(lines or ['it was killed'])[-1].strip().rstrip('.')}.",
            "Nothing was written.",
        )
