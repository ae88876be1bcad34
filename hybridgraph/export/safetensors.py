"""The weights of a network as a safetensors file that says where they come from."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

from safetensors.torch import save

from hybridgraph.export import parity
from hybridgraph.export.network import Network, compile_seeded, prepare
from hybridgraph.export.result import ExportResult
from hybridgraph.export.weights import Weights, load_weights
from hybridgraph.graph.model import Graph
from hybridgraph.storage import write_atomic
from hybridgraph.train.checkpoints import fingerprint


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
    data = packed(network)
    images = [parity.random_images(network.plan.input, batch) for batch in parity.BATCHES]
    with tempfile.TemporaryDirectory(prefix="hybridgraph-") as folder:
        trial = Path(folder) / "weights.safetensors"
        trial.write_bytes(data)
        twin = compile_seeded(graph, network.engine)
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


def packed(network: Network) -> bytes:
    """The bytes of a safetensors file with the network's weights and the facts about it."""
    # a copy of each: tied weights share their memory, which safetensors refuses to write
    state = network.module.state_dict()
    tensors = {name: value.detach().to("cpu", copy=True).contiguous() for name, value in state.items()}
    text = json.dumps(network.facts, sort_keys=True)
    header = {"format": "pt", "hybridgraph": text, "sha256": fingerprint(tensors, text)}
    return save(tensors, metadata=header)
