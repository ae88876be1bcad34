"""Operations are put down one by one and run at once, without numbers, for two sizes of the batch.

What differs between the two runs depends on the batch; all other sizes are numbers. What is computed of constants
alone, or moves weights without changing them, is computed now; weights keep their names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from hybridgraph.blocks.operations import call
from hybridgraph.errors import DocumentError
from hybridgraph.operations import INPUT, Argument, Batch, Name, Step, Text

BATCHES = (2, 3)
MAX_STEPS = 50_000
_MOVING = frozenset(
    ("reshape", "permute", "unsqueeze", "squeeze", "expand", "slice", "select", "narrow", "cat", "stack", "float",
     "long", "flip", "tile", "full", "arange")
)  # fmt: skip
"""What is computed at once even of weights."""
_SCALARS = frozenset(("add", "sub", "mul", "div", "pow", "maximum", "minimum", "clamp"))
_BROADCASTING = _SCALARS | {"where", "scaled_dot_product_attention", "index"}
"""What takes an axis of one where another has many."""
_MAX_FOLDED = 1 << 26


@dataclass(frozen=True, slots=True)
class Sym:
    """A size, for each of the two batches."""

    first: int
    second: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Value:
    """A tensor for each of the two batches: numbers where it is `concrete`, sizes alone where it is not."""

    pair: tuple[Tensor, Tensor]
    name: str = ""
    concrete: bool = False
    live: bool = False
    trained: bool = False
    label: str = ""

    @property
    def shape(self) -> tuple[Sym | int, ...]:
        """The sizes, those that depend on the batch as pairs."""
        return tuple(
            a if a == b else Sym(a, b) for a, b in zip(self.pair[0].shape, self.pair[1].shape, strict=True)
        )

    @property
    def rank(self) -> int:
        """The number of axes."""
        return self.pair[0].ndim


Given = Value | Sym | int | float | bool | str | None | Sequence["Given"]


class Builder:
    """Collects steps and weights."""

    def __init__(self, where: str, batches: tuple[int, int]) -> None:
        self.where = where
        self.batches = batches
        self.fixed = batches[0] == batches[1]
        self.steps: list[Step] = []
        self.values: dict[str, Value] = {}
        self.weights: dict[str, Tensor] = {}
        self.trained: set[str] = set()
        self._names: dict[int, str] = {}
        self._kept: list[Tensor] = []
        self._seen: set[str] = set()

    def enter(self, dims: tuple[int, ...]) -> Value:
        """The pictures."""
        pair = tuple(torch.empty((batch, *dims), device="meta") for batch in self.batches)
        value = Value(pair=(pair[0], pair[1]), name=INPUT, live=True)
        self.values[INPUT] = value
        return value

    def constant(self, tensor: Tensor, label: str = "", *, trained: bool = False) -> Value:
        """A tensor of the file."""
        return Value(pair=(tensor, tensor), concrete=True, trained=trained, label=label)

    def pair(self, first: Tensor, second: Tensor) -> Value:
        """A tensor that is known for both batches, such as the sizes of another."""
        return Value(pair=(first, second), concrete=True)

    def emit(self, op: str, *args: Given, **named: Given) -> Value:
        """Apply an operation. Raises DocumentError when it does not fit what it is applied to."""
        used = [one for one in _leaves((args, named)) if isinstance(one, Value)]
        concrete = all(one.concrete for one in used)
        fold = concrete and (op in _MOVING or not any(one.trained for one in used))
        results: list[Tensor] = []
        for side in (0, 1):
            if side and self.fixed:
                results.append(results[0])
                break
            results.append(self._apply(op, args, named, side, on_meta=not fold))
        same = results[0].shape == results[1].shape or not results[0].is_floating_point()
        if fold and same and results[0].numel() <= _MAX_FOLDED:
            return Value(
                pair=(results[0], results[1]), concrete=True, trained=any(one.trained for one in used),
                label=next((one.label for one in used), ""),
            )  # fmt: skip
        if len(self.steps) >= MAX_STEPS:
            raise DocumentError(f"{self.where} has more than {MAX_STEPS:,} operations.")
        live = any(one.live for one in used)
        step = Step(
            result=f"v{len(self.steps)}",
            op=op,
            args=tuple(self._argument(op, one, live=live) for one in args),
            named={name: self._argument(op, one, live=live) for name, one in named.items()},
        )
        self.steps.append(step)
        value = Value(pair=(results[0].to("meta"), results[1].to("meta")), name=step.result, live=live)
        self.values[step.result] = value
        return value

    def with_bias(self, x: Value, bias: Value) -> Value:
        """The linear layer that was put down last, with a bias; nothing else may use its result."""
        last = self.steps[-1]
        named = self._value("linear", bias)
        self.steps[-1] = replace(last, args=(*last.args, named))
        return x

    def _apply(
        self, op: str, args: Sequence[Given], named: Mapping[str, Given], side: int, *, on_meta: bool
    ) -> Tensor:
        def plain(given: Given) -> Any:
            if isinstance(given, Value):
                return given.pair[side].to("meta") if on_meta else given.pair[side]
            if isinstance(given, Sym):
                return (given.first, given.second)[side]
            return tuple(map(plain, given)) if isinstance(given, list | tuple) else given

        extra = {"device": "meta"} if on_meta and op in ("full", "arange") else {}
        try:
            return call(op, [plain(one) for one in args], {k: plain(v) for k, v in named.items()} | extra)
        except (RuntimeError, ValueError, TypeError, IndexError, NotImplementedError) as error:
            first = str(error).strip().partition("\n")[0].rstrip(".")
            raise DocumentError(
                f"{self.where}: its operation {op} does not fit its inputs: {first[:200]}."
            ) from error

    def _argument(self, op: str, given: Given, *, live: bool) -> Argument:
        if isinstance(given, Value):
            return self._value(op, given)
        if isinstance(given, str):
            return Text(given)
        if isinstance(given, list | tuple):
            sizes = tuple(self._argument(op, one, live=live) for one in given)
            return self._freed(given, sizes) if op == "expand" or (op == "reshape" and live) else sizes
        if isinstance(given, Sym):
            return self._size(given)
        assert given is None or isinstance(given, bool | int | float)
        return given

    def _freed(self, given: Sequence[Given], sizes: tuple[Argument, ...]) -> tuple[Argument, ...]:
        """Sizes with the batch in front told apart from numbers, in a file that was made for one size of it."""
        first = given[0] if given else None
        batch = self.batches[0]
        if self.fixed and type(first) is int and first > 0 and first % batch == 0:
            return (Batch(first // batch), *sizes[1:])
        return sizes

    def _size(self, size: Sym) -> Argument:
        first, second = self.batches
        times, rest = divmod(size.second - size.first, second - first) if second != first else (0, 0)
        if size.first == size.second:
            return size.first
        if rest or times * first != size.first:
            raise DocumentError(
                f"{self.where}: a size depends on the batch in another way than as its multiple.",
                "Export the program with a fixed size of pictures.",
            )
        return Batch(times)

    def _value(self, op: str, value: Value) -> Argument:
        if not value.concrete:
            return Name(value.name)
        tensor, other = _alike(value.pair) if op in _BROADCASTING else value.pair
        if tensor.shape != other.shape or (tensor is not other and not torch.equal(tensor, other)):
            raise DocumentError(
                f"{self.where}: a table depends on the size of the batch.", "Export it again."
            )
        if tensor.ndim == 0 and op in _SCALARS and not value.trained:
            return _number(tensor)
        name = self._names.get(id(tensor))
        if name is None:
            name = self._fresh(value.label)
            self._names[id(tensor)] = name
            self._kept.append(tensor)
            kept = tensor.detach()
            self.weights[name] = kept.float() if kept.is_floating_point() else kept
            if value.trained and kept.is_floating_point():
                self.trained.add(name)
        return Name(name)

    def _fresh(self, label: str) -> str:
        bare = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")[-60:].strip("_") or "constant"
        bare = f"w_{bare}"
        name, number = bare, 2
        while name in self._seen:
            name, number = f"{bare}_{number}", number + 1
        self._seen.add(name)
        return name


def _number(tensor: Tensor) -> float | int | bool:
    """The one number in a tensor; in fp32 as people write it."""
    number: float | int | bool = tensor.item()
    if tensor.dtype == torch.float32:
        return float(str(tensor.numpy()[()]))
    return number


def _alike(pair: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """Tables that say the same for each picture of a batch, as one for all; others as they are."""
    first, second = pair
    if first.shape == second.shape or first.shape[1:] != second.shape[1:]:
        return pair
    is_same = bool((first == first[:1]).all()) and bool((second == first[:1]).all())
    return (first[:1], first[:1]) if is_same else pair


def _leaves(given: Any) -> list[Any]:
    if isinstance(given, Mapping):
        return [leaf for one in given.values() for leaf in _leaves(one)]
    if isinstance(given, list | tuple):
        return [leaf for one in given for leaf in _leaves(one)]
    return [given]
