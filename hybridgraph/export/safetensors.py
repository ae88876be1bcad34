"""The weights of a network as a safetensors file that says where they come from."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import torch

from hybridgraph import compiler
from hybridgraph.export import parity
from hybridgraph.export.network import prepare
from hybridgraph.export.outcome import Outcome, Source, conclude, is_scored, samples_for
from hybridgraph.export.record import ExportRecord
from hybridgraph.graph.model import Graph
from hybridgraph.weights.files import load_weights, packed


@parity.enough_memory()
def export_safetensors(graph: Graph, path: Path | str, weights: Source = None) -> ExportRecord:
    """Write the weights of a design under the names of its standalone source.

    The file is read back into a second network and compared before it takes its place. Raises as
    `network.prepare`, ExportError when the two differ, DocumentError when it cannot be written.
    """
    started, path = time.perf_counter(), Path(path)
    network = prepare(graph, weights)
    data = packed(network.module, network.facts)
    samples, whose = samples_for(network, weights)
    with tempfile.TemporaryDirectory(prefix="hybridgraph-") as folder:
        trial = Path(folder) / "weights.safetensors"
        trial.write_bytes(data)
        twin = compiler.compile_seeded(graph, network.engine)
        load_weights(trial, twin)
    wanted, got = parity.expected(network.module, samples), parity.expected(twin, samples)
    trials = parity.judge(samples, wanted, got, is_scored=is_scored(network))
    parity.require(trials, "The safetensors file", allowed=0.0)
    outcome = Outcome(
        format="safetensors", runtime=f"torch {torch.__version__}, read back", trials=trials, real=whose
    )
    return conclude(network, weights, outcome, path, {path: data}, started)
