"""ONNX's operators that move, cut, join and make values, each as operations of the list that a design may hold."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from hybridgraph.opening.building import Builder, Sym, Value
from hybridgraph.opening.onnx_operators import Attributes, Inputs, integers, lowers

_FLOATS = (1, 10, 11)
_END = 1 << 40


@lowers("Shape")
def _shape(b: Builder, i: Inputs, a: Attributes) -> Value:
    start, end = a.get("start", 0), a.get("end")
    first, second = (torch.tensor(one.shape[start:end], dtype=torch.int64) for one in i[0].pair)
    return b.pair(first, second)


@lowers("Reshape")
def _reshape(b: Builder, i: Inputs, a: Attributes) -> Value:
    dims = integers(i[1])
    if not a.get("allowzero", 0):
        dims = [i[0].shape[at] if one == 0 else one for at, one in enumerate(dims)]
    return b.emit("reshape", i[0], dims)


@lowers("Flatten")
def _flatten(b: Builder, i: Inputs, a: Attributes) -> Value:
    if a.get("axis", 1) != 1:
        raise TypeError("a flattening of the batch")
    return b.emit("reshape", i[0], [i[0].shape[0], -1])


@lowers("Transpose")
def _transpose(b: Builder, i: Inputs, a: Attributes) -> Value:
    return b.emit("permute", i[0], a.get("perm", list(range(i[0].rank))[::-1]))


@lowers("Unsqueeze")
def _unsqueeze(b: Builder, i: Inputs, a: Attributes) -> Value:
    axes = integers(i[1]) if len(i) > 1 else a.get("axes")
    found: Value = i[0]
    for axis in sorted(one % (found.rank + len(axes)) for one in axes):
        found = b.emit("unsqueeze", found, axis)
    return found


@lowers("Squeeze")
def _squeeze(b: Builder, i: Inputs, a: Attributes) -> Value:
    x: Value = i[0]
    axes = (
        integers(i[1]) if len(i) > 1 else a.get("axes") or [at for at, one in enumerate(x.shape) if one == 1]
    )
    gone = {one % x.rank for one in axes}
    return b.emit("reshape", x, [one for at, one in enumerate(x.shape) if at not in gone])


@lowers("Concat")
def _concat(b: Builder, i: Inputs, a: Attributes) -> Value:
    return b.emit("cat", list(i), a.get("axis"))


@lowers("Gather")
def _gather(b: Builder, i: Inputs, a: Attributes) -> Value:
    x, index = i
    axis = a.get("axis", 0) % x.rank
    if index.concrete and index.rank == 0:
        return b.emit("select", x, axis, integers(index)[0])
    if index.concrete and x.rank == 1 and all(map(_counts, index.pair, x.pair)):
        return b.emit("reshape", x, list(index.shape))  # how an exporter writes sizes and strides
    return b.emit("index", x, *[None] * axis, index)


@lowers("GatherND")
def _gather_many(b: Builder, i: Inputs, a: Attributes) -> Value:
    x, index = i
    if a.get("batch_dims", 0):
        raise TypeError("a choice for each picture")
    places = [b.emit("select", index, index.rank - 1, at) for at in range(index.shape[-1])]
    return b.emit("index", x, *places)


@lowers("Slice")
def _slice(b: Builder, i: Inputs, _a: Attributes) -> Value:
    found: Value = i[0]
    starts, ends = integers(i[1]), integers(i[2])
    axes = integers(i[3]) if len(i) > 3 and i[3] is not None else list(range(len(starts)))
    steps = integers(i[4]) if len(i) > 4 else [1] * len(starts)
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        found = _sliced(b, found, axis % found.rank, start, end, step)
    return found


def _sliced(b: Builder, x: Value, axis: int, start: Any, end: Any, step: Any) -> Value:
    """Some of the values along an axis; exporters write open ends as the largest and the least numbers there are."""
    size = x.shape[axis]
    if isinstance(start, int) and isinstance(size, int) and start < 0:
        start = max(start + size, 0)
    if not isinstance(step, int) or step == 0:
        raise TypeError("a slice without a step")
    if step < 0:
        if not all(isinstance(one, int) for one in (size, start, end)):
            raise TypeError("a slice of the batch that goes backwards")
        assert isinstance(size, int)
        last = max(end + size, -1) if end < 0 else end
        turned = b.emit("flip", x, [axis])
        return _sliced(b, turned, axis, size - 1 - min(start, size - 1), size - 1 - last, -step)
    whole = (isinstance(end, int) and end > _END) or end == size
    if start == 0 and step == 1 and whole:
        return x
    return b.emit("slice", x, axis, start, None if whole else end, step)


@lowers("Split")
def _split(b: Builder, i: Inputs, a: Attributes) -> list[Value]:
    x: Value = i[0]
    axis = a.get("axis", 0) % x.rank
    size = x.shape[axis]
    if isinstance(size, Sym):
        raise TypeError("a split of the batch")
    count = a.get("num_outputs", a.outputs)
    each = -(-size // count)
    lengths = integers(i[1]) if len(i) > 1 and i[1] is not None else a.get("split") or [
        min(each, size - at) for at in range(0, size, each)
    ]  # fmt: skip
    return [b.emit("narrow", x, axis, sum(lengths[:at]), length) for at, length in enumerate(lengths)]


@lowers("Expand")
def _expand(b: Builder, i: Inputs, _a: Attributes) -> Value:
    x: Value = i[0]
    wanted = integers(i[1])
    sizes: list[Any] = [1] * (len(wanted) - x.rank) + list(x.shape)
    wanted = [1] * (len(sizes) - len(wanted)) + wanted
    full = [
        one if isinstance(one, Sym) or one != 1 else size for one, size in zip(wanted, sizes, strict=True)
    ]
    return b.emit("expand", x, full)


@lowers("Cast")
def _cast(b: Builder, i: Inputs, a: Attributes) -> Value:
    x: Value = i[0]
    is_float, to = x.pair[0].is_floating_point(), a.get("to")
    if to == 9:
        return b.emit("ne", x, 0) if x.pair[0].dtype != torch.bool else x
    if is_float and to in _FLOATS:
        return x
    return b.emit("float" if to in _FLOATS else "long", x)


@lowers("ConstantOfShape")
def _filled(b: Builder, i: Inputs, a: Attributes) -> Value:
    value = a.get("value", torch.zeros(1))
    return b.emit("full", integers(i[0]), value.reshape(-1)[0].item())


@lowers("Range")
def _range(b: Builder, i: Inputs, _a: Attributes) -> Value:
    return b.emit("arange", *(integers(one)[0] for one in i))


@lowers("Pad")
def _pad(b: Builder, i: Inputs, a: Attributes) -> Value:
    x: Value = i[0]
    pads = integers(i[1]) if len(i) > 1 else a.get("pads")
    if not any(pads):
        return x
    order = [number for at in reversed(range(x.rank)) for number in (pads[at], pads[at + x.rank])]
    while order[-2:] == [0, 0]:
        order = order[:-2]
    value = float(i[2].pair[0].item()) if len(i) > 2 and i[2] is not None else 0.0
    mode = a.get("mode", "constant")
    return b.emit(
        "pad", x, order, "replicate" if mode == "edge" else mode, *([value] if mode == "constant" else [])
    )


@lowers("Einsum")
def _einsum(b: Builder, i: Inputs, a: Attributes) -> Value:
    return b.emit("einsum", a.get("equation"), *i)


@lowers("Resize")
def _resize(b: Builder, i: Inputs, a: Attributes) -> Value:
    """Maps made larger or smaller, in the ways that torch has too."""
    x: Value = i[0]
    mode, places = a.get("mode", "nearest"), a.get("coordinate_transformation_mode", "half_pixel")
    sizes = integers(i[3])[2:] if len(i) > 3 and i[3] is not None else [
        int(side * by)
        for side, by in zip(x.shape[2:], i[2].pair[0].tolist()[2:], strict=True)
        if isinstance(side, int)
    ]  # fmt: skip
    if x.rank != 4 or len(sizes) != 2:
        raise TypeError("a resizing of something else than maps")
    if mode == "nearest" and places == "asymmetric" and a.get("nearest_mode", "") == "floor":
        return b.emit("interpolate", x, sizes, mode="nearest")
    if mode not in ("linear", "cubic") or places not in (
        "half_pixel",
        "pytorch_half_pixel",
        "align_corners",
    ):
        raise TypeError(f"a resizing that is {mode} and {places}")
    if mode == "cubic" and a.get("cubic_coeff_a", -0.75) != -0.75:
        raise TypeError("a resizing by another cubic")
    kind = {"linear": "bilinear", "cubic": "bicubic"}[mode]
    return b.emit("interpolate", x, sizes, mode=kind, align_corners=places == "align_corners")


def _counts(index: Tensor, x: Tensor) -> bool:
    """Whether an index takes every value of a row in order."""
    return index.numel() == len(x) and torch.equal(index.flatten(), torch.arange(len(x)))
