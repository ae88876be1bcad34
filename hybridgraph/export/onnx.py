"""The network as one ONNX file with a free batch axis, run by ONNX Runtime before it is called done."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from hybridgraph.errors import ExportError
from hybridgraph.export import parity
from hybridgraph.export.network import Network, prepare
from hybridgraph.export.result import ExportResult
from hybridgraph.graph.model import Graph
from hybridgraph.shapes import BOX, Detections
from hybridgraph.storage import write_atomic
from hybridgraph.weights.files import Weights

OPSET = 20
"""The set of operators that torch's exporter aims at unless told otherwise."""
INPUT, OUTPUT = "image", "output"
FOUND = ("logits", "boxes")
"""The outputs of a detector: (B, Q, K + 1), (B, Q, 4)."""
MAX_BYTES = 2**31 - 1
"""What one ONNX file can hold; weights above that would need a second file, which gets lost when it is moved."""


class Prediction(nn.Module):
    """A network; of a detector what its last decoder layer found, scores and boxes apart."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network.module
        self.detects = isinstance(network.plan.output, Detections)
        self.names = FOUND if self.detects else (OUTPUT,)

    def forward(self, images: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Run the network: (B, C, H, W) to its output, or to (B, Q, K + 1) and (B, Q, 4)."""
        result: Tensor = self.network(images)
        if not self.detects:
            return result
        last = result[:, -1]  # (B, Q, K + 1 + 4)
        return last[..., :-BOX], last[..., -BOX:]


@parity.enough_memory()
def export_onnx(
    graph: Graph, path: Path | str, weights: Weights | Path | str | None = None, *, opset: int = OPSET
) -> ExportResult:
    """Write the design in evaluation mode as ONNX, weights inside, for batches of any size.

    The file passes ONNX's checker and runs in ONNX Runtime at two batch sizes, neither that of the example it was
    traced with, before it takes its place. Its metadata say size, classes and normalisation of the pictures. The file
    of a detector gives the prediction of its last decoder layer, as `logits` and `boxes`.
    Raises as `network.prepare`, ExportError when it cannot be made, differs from the design or has a fixed batch
    axis, DocumentError when it cannot be written.
    """
    started, path = time.perf_counter(), Path(path)
    network = prepare(graph, weights)
    data = check(traced(network, opset), network)
    difference = compare(data, network)
    write_atomic(path, data)
    return ExportResult(
        path=path,
        format="onnx",
        largest_difference=difference.largest,
        relative=difference.relative,
        batches=parity.BATCHES,
        bytes=len(data),
        seconds=time.perf_counter() - started,
    )


def traced(network: Network, opset: int = OPSET) -> Any:
    """The network as an ONNX model. Raises ExportError when torch's exporter cannot make one."""
    tensors = (*network.module.parameters(), *network.module.buffers())
    _require_one_file(sum(tensor.nbytes for tensor in tensors))
    example = parity.random_images(network.plan.input, parity.EXAMPLE_BATCH)
    module = Prediction(network)
    try:
        with _silence(), torch.no_grad():
            program = torch.onnx.export(
                module.eval(),
                (example,),
                dynamo=True,
                dynamic_shapes=({0: torch.export.Dim("batch", min=1)},),
                input_names=[INPUT],
                output_names=list(module.names),
                opset_version=opset,
            )
        assert program is not None  # it is None only where a file is written at once
        model = program.model_proto
    except Exception as error:
        text = str(error)
        if "batch" in text and "constan" in text.lower():  # torch: "... marked batch as dynamic ... constant"
            raise _fixed_batch() from error
        raise ExportError(
            f"The ONNX export failed in torch's exporter: {type(error).__name__}: {_first_line(text)}.",
            f"Try another opset than {opset}, or export the source.",
        ) from error
    given = next(entry.version for entry in model.opset_import if not entry.domain)
    if given != opset:  # the exporter takes one that it can write, and says so only in its log
        raise ExportError(
            f"Torch's exporter cannot write opset {opset}, it gives {given}.",
            f"Choose opset {given} or {OPSET}.",
        )
    return model


def check(model: Any, network: Network) -> bytes:
    """The bytes of a model with its metadata, found sound by ONNX's checker. Raises ExportError."""
    import onnx

    _require_one_file(model.ByteSize())  # folded constants may have come in
    for value in (*model.graph.input, *model.graph.output):
        if not value.type.tensor_type.shape.dim[0].dim_param:
            raise _fixed_batch()
    onnx.helper.set_model_props(model, _properties(network.facts))
    model.producer_name = "HybridGraph"
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ExportError(
            f"ONNX's checker refuses the file: {_first_line(str(error))}.", "Nothing was written."
        ) from error
    data: bytes = model.SerializeToString()
    return data


def compare(data: bytes, network: Network) -> parity.Difference:
    """How far ONNX Runtime is from the network, at two batch sizes. Raises ExportError when too far."""
    images = [parity.random_images(network.plan.input, batch) for batch in parity.BATCHES]
    module = Prediction(network)
    expected, got = parity.outputs(module, images), run(data, images)
    each = [
        parity.compare(expected[index :: len(module.names)], got[index :: len(module.names)])
        for index in range(len(module.names))
    ]
    difference = max(each, key=lambda one: one.relative)
    parity.require(difference, "The ONNX file in ONNX Runtime")
    return difference


def run(data: bytes, images: list[Tensor]) -> list[Tensor]:
    """What an ONNX file gives for each batch in ONNX Runtime on the processor, several outputs one after the other.

    Raises ExportError when it refuses.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 4  # what matters is raised
    results: list[Tensor] = []
    batch = images[0]
    try:
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        for batch in images:
            results += [torch.from_numpy(result) for result in session.run(None, {INPUT: batch.numpy()})]
    except Exception as error:  # ONNX Runtime's exceptions have no root of their own
        sizes = "×".join(map(str, batch.shape))
        raise ExportError(
            f"ONNX Runtime refuses the file with pictures of {sizes}: {_first_line(str(error))}.",
            "Nothing was written.",
        ) from error
    return results


def _require_one_file(size: int) -> None:
    if size > MAX_BYTES:
        raise ExportError(
            f"The network needs {size / 1e9:.1f} GB; one ONNX file holds at most {MAX_BYTES / 1e9:.1f} GB.",
            "Export it as safetensors with its source.",
        )


def _fixed_batch() -> ExportError:
    return ExportError(
        "The ONNX file would take batches of one size only: a block of the design fixes the batch axis.",
        "Nothing was written. The block's forward has to take the batch size from its input.",
    )


def _properties(facts: dict[str, Any]) -> dict[str, str]:
    """Facts as ONNX keeps them: text under text; lists and numbers as JSON."""
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in facts.items()}


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep the exporter's progress, its hints on packages it does not need and torch's own warnings off the screen."""
    nothing = io.StringIO()
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "torch.export", "onnxscript", "onnx_ir")]
    before = [logger.level for logger in loggers]
    with warnings.catch_warnings(), contextlib.redirect_stdout(nothing), contextlib.redirect_stderr(nothing):
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)
        try:
            yield
        finally:
            for logger, level in zip(loggers, before, strict=True):
                logger.setLevel(level)


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[0].rstrip(".")
