"""A short list of tensor operations as data: what an opaque node of a design computes, and how it is written down.

The text is JSON: weights by name, steps in order, the name of the result. Only operations of `FUNCTIONS` may stand in
it and every name is checked, so that it can be printed as Python without running anything a document says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from keyword import iskeyword
from typing import Any

from hybridgraph.errors import BlockError

INPUT = "x"
"""The name of the value that enters."""
MAX_TEXT = 2_000_000
MAX_NESTING = 6
MAX_AXES = 8
MAX_VALUES = 1 << 33
"""Values of one weight: more than any machine this runs on holds."""

_F = (
    "conv1d conv2d conv_transpose2d linear layer_norm group_norm gelu silu hardswish hardsigmoid softplus elu "
    "leaky_relu mish relu6 max_pool2d avg_pool2d adaptive_avg_pool2d adaptive_max_pool2d adaptive_avg_pool1d "
    "scaled_dot_product_attention pad interpolate prelu embedding normalize"
)
_TORCH = (
    "add sub mul div pow maximum minimum matmul relu sigmoid tanh exp log sqrt rsqrt erf abs neg sin cos floor "
    "reciprocal softmax log_softmax mean sum amax amin var cat stack reshape permute unsqueeze squeeze roll where "
    "clamp index_select select narrow flip tile full eq ne gt lt ge le logical_not logical_and logical_or "
    "pixel_shuffle einsum cumsum addmm arange sign square round remainder isnan"
)
FUNCTIONS: dict[str, str] = {
    **{name: f"F.{name}" for name in _F.split()},
    **{name: f"torch.{name}" for name in _TORCH.split()},
    "batch_norm": "", "slice": "", "index": "", "expand": "", "float": "", "long": "",
}  # fmt: skip
"""Every operation there is and the function it is; those without one have a form of their own."""
DTYPES = ("float32", "int64", "int32", "bool")

_TAKEN = frozenset(("self", "torch", "nn", "batch", "float", "training", "forward"))
_NAME = re.compile(r"[a-z][a-z0-9_]{0,79}")


@dataclass(frozen=True, slots=True)
class Name:
    """A value computed before, the input, or a weight."""

    name: str


@dataclass(frozen=True, slots=True)
class Batch:
    """So many times the size of the batch."""

    times: int


@dataclass(frozen=True, slots=True)
class Text:
    """A word that an operation takes, such as the kind of padding."""

    text: str


Argument = Name | Batch | Text | int | float | bool | None | tuple["Argument", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """A tensor that belongs to a list of operations; one that is not `trained` is a buffer."""

    shape: tuple[int, ...]
    dtype: str = "float32"
    trained: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One operation: its result's name, and what it is applied to by position and by name."""

    result: str
    op: str
    args: tuple[Argument, ...]
    named: Mapping[str, Argument]

    def uses(self) -> Iterator[str]:
        """The names of the values it takes, in order."""
        for argument in (*self.args, *self.named.values()):
            yield from _names(argument)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """Steps in order on one input and weights by name, and which value is the result."""

    weights: Mapping[str, Weight]
    steps: tuple[Step, ...]
    gives: str


IDENTITY = '{"weights": {}, "steps": [], "gives": "x"}'
"""The list that hands its input on."""


def write(operations: Operations) -> str:
    """The list as text, one step a line."""
    weights = {name: [list(one.shape), one.dtype, one.trained] for name, one in operations.weights.items()}
    steps = [
        json.dumps(
            [s.result, s.op, list(map(_encoded, s.args)), {k: _encoded(v) for k, v in s.named.items()}]
        )
        for s in operations.steps
    ]
    body = ",\n  ".join(steps)
    return f'{{"weights": {json.dumps(weights)},\n "steps": [\n  {body}\n ],\n "gives": {json.dumps(operations.gives)}}}'


def read(text: str) -> Operations:
    """The list that a text says. Raises BlockError with a sentence on anything else."""
    if len(text) > MAX_TEXT:
        raise BlockError(f"The list of operations is longer than {MAX_TEXT:,} characters.")
    try:
        data = json.loads(text)
        weights = {_name(name): _weight(*entry) for name, entry in data["weights"].items()}
        steps = tuple(_step(*entry) for entry in data["steps"])
        gives = _name(data["gives"])
    except BlockError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BlockError(
            "The list of operations is damaged.", "Open the program it came from again."
        ) from error
    known = {INPUT, *weights}
    for step in steps:
        for used in step.uses():
            if used not in known:
                raise BlockError(f"The operation {step.op} uses {used!r}, which nothing gives before it.")
        if step.result in known:
            raise BlockError(f"Two values of the list of operations are called {step.result!r}.")
        known.add(step.result)
    if gives not in known:
        raise BlockError(f"The list of operations gives {gives!r}, which nothing computes.")
    return Operations(weights=weights, steps=steps, gives=gives)


def _names(argument: Argument) -> Iterator[str]:
    if isinstance(argument, Name):
        yield argument.name
    elif isinstance(argument, tuple):
        for one in argument:
            yield from _names(one)


def _encoded(argument: Argument) -> Any:
    if isinstance(argument, Name):
        return argument.name
    if isinstance(argument, Batch):
        return {"batch": argument.times}
    if isinstance(argument, Text):
        return {"text": argument.text}
    if isinstance(argument, float) and argument in (float("inf"), float("-inf")):
        return {"infinity": 1 if argument > 0 else -1}
    return [_encoded(one) for one in argument] if isinstance(argument, tuple) else argument


def _decoded(data: Any, depth: int = 0) -> Argument:
    if depth > MAX_NESTING:
        raise ValueError("nested too deep")
    match data:
        case None | bool() | int() | float():
            return data
        case str():
            return Name(_name(data))
        case {"batch": int(times), **rest} if not rest:
            return Batch(times)
        case {"text": str(text), **rest} if not rest and re.fullmatch(r"[ -~]{0,80}", text):
            return Text(text)
        case {"infinity": int(sign), **rest} if not rest:
            return float("inf") if sign > 0 else float("-inf")
        case list():
            return tuple(_decoded(one, depth + 1) for one in data)
    raise ValueError("no argument")


def _name(data: Any) -> str:
    if not isinstance(data, str) or _NAME.fullmatch(data) is None or data in _TAKEN or iskeyword(data):
        raise BlockError(
            f"{data!r:.40} is no name for a value.", "Names are small letters, digits and underscores."
        )
    return data


def _weight(shape: Sequence[int], dtype: str, trained: bool) -> Weight:
    count = 1
    for side in shape:
        if type(side) is not int or side < 0:
            raise ValueError("no size")
        count *= side
    if len(shape) > MAX_AXES or count > MAX_VALUES or dtype not in DTYPES:
        raise BlockError(f"A weight of {'×'.join(map(str, shape))[:80]} {dtype[:20]} cannot be held.")
    return Weight(shape=tuple(shape), dtype=dtype, trained=bool(trained) and dtype == "float32")


def _step(result: Any, op: Any, args: Any, named: Any) -> Step:
    if op not in FUNCTIONS:
        raise BlockError(f"{op!r:.60} is none of the operations that a design may hold.")
    return Step(
        result=_name(result),
        op=op,
        args=tuple(map(_decoded, args)),
        named={_name(name): _decoded(value) for name, value in named.items()},
    )
