"""A network as torch.export's program, and from there as an ONNX model, both with free axes.

Torch's ONNX exporter traces a program a second time to take apart the operations it has no word for. That costs half of
its time, and where every operation has a word nothing comes of it: such a program is handed on as it is.
"""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import onnxscript.optimizer
import torch
from onnx_ir.passes import common
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram

from hybridgraph.errors import ExportError
from hybridgraph.export.network import Network
from hybridgraph.export.outcome import FOUND, INPUT, OUTPUT
from hybridgraph.export.translation import translations
from hybridgraph.shapes import BOX, Detections

AXES: Mapping[int, str] = {0: "batch"}
SIZED_AXES: Mapping[int, str] = {0: "batch", 2: "height", 3: "width"}


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


def program_of(module: nn.Module, example: Tensor, axes: Mapping[int, str] = AXES) -> ExportedProgram:
    """The program of a module in evaluation mode. Raises ExportError, also where an axis would be fixed."""
    # The exporter finds the least height and width itself: below them a stride leaves one row, which broadcasts.
    dims = {axis: Dim.DYNAMIC if axis else Dim(name, min=1) for axis, name in axes.items()}
    try:
        with silence(), torch.no_grad():
            program: ExportedProgram = torch.export.export(
                module.eval(), (example,), dynamic_shapes=(dims,), strict=False
            )
    except Exception as error:  # torch.export lets every kind out, ValueError and KeyError among them
        text = str(error)
        if fixed := _fixed_axis(text, axes):
            raise fixed_axis(fixed) from error
        raise ExportError(
            f"torch.export cannot trace the network: {type(error).__name__}: {first_line(text)}.",
            "Nothing was written.",
        ) from error
    return program


def onnx_of(program: ExportedProgram, example: Tensor, names: tuple[str, ...], opset: int) -> Any:
    """An ONNX program of a traced network. Raises ExportError when torch's exporter cannot make one."""
    _trace_once(program)
    try:
        with silence(), torch.no_grad():
            made = torch.onnx.export(
                program,
                (example,),
                dynamo=True,
                optimize=False,
                input_names=[INPUT],
                output_names=list(names),
                opset_version=opset,
                custom_translation_table=dict(translations()),
            )
            assert made is not None  # it is None only where a file is written at once
            onnxscript.optimizer.optimize(made.model, num_iterations=1)
            common.IdentityEliminationPass()(made.model)
    except Exception as error:
        raise ExportError(
            f"The ONNX export failed in torch's exporter: {type(error).__name__}: {first_line(str(error))}.",
            f"Try another opset than {opset}, or export the source.",
        ) from error
    return made


def _trace_once(program: ExportedProgram) -> None:
    """Let a program in which nothing would be taken apart, and nothing is written to, answer with itself."""
    take_apart: Callable[..., ExportedProgram] = program.run_decompositions

    def run_decompositions(
        table: Mapping[Any, Callable[..., Any]] | None = None, **options: Any
    ) -> ExportedProgram:
        targets = {node.target for node in program.graph.nodes if node.op == "call_function"}
        if table is None or options or any(target in table or _writes(target) for target in targets):
            return take_apart(dict(table) if table is not None else None, **options)
        return program

    program.run_decompositions = run_decompositions


def _writes(target: Any) -> bool:
    """Whether an operation changes one of its arguments, or is of a kind that cannot be told."""
    if isinstance(target, torch._ops.OpOverload):  # noqa: SLF001  torch has no other name for it
        return bool(target._schema.is_mutable)  # noqa: SLF001
    return isinstance(target, torch._ops.HigherOrderOperator)  # noqa: SLF001


def _fixed_axis(text: str, axes: Mapping[int, str]) -> str:
    """The axis of which torch.export says that it cannot stay free, or nothing."""
    if (
        "constan" not in text.lower()
        and "specializ" not in text.lower()
        and "Constraints violated" not in text
    ):
        return ""
    return next((name for name in axes.values() if name in text), "")


def fixed_axis(name: str) -> ExportError:
    """The error for an axis that an export would take at one length only."""
    if name == "batch":
        return ExportError(
            "The export would take batches of one size only: a block of the design fixes the batch axis.",
            "Nothing was written. The block's forward has to take the batch size from its input.",
        )
    return ExportError(
        f"The size of the pictures cannot be left free: a block of the design fixes the {name}.",
        "Nothing was written. Export without a free size, for pictures of the design's own.",
    )


@contextlib.contextmanager
def silence() -> Iterator[None]:
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


def first_line(text: str) -> str:
    """What an error says first, without its full stop."""
    return (text.strip().splitlines() or ["no reason given"])[0].rstrip(".")
