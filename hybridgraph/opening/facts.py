"""What can be read off a run of operations: its weights by role, kernels, strides, heads, windows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from hybridgraph.opening.cutting import Run
from hybridgraph.opening.program import Program
from hybridgraph.operations import Argument, Name, Step

_ROLES: dict[str, tuple[str, ...]] = {
    "conv1d": ("", "weight", "bias"),
    "conv2d": ("", "weight", "bias"),
    "linear": ("", "weight", "bias"),
    "batch_norm": ("", "weight", "bias", "running_mean", "running_var"),
    "layer_norm": ("", "", "weight", "bias"),
    "group_norm": ("", "", "weight", "bias"),
}
"""What the arguments of an operation are called in its module."""
OTHER = "other"
ATTENTION = frozenset(("softmax", "scaled_dot_product_attention"))
_WRITTEN_NORM = frozenset(("mean", "sub", "add", "sqrt", "div"))
"""What a layer norm is where an exporter has no word for it."""
_LARGEST_EPS = 1e-3
T = TypeVar("T")
_ACTIVATIONS = {
    "relu": "relu", "relu6": "relu6", "gelu": "gelu", "erf": "gelu", "silu": "silu", "hardswish": "hardswish",
    "tanh": "tanh", "clamp": "relu6",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Used:
    """A weight where it is used first: its role, its name, and its sizes without the ones behind."""

    role: str
    name: str
    shape: tuple[int, ...]

    @property
    def matrix(self) -> bool:
        """Whether it multiplies channels."""
        return self.role == "weight" and len(self.shape) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Numbers of a run that a block's parameters may be."""

    used: tuple[Used, ...]
    ops: frozenset[str]
    activations: frozenset[str]
    kernels: tuple[int, ...]
    strides: tuple[int, ...]
    groups: tuple[int, ...]
    dilations: tuple[int, ...]
    eps: tuple[float, ...]
    attentions: int
    head_dims: tuple[int, ...]
    windows: tuple[int, ...]
    shifts: tuple[int, ...]

    @property
    def matrices(self) -> int:
        """How many weights multiply channels."""
        return sum(one.matrix for one in self.used)

    @property
    def widths(self) -> tuple[int, ...]:
        """The numbers of channels that come in and out of the matrices."""
        return tuple(dict.fromkeys(side for one in self.used if one.matrix for side in one.shape[:2]))

    @property
    def squeezes(self) -> tuple[tuple[int, int], ...]:
        """Pairs of layers in a row that squeeze many channels into few and widen these again: (few, many)."""
        sides = [one.shape for one in self.used if one.matrix]
        return _distinct(
            (one[0], one[1]) for one, other in pairwise(sides) if one == other[::-1] and one[0] < one[1]
        )

    @property
    def attends(self) -> bool:
        """Whether positions attend to one another."""
        return self.attentions > 0


def normal(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Sizes without the ones behind: a 1×1 convolution's are those of a linear layer."""
    while len(shape) > 2 and shape[-1] == 1:
        shape = shape[:-1]
    return shape


def facts(run: Run, program: Program) -> Facts:
    """The facts of a run."""
    used = tuple(_weights(run, program))
    convs = [step for step in run.steps if step.op == "conv2d"]
    ranks = {name: shape[0] for name, shape in program.shapes.items()}
    heads, windows, shifts, eps = [], [], [], []
    for step in run.steps:
        if step.op in ("matmul", "scaled_dot_product_attention"):
            first = step.args[0]
            if isinstance(first, Name) and len(sides := ranks.get(first.name, ())) in (3, 4):
                heads.append(sides[-1])
        if step.op == "reshape":
            sides = ranks[step.result]
            windows += [side for side in sides[1:-1] if side > 1] if len(sides) in (5, 6) else []
        if step.op == "roll":
            shifts += [abs(one) for one in _integers(step.args[1])]
        if step.op == "slice":  # an exporter without rolling cuts a map and joins it the other way round
            shifts += [one for one in step.args[2:3] if isinstance(one, int) and one > 0]
        if step.op in ("batch_norm", "layer_norm", "group_norm"):
            eps += [one for one in step.args[-1:] if isinstance(one, float)]
        if step.op == "add":  # a norm written out
            eps += [one for one in step.args if isinstance(one, float) and 0 < one <= _LARGEST_EPS]
    ops = frozenset(step.op for step in run.steps)
    if ops >= _WRITTEN_NORM:
        ops |= {"layer_norm"}
    return Facts(
        used=used,
        ops=ops,
        activations=frozenset(_ACTIVATIONS[op] for op in ops if op in _ACTIVATIONS)
        | ({"silu", "quick_gelu", "sigmoid"} if "sigmoid" in ops else frozenset()),
        kernels=_distinct(_sides(convs, program)),
        strides=_distinct(side for one in convs for side in _integers(one.named.get("stride", 1))),
        groups=_distinct(_integers(one.named.get("groups", 1))[0] for one in convs),
        dilations=_distinct(side for one in convs for side in _integers(one.named.get("dilation", 1))),
        eps=_distinct(eps),
        attentions=sum(step.op in ATTENTION for step in run.steps),
        head_dims=_distinct(heads),
        windows=_distinct(windows),
        shifts=_distinct(shifts),
    )


def signature(run: Run, program: Program) -> tuple[object, ...]:
    """What two runs have in common that differ in names and numbers of weights alone."""
    names: dict[str, object] = {run.enters: ("in", program.shapes[run.enters][0])}

    def plain(argument: Argument) -> object:
        if isinstance(argument, Name):
            if argument.name in names:
                return names[argument.name]
            return ("weight", tuple(program.weights[argument.name].shape))
        return (
            tuple(map(plain, argument))
            if isinstance(argument, tuple)
            else (type(argument).__name__, argument)
        )

    rows = []
    for index, step in enumerate(run.steps):
        named = tuple((key, plain(value)) for key, value in sorted(step.named.items()))
        rows.append((step.op, tuple(map(plain, step.args)), named))
        names[step.result] = index
    return tuple(rows)


def _weights(run: Run, program: Program) -> Iterator[Used]:
    seen: set[str] = set()
    for step in run.steps:
        roles = _ROLES.get(step.op, ())
        for place, argument in enumerate(step.args):
            role = roles[place] if place < len(roles) else ""
            if (
                role
                and isinstance(argument, Name)
                and argument.name in program.weights
                and argument.name not in seen
            ):
                seen.add(argument.name)
                yield Used(role, argument.name, normal(tuple(program.weights[argument.name].shape)))
        for name in step.uses():
            # What is no parameter, such as the mask of a shifted window, a block computes by itself.
            if name in program.trained and name not in seen:
                seen.add(name)
                yield Used(OTHER, name, normal(tuple(program.weights[name].shape)))


def _sides(convs: list[Step], program: Program) -> Iterator[int]:
    """The sides of the kernels."""
    for step in convs:
        weight = step.args[1]
        if isinstance(weight, Name) and weight.name in program.weights:
            yield program.weights[weight.name].shape[-1]


def _integers(argument: Argument) -> list[int]:
    if isinstance(argument, tuple):
        return [one for one in argument if isinstance(one, int)]
    return [argument] if isinstance(argument, int) else [1]


def _distinct(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))
