"""The network as a small package that installs, with weights, pinned libraries and a test of its own."""

from __future__ import annotations

import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor

from hybridgraph.codegen.package import Pictures, package_files, package_name
from hybridgraph.errors import DocumentError, ExportError
from hybridgraph.export import parity
from hybridgraph.export.formatting import format_source
from hybridgraph.export.network import Network, prepare
from hybridgraph.export.outcome import Source, conclude_folder, samples_for
from hybridgraph.export.record import ExportRecord
from hybridgraph.export.source import run_python, standalone_text, tried
from hybridgraph.graph.model import Graph
from hybridgraph.weights.files import packed

_REFERENCE_BATCHES = 2
"""How many of the tried batches the package keeps for its own test: the two of noise."""


@parity.enough_memory()
def export_package(graph: Graph, path: Path | str, weights: Source = None) -> ExportRecord:
    """Write the design as a folder with model.py, weights, pyproject.toml, a readme and its own test.

    A new process has to get the design's very bits from the source, and the package's own test has to pass, before
    the folder takes its place. Raises as `network.prepare`, ExportError when something differs, DocumentError when
    the folder exists and holds anything, or cannot be written.
    """
    started, path = time.perf_counter(), Path(path)
    _require_room(path)
    network = prepare(graph, weights)
    samples, whose = samples_for(network, weights)
    text, data = standalone_text(network), packed(network.module, network.facts)
    outcome = tried("package", network, text, data, samples, whose)
    name = package_name(path.name)
    files = {
        f"{name}/model.py": text.encode(),
        f"{name}/weights.safetensors": data,
        "reference.safetensors": _reference(network, samples[:_REFERENCE_BATCHES]),
        **{place: content.encode() for place, content in _texts(network, name).items()},
    }
    with tempfile.TemporaryDirectory(prefix="hybridgraph-") as made:
        folder = Path(made)
        for place, content in files.items():
            (folder / place).parent.mkdir(exist_ok=True)
            (folder / place).write_bytes(content)
        run_python(["-E", "-s", "-B", "test_model.py"], "The package's own test", folder)
    return conclude_folder(network, weights, outcome, path, files, started)


def _texts(network: Network, name: str) -> dict[str, str]:
    known = network.weights
    pictures = Pictures()
    if known is not None:
        pictures = Pictures(mean=known.mean, std=known.std, classes=known.classes, resize=known.resize)
    pins = {"torch": torch.__version__.partition("+")[0], "safetensors": version("safetensors")}
    texts = package_files(network.plan, name, pictures, pins, known.origin if known is not None else "")
    return {place: format_source(text) if place.endswith(".py") else text for place, text in texts.items()}


def _reference(network: Network, samples: list[parity.Sample]) -> bytes:
    """Pictures and what the design gives for them."""
    tensors: dict[str, Tensor] = {}
    for index, (sample, (output, *_)) in enumerate(
        zip(samples, parity.expected(network.module, samples), strict=True)
    ):
        tensors |= {f"images{index}": sample.images, f"outputs{index}": output.contiguous()}
    return safetensors.torch.save(tensors)


def _require_room(path: Path) -> None:
    """Raise where the folder's place is taken or cannot be: before minutes of work."""
    if not path.absolute().parent.is_dir():
        raise DocumentError(f"Cannot write {path}: its folder does not exist.", "Choose another place.")
    if path.is_file() or (path.is_dir() and any(path.iterdir())):
        raise ExportError(
            f"Cannot write the package {path}: there is something of this name already.",
            "Choose a new folder, or an empty one.",
        )
