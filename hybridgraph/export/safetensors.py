"""The weights of a network as a safetensors file that says where they come from."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from hybridgraph import compiler
from hybridgraph.export import parity
from hybridgraph.export.network import prepare
from hybridgraph.export.result import ExportResult
from hybridgraph.graph.model import Graph
from hybridgraph.storage import write_atomic
from hybridgraph.weights.files import Weights, load_weights, packed


@parity.enough_memory()
def export_safetensors(
    graph: Graph, path: Path | str, weights: Weights | Path | str | None = None
) -> ExportResult:
    """Write the weights of a design under the names of its standalone source.

    The file is read back into a second network and compared before it takes its place. Raises as
    `network.prepare`, ExportError when the two differ, DocumentError when it cannot be written.
    """
    started, path = time.perf_counter(), Path(path)
    network = prepare(graph, weights)
    data = packed(network.module, network.facts)
    images = [parity.random_images(network.plan.input, batch) for batch in parity.BATCHES]
    with tempfile.TemporaryDirectory(prefix="hybridgraph-") as folder:
        trial = Path(folder) / "weights.safetensors"
        trial.write_bytes(data)
        twin = compiler.compile_seeded(graph, network.engine)
        load_weights(trial, twin)
    difference = parity.compare(parity.outputs(network.module, images), parity.outputs(twin, images))
    parity.require(difference, "The safetensors file", tolerance=0.0)
    write_atomic(path, data)
    return ExportResult(
        path=path,
        format="safetensors",
        largest_difference=difference.largest,
        relative=difference.relative,
        batches=parity.BATCHES,
        bytes=len(data),
        seconds=time.perf_counter() - started,
    )
