"""The network as a program of torch.export, one file that torch loads without any source."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path

import torch

from hybridgraph.errors import ExportError
from hybridgraph.export import parity, tracing
from hybridgraph.export.network import prepare
from hybridgraph.export.outcome import Outcome, Source, conclude, is_scored, latencies, ports, samples_for
from hybridgraph.export.record import ExportRecord
from hybridgraph.graph.model import Graph

FACTS = "hybridgraph.json"
"""The name under which the file keeps what is known of it; torch.export.load hands it back as an extra file."""


@parity.enough_memory()
def export_program(graph: Graph, path: Path | str, weights: Source = None) -> ExportRecord:
    """Write the design in evaluation mode as a torch.export program with a free batch axis, weights inside.

    The bytes are loaded again and run at several batch sizes before they take their place. Raises as
    `network.prepare`, ExportError when it cannot be made, differs from the design or has a fixed batch axis,
    DocumentError when it cannot be written.
    """
    started, path = time.perf_counter(), Path(path)
    network = prepare(graph, weights)
    samples, whose = samples_for(network, weights)
    module = tracing.Prediction(network).eval()
    example = parity.random_images(network.plan.input, parity.EXAMPLE_BATCH)
    program = tracing.program_of(module, example)
    buffer = io.BytesIO()
    with tracing.silence():
        torch.export.save(program, buffer, extra_files={FACTS: json.dumps(network.facts)})
        loaded = torch.export.load(io.BytesIO(buffer.getvalue())).module()
    wanted = parity.expected(module, samples)
    try:
        got = parity.expected(loaded, samples)
    except (RuntimeError, AssertionError) as error:
        raise ExportError(
            f"The torch.export program refuses other batches: {tracing.first_line(str(error))}.",
            "Nothing was written.",
        ) from error
    trials = parity.judge(samples, wanted, got, is_scored=is_scored(network))
    parity.require(trials, "The torch.export program")
    inputs, outputs = ports(network, module.names, tracing.AXES)
    outcome = Outcome(
        format="pt2",
        runtime=f"torch.export of torch {torch.__version__}",
        trials=trials,
        real=whose,
        latency=latencies(lambda images: parity.as_outputs(loaded(images)), module, samples),
        tolerance=parity.TOLERANCE,
        inputs=inputs,
        outputs=outputs,
    )
    return conclude(network, weights, outcome, path, {path: buffer.getvalue()}, started)
