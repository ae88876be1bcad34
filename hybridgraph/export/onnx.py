"""The network as ONNX with a free batch axis, run by ONNX Runtime before it is called done."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx
import onnx_ir
import onnxruntime
import torch
from onnx_ir.passes import common
from torch import Tensor

from hybridgraph import __version__
from hybridgraph.errors import ExportError
from hybridgraph.export import parity, tracing
from hybridgraph.export.network import Network, prepare
from hybridgraph.export.outcome import (
    INPUT,
    Outcome,
    Source,
    conclude,
    is_scored,
    latencies,
    ports,
    samples_for,
)
from hybridgraph.export.record import ExportRecord
from hybridgraph.export.sizes import sized_samples
from hybridgraph.graph.model import Graph

OPSET = 20
"""The set of operators that is aimed at unless told otherwise."""
MAX_BYTES = 2**31 - 1
"""What one ONNX file can hold; weights above that go to a second file beside it."""
_ROOM = 1 << 20
"""What a file needs beside its weights, at most."""


@parity.enough_memory()
def export_onnx(
    graph: Graph,
    path: Path | str,
    weights: Source = None,
    *,
    opset: int = OPSET,
    dynamic_size: bool = False,
    fp16: bool = False,
) -> ExportRecord:
    """Write the design in evaluation mode as ONNX, weights inside, for batches of any size.

    The file passes ONNX's checker and runs in ONNX Runtime at several batch sizes, none that of the example it was
    traced with, before it takes its place. Its metadata say size, classes and normalisation of the pictures. The file
    of a detector gives the prediction of its last decoder layer, as `logits` and `boxes`. With `dynamic_size` height
    and width are free too, which is tried with pictures of other sizes; with `fp16` the weights and the arithmetic
    have half the bits, inputs and outputs stay in fp32. Weights beyond 2.1 GB go to `NAME.data` beside the file.
    Raises as `network.prepare`, ExportError when it cannot be made, differs from the design or has a fixed axis,
    DocumentError when it cannot be written.
    """
    started, path = time.perf_counter(), Path(path)
    network = prepare(graph, weights)
    samples, whose = samples_for(network, weights)
    module, axes = tracing.Prediction(network).eval(), tracing.AXES
    if dynamic_size:
        axes, others = tracing.SIZED_AXES, sized_samples(network, module)
        samples += others
    model = traced(network, opset, axes)
    with tempfile.TemporaryDirectory(prefix="hybridgraph-") as folder:
        if fp16:
            model = halved(model)
        files = saved(model, network, Path(folder) / path.name, axes)
        check(files[0])
        runner = Runtime(files[0])
        got = [runner(sample.images) for sample in samples]
        wanted = parity.expected(module, samples)
        trials = parity.judge(samples, wanted, got, is_scored=is_scored(network))
        tolerance = parity.HALF_TOLERANCE if fp16 else parity.tolerance(module, samples, wanted, trials)
        parity.require(trials, "The ONNX file in ONNX Runtime", tolerance)
        inputs, outputs = ports(network, module.names, axes)
        outcome = Outcome(
            format="onnx",
            runtime=f"ONNX Runtime {onnxruntime.__version__}, CPU",
            trials=trials,
            real=whose,
            latency=latencies(runner, module, samples),
            tolerance=tolerance,
            precision="fp16" if fp16 else "fp32",
            opset=opset,
            inputs=inputs,
            outputs=outputs,
            dynamic=tuple(axes.values()),
        )
        places: dict[Path, bytes | Path] = {path.with_name(file.name): file for file in reversed(files)}
        return conclude(network, weights, outcome, path, places, started)


def traced(network: Network, opset: int = OPSET, axes: Mapping[int, str] = tracing.AXES) -> onnx_ir.Model:
    """The network as an ONNX model. Raises ExportError when torch's exporter cannot make one."""
    module = tracing.Prediction(network).eval()
    example = parity.random_images(network.plan.input, parity.EXAMPLE_BATCH)
    program = tracing.program_of(module, example, axes)
    model: onnx_ir.Model = tracing.onnx_of(program, example, module.names, opset).model
    given = model.opset_imports[""]
    if given != opset:  # the exporter takes one that it can write, and says so only in its log
        raise ExportError(
            f"Torch's exporter cannot write opset {opset}, it gives {given}.",
            f"Choose opset {given} or {OPSET}.",
        )
    return model


def saved(
    model: onnx_ir.Model, network: Network, path: Path, axes: Mapping[int, str] = tracing.AXES
) -> list[Path]:
    """Write a model with its metadata; the file, and its weights' where it has one.

    Raises ExportError where an axis that has to be free has a length.
    """
    _require_free(model, axes)
    model.metadata_props.update(_properties(network.facts))
    model.producer_name, model.producer_version = "HybridGraph", __version__
    size = sum(value.const_value.nbytes for value in model.graph.initializers.values() if value.const_value)
    files = [path]
    if size + _ROOM > MAX_BYTES:
        onnx_ir.save(model, path, external_data=f"{path.name}.data")
        files.append(path.with_name(f"{path.name}.data"))
    else:
        onnx_ir.save(model, path)
    return files


def check(path: Path) -> None:
    """Raise ExportError where ONNX's checker finds a file unsound."""
    try:
        onnx.checker.check_model(path, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ExportError(
            f"ONNX's checker refuses the file: {tracing.first_line(str(error))}.", "Nothing was written."
        ) from error


def halved(model: onnx_ir.Model) -> onnx_ir.Model:
    """The same model in fp16 with inputs and outputs in fp32, by ONNX Runtime's converter. Raises ExportError."""
    from onnxruntime.transformers.float16 import convert_float_to_float16

    size = sum(value.const_value.nbytes for value in model.graph.initializers.values() if value.const_value)
    if size + _ROOM > MAX_BYTES:
        raise ExportError(
            f"The network has {size / 1e9:.1f} GB of weights; the converter to fp16 takes {MAX_BYTES / 1e9:.1f} GB.",
            "Export it in fp32.",
        )
    try:
        with tracing.silence():
            converted = convert_float_to_float16(onnx_ir.to_proto(model), keep_io_types=True)
    except Exception as error:  # the converter raises whatever its walk over the graph runs into
        raise ExportError(
            f"The file cannot be converted to fp16: {tracing.first_line(str(error))}.", "Export it in fp32."
        ) from error
    half: onnx_ir.Model = onnx_ir.from_proto(converted)
    common.TopologicalSortPass()(half)  # the converter appends the casts of the inputs at the end
    return half


class Runtime:
    """An ONNX file in ONNX Runtime on the processor, on as many threads as torch. Raises ExportError."""

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        options.log_severity_level = 4  # what matters is raised
        try:
            self.session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime's exceptions have no root of their own
            raise ExportError(
                f"ONNX Runtime refuses the file: {tracing.first_line(str(error))}.", "Nothing was written."
            ) from error

    def __call__(self, images: Tensor) -> parity.Outputs:
        """The outputs for a batch (B, C, H, W). Raises ExportError when it refuses."""
        try:
            return tuple(map(torch.from_numpy, self.session.run(None, {INPUT: images.numpy()})))
        except Exception as error:  # ONNX Runtime's exceptions have no root of their own
            sizes = "×".join(map(str, images.shape))
            raise ExportError(
                f"ONNX Runtime refuses the file with pictures of {sizes}: {tracing.first_line(str(error))}.",
                "Nothing was written.",
            ) from error


def _require_free(model: onnx_ir.Model, axes: Mapping[int, str]) -> None:
    """Raise ExportError where an axis that has to be free has a length; name the free ones."""
    (image,) = model.graph.inputs
    free: dict[str | None, str] = {}
    for axis, name in axes.items():
        dim = image.shape[axis] if image.shape is not None else None
        if not isinstance(dim, onnx_ir.SymbolicDim):
            raise tracing.fixed_axis(name)
        free[dim.value] = name
    for output in model.graph.outputs:
        if output.shape is None or not isinstance(output.shape[0], onnx_ir.SymbolicDim):
            raise tracing.fixed_axis("batch")
    values: Sequence[Any] = [
        *model.graph.inputs, *(output for node in model.graph for output in node.outputs)
    ]  # fmt: skip
    for value in values:
        dims = list(value.shape or ())
        if any(isinstance(dim, onnx_ir.SymbolicDim) and dim.value in free for dim in dims):
            names = [free.get(d.value, d) if isinstance(d, onnx_ir.SymbolicDim) else d for d in dims]
            value.shape = onnx_ir.Shape(names)


def _properties(facts: dict[str, Any]) -> dict[str, str]:
    """Facts as ONNX keeps them: text under text; lists and numbers as JSON."""
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in facts.items()}
