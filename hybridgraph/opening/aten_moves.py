"""Torch's operators that move, cut, join and make values, each as operations of the list that a design may hold."""

from __future__ import annotations

from typing import Any

import torch

from hybridgraph.opening.aten import LOWERED, lowers
from hybridgraph.opening.building import Builder, Sym, Value


def sizes(value: Value) -> list[Any]:
    """The sizes of a value."""
    return list(value.shape)


def _product(sides: list[Any]) -> Any:
    first = second = 1
    for side in sides:
        a, b = (side.first, side.second) if isinstance(side, Sym) else (side, side)
        first, second = first * a, second * b
    return first if first == second else Sym(first, second)


@lowers("flatten")
def flatten(b: Builder, a: dict[str, Any]) -> Value:
    """Join the axes from one to another."""
    x: Value = a["self"]
    start, end = a.get("start_dim", 0) % x.rank, a.get("end_dim", -1) % x.rank
    dims = sizes(x)
    return b.emit("reshape", x, [*dims[:start], _product(dims[start : end + 1]), *dims[end + 1 :]])


@lowers("unflatten")
def _unflatten(b: Builder, a: dict[str, Any]) -> Value:
    x: Value = a["self"]
    dim, dims = a["dim"] % x.rank, sizes(x)
    return b.emit("reshape", x, [*dims[:dim], *a["sizes"], *dims[dim + 1 :]])


@lowers("transpose", "swapaxes", "swapdims", "t", "numpy_T")
def transpose(b: Builder, a: dict[str, Any]) -> Value:
    """Swap two axes."""
    x: Value = a["self"]
    one, other = a.get("dim0", a.get("axis0", 0)) % x.rank, a.get("dim1", a.get("axis1", x.rank - 1)) % x.rank
    order = list(range(x.rank))
    order[one], order[other] = order[other], order[one]
    return b.emit("permute", x, order)


@lowers("movedim")
def _moved(b: Builder, a: dict[str, Any]) -> Value:
    x: Value = a["self"]
    source, target = a["source"], a["destination"]
    moved = {t % x.rank: s % x.rank for s, t in zip(_many(source), _many(target), strict=True)}
    rest = iter(axis for axis in range(x.rank) if axis not in moved.values())
    return b.emit("permute", x, [moved[axis] if axis in moved else next(rest) for axis in range(x.rank)])


def _many(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


@lowers("squeeze")
def _squeeze(b: Builder, a: dict[str, Any]) -> Value:
    x: Value = a["self"]
    dims = {one % x.rank for one in _many(a["dim"])} if "dim" in a else set(range(x.rank))
    return b.emit("reshape", x, [size for axis, size in enumerate(sizes(x)) if axis not in dims or size != 1])


@lowers("cat", "concat", "concatenate")
def _cat(b: Builder, a: dict[str, Any]) -> Value:
    return b.emit("cat", list(a["tensors"]), a.get("dim", 0))


@lowers("stack")
def _stack(b: Builder, a: dict[str, Any]) -> Value:
    return b.emit("stack", list(a["tensors"]), a.get("dim", 0))


@lowers("select")
def _select(b: Builder, a: dict[str, Any]) -> Value:
    return b.emit("select", a["self"], a["dim"], a["index"])


@lowers("slice", "narrow")
def _slice(b: Builder, a: dict[str, Any]) -> Value:
    x: Value = a["self"]
    dim, start = a.get("dim", 0) % x.rank, a.get("start") or 0
    end = start + a["length"] if "length" in a else a.get("end")
    size, step = x.shape[dim], a.get("step", 1)
    whole = end is None or (isinstance(size, int) and isinstance(end, int) and end >= size) or end == size
    if isinstance(end, int) and end > 1 << 40:
        whole = True
    if whole and start == 0 and step == 1:
        return x
    return b.emit("slice", x, dim, start, None if whole else end, step)


def _parts(b: Builder, x: Value, lengths: list[int], dim: int) -> list[Value]:
    starts = [sum(lengths[:index]) for index in range(len(lengths))]
    return [b.emit("narrow", x, dim, start, length) for start, length in zip(starts, lengths, strict=True)]


@lowers("split", "split_with_sizes", "unsafe_split", "chunk")
def _split(b: Builder, a: dict[str, Any]) -> list[Value]:
    x: Value = a["self"]
    dim = a.get("dim", 0) % x.rank
    total = x.shape[dim]
    if isinstance(total, Sym):
        raise TypeError("a split of the batch")
    each: Any = -(-total // a["chunks"]) if "chunks" in a else a.get("split_size", a.get("split_sizes"))
    lengths = each if isinstance(each, list) else [min(each, total - at) for at in range(0, total, each)]
    return _parts(b, x, lengths, dim)


@lowers("unbind")
def _unbind(b: Builder, a: dict[str, Any]) -> list[Value]:
    x: Value = a["self"]
    dim = a.get("dim", 0) % x.rank
    count = x.shape[dim]
    if isinstance(count, Sym):
        raise TypeError("the batch taken apart")
    return [b.emit("select", x, dim, index) for index in range(count)]


@lowers("expand", "broadcast_to")
def _expand(b: Builder, a: dict[str, Any]) -> Value:
    return b.emit("expand", a["self"], list(a["size"]))


@lowers("expand_as")
def _expand_as(b: Builder, a: dict[str, Any]) -> Value:
    return b.emit("expand", a["self"], sizes(a["other"]))


@lowers("view_as", "reshape_as")
def _reshape_as(b: Builder, a: dict[str, Any]) -> Value:
    return b.emit("reshape", a["self"], sizes(a["other"]))


@lowers("roll")
def _roll(b: Builder, a: dict[str, Any]) -> Value:
    return b.emit("roll", a["self"], tuple(a["shifts"]), tuple(a["dims"]))


@lowers("pad", "constant_pad_nd")
def _pad(b: Builder, a: dict[str, Any]) -> Value:
    if not any(a["pad"]):
        return a["self"]  # type: ignore[no-any-return]
    mode, value = a.get("mode", "constant"), a.get("value") or 0.0
    if mode == "constant":
        return b.emit("pad", a["self"], list(a["pad"]), mode, value)
    return b.emit("pad", a["self"], list(a["pad"]), mode)


@lowers("upsample_nearest2d", "upsample_bilinear2d")
def _upsample(b: Builder, a: dict[str, Any]) -> Value:
    x: Value = a["input"] if "input" in a else a["self"]
    factors: Any = a.get("scale_factors")
    size = a.get("output_size")
    if size is None:
        size = [
            int(side * by) for side, by in zip(x.shape[2:], factors, strict=True) if isinstance(side, int)
        ]
    mode = "nearest" if "align_corners" not in a else ("bicubic" if a.get("cubic_coeff") else "bilinear")
    named: dict[str, Any] = {} if mode == "nearest" else {"align_corners": a["align_corners"]}
    return b.emit("interpolate", x, list(size), mode=mode, **named)


@lowers("upsample_bicubic2d")
def _bicubic(b: Builder, a: dict[str, Any]) -> Value:
    found: Value = _upsample(b, {**a, "cubic_coeff": True})
    return found


@lowers("index")
def _index(b: Builder, a: dict[str, Any]) -> Value:
    return b.emit("index", a["self"], *a["indices"])


@lowers("embedding")
def _embedding(b: Builder, a: dict[str, Any]) -> Value:
    return b.emit("embedding", a["indices"], a["weight"])


@lowers("arange")
def _arange(b: Builder, a: dict[str, Any]) -> Value:
    start, step = a.get("start", 0), a.get("step", 1)
    whole = all(isinstance(one, int | Sym) for one in (start, a["end"], step))
    made = b.emit("arange", start, a["end"], step)
    return made if whole else b.emit("float", made)


@lowers("full", "new_full", "zeros", "ones", "new_zeros", "new_ones", "full_like", "zeros_like", "ones_like")
def _full(b: Builder, a: dict[str, Any]) -> Value:
    size = a["size"] if "size" in a else sizes(a["self"])
    return b.emit("full", list(size), float(a.get("fill_value", a.get("value", 0.0))))


for _name in ("ones", "new_ones", "ones_like"):
    LOWERED[_name] = lambda b, a: _full(b, {**a, "fill_value": 1.0})


@lowers("scalar_tensor")
def _scalar(b: Builder, a: dict[str, Any]) -> Value:
    return b.constant(torch.tensor(a["s"]))


@lowers("to", "_to_copy", "type_as", "float", "half", "double", "bfloat16", "long", "int")
def _to(b: Builder, a: dict[str, Any]) -> Value:
    x: Value = a["self"]
    code = a.get("dtype")
    if code is None or (x.pair[0].is_floating_point() and int(code) in (6, 7, 8, 13)):
        return x
    return b.emit("float" if int(code) in (6, 7, 8, 13) else "long", x)


@lowers("masked_fill", "masked_fill_")
def _masked(b: Builder, a: dict[str, Any]) -> Value:
    return b.emit("where", a["mask"], a["value"], a["self"])


@lowers("einsum")
def _einsum(b: Builder, a: dict[str, Any]) -> Value:
    return b.emit("einsum", a["equation"], *a["tensors"])
