"""A part of a foreign network that no block of the catalogue is: its tensor operations, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hybridgraph import operations
from hybridgraph.errors import BlockError
from hybridgraph.operations import FUNCTIONS, INPUT, Argument, Batch, Name, Step, Text
from hybridgraph.spec import ANY, Words, block


def _batch_norm(
    x: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    mean: Tensor,
    var: Tensor,
    eps: float,
    training: bool,
) -> Tensor:
    return F.batch_norm(x, mean, var, weight, bias, training, 0.1, eps)


def _slice(x: Tensor, dim: int, start: int, end: int | None, step: int = 1) -> Tensor:
    return x[(slice(None),) * dim + (slice(start, end, step),)]


def _index(x: Tensor, *indices: Tensor | None) -> Tensor:
    return x[tuple(slice(None) if one is None else one for one in indices)]


def call(op: str, args: Sequence[Any], named: Mapping[str, Any], *, training: bool = False) -> Tensor:
    """What an operation of the list gives on tensors; any other was refused when the list was read."""
    match op:
        case "batch_norm":
            x, weight, bias, mean, var, eps = args
            return _batch_norm(x, weight, bias, mean, var, eps, training)
        case "slice":
            return _slice(*args, **named)
        case "index":
            return _index(*args)
        case "expand":
            expanded: Tensor = args[0].expand(*args[1])
            return expanded
        case "float" | "long":
            number: Tensor = args[0]
            return number.float() if op == "float" else number.long()
    module, _, name = FUNCTIONS[op].partition(".")
    found: Callable[..., Tensor] = getattr(F if module == "F" else torch, name)
    return found(*args, **named)


def execute(step: Step, values: Mapping[str, Tensor], batch: int, *, training: bool = False) -> Tensor:
    """What one step gives, with these values before it, for `batch` pictures."""

    def plain(argument: Argument) -> Any:
        if isinstance(argument, Name):
            return values[argument.name]
        if isinstance(argument, Batch):
            return argument.times * batch
        if isinstance(argument, Text):
            return argument.text
        return tuple(map(plain, argument)) if isinstance(argument, tuple) else argument

    args = [plain(one) for one in step.args]
    named = {name: plain(one) for name, one in step.named.items()}
    if step.op in ("full", "arange"):
        named["device"] = next(iter(values.values())).device
    return call(step.op, args, named, training=training)


@block(
    "operations",
    title="Operations",
    family="glue",
    symbol="OP",
    inputs={"x": ANY},
    outputs={"y": ANY},
    params={
        "program": Words(
            limit=operations.MAX_TEXT, doc="The operations in order and the weights they use, as JSON."
        ),
    },
    card="opaque",
    equation="y = f(x)",
    aliases=("Opaque", "Foreign", "Imported"),
)
class OperationList(nn.Module):
    """Compute what a program made elsewhere computes here, operation by operation.

    The part of an opened program that is no block of the catalogue. It has the program's weights, can be trained and
    exported like any block, and its source is written out; what it holds is data, never code.
    Shape: (B, ...) -> (B, ...), as the operations say. Raises BlockError when the list is damaged, holds an operation
    that is not allowed, or does not fit the input.
    """

    def __init__(self, program: str = operations.IDENTITY) -> None:
        super().__init__()
        self.program = operations.read(program)
        for name, weight in self.program.weights.items():
            tensor = torch.zeros(weight.shape, dtype=getattr(torch, weight.dtype))
            if weight.trained:
                self.register_parameter(name, nn.Parameter(tensor))
            else:
                self.register_buffer(name, tensor)

    def forward(self, x: Tensor) -> Tensor:
        values = {INPUT: x}
        values |= {name: getattr(self, name) for name in self.program.weights}
        for step in self.program.steps:
            try:
                values[step.result] = execute(step, values, x.shape[0], training=self.training)
            except (RuntimeError, ValueError, TypeError, IndexError) as error:
                first = str(error).strip().partition("\n")[0].rstrip(".")
                raise BlockError(f"its operation {step.op} cannot run: {first}.") from error
        return values[self.program.gives]
