"""How some of torch's operations are written in ONNX, more plainly than torch's exporter writes them.

The exporter asks for the lengths of all axes at run time where one of them is free. In our networks that is the batch
axis alone (height and width as well where the size is free), so that most new shapes are constants: a zero copies the
length of an axis, a -1 is what remains. Operations that the exporter has no word for are here too, because a program
without such ones need not be traced a second time (`tracing.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import onnx_ir
import torch
from onnxscript import opset18 as op

aten = torch.ops.aten


def translations() -> Mapping[Callable[..., Any], Callable[..., Any]]:
    """Torch's operations with the functions that write them, as `torch.onnx.export` takes them."""
    return {
        aten.batch_norm.default: _batch_norm,
        aten.to.dtype: _to,
        aten.flatten.using_ints: _flatten,
        aten.unflatten.int: _unflatten,
        aten.unbind.int: _unbind,
        aten.scaled_dot_product_attention.default: _attention,
    }


def _batch_norm(
    x: Any, weight: Any, bias: Any, mean: Any, var: Any, training: bool, momentum: float, eps: float,  # noqa: ARG001
    cudnn_enabled: bool = True,  # noqa: ARG001  torch's own signature
) -> Any:  # fmt: skip
    """Normalise by the statistics of training. Raises NotImplementedError for a layer in training mode."""
    if training or mean is None or var is None:
        raise NotImplementedError("a batch norm that has no statistics of its own")
    if weight is None or bias is None:
        count = int(mean.shape[0])
        weight = op.Constant(value=_filled(1.0, count)) if weight is None else weight
        bias = op.Constant(value=_filled(0.0, count)) if bias is None else bias
    return op.BatchNormalization(x, weight, bias, mean, var, epsilon=eps)


def _to(
    x: Any, dtype: int, non_blocking: bool = False, copy: bool = False, memory_format: int = 0,  # noqa: ARG001
) -> Any:  # fmt: skip
    return op.Identity(x) if x.dtype == dtype else op.Cast(x, to=dtype)  # x itself would lose its own name


def _flatten(x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    rank = len(x.shape)
    if rank == 0:
        return op.Reshape(x, _shape([1]))
    first, last = start_dim % rank, end_dim % rank
    return _reshaped(x, list(x.shape)[:first], list(x.shape)[first : last + 1], list(x.shape)[last + 1 :])


def _unflatten(x: Any, dim: int, sizes: Sequence[Any]) -> Any:
    axis = dim % len(x.shape)
    dims = list(x.shape)
    wanted = [-1 if not isinstance(size, int) else size for size in sizes]
    if sum(size == -1 for size in wanted) > 1 or any(not isinstance(d, int) for d in dims[axis + 1 :]):
        return _by_lengths(x, dims[:axis], [_length(size) for size in sizes], dims[axis + 1 :], axis)
    front = [0] * axis
    return op.Reshape(x, _shape([*front, *wanted, *dims[axis + 1 :]]))


def _by_lengths(x: Any, front: list[Any], sizes: list[Any], back: list[Any], axis: int) -> Any:
    """The same with lengths that are known at run time alone."""
    parts = [*(op.Shape(x, start=i, end=i + 1) for i in range(len(front))), *sizes]
    parts += [op.Shape(x, start=axis + 1 + i, end=axis + 2 + i) for i in range(len(back))]
    return op.Reshape(x, op.Concat(*parts, axis=0))


def _length(size: Any) -> Any:
    return _shape([size]) if isinstance(size, int) else op.Reshape(size, _shape([1]))


def _reshaped(x: Any, front: list[Any], middle: list[Any], back: list[Any]) -> Any:
    """Axes in the middle become one; those in front are copied, and at most one length is left to be found."""
    joined = 1
    for dim in middle:
        joined = joined * dim if isinstance(dim, int) and joined >= 0 else -1
    free = [dim for dim in back if not isinstance(dim, int)]
    if not free:
        return op.Reshape(x, _shape([*([0] * len(front)), joined, *back]))
    if joined >= 0 and len(free) == 1:
        return op.Reshape(
            x, _shape([*([0] * len(front)), joined, *(d if isinstance(d, int) else -1 for d in back)])
        )
    start = len(front) + len(middle)
    parts = [op.Shape(x, start=i, end=i + 1) for i in range(len(front))]
    parts.append(_shape([-1]))
    parts += [op.Shape(x, start=start + i, end=start + i + 1) for i in range(len(back))]
    return op.Reshape(x, op.Concat(*parts, axis=0))


def _unbind(x: Any, dim: int = 0) -> Any:
    """A tensor for each place on the axis: one split, and the axis taken away."""
    axis = dim % len(x.shape)
    count = x.shape[axis]
    if not isinstance(count, int):
        raise NotImplementedError("an unbind over an axis of free length")
    if count == 1:
        return [op.Squeeze(x, _shape([axis]))]
    parts = op.Split(x, axis=axis, num_outputs=count)
    return [op.Squeeze(part, _shape([axis])) for part in parts]


def _attention(
    query: Any, key: Any, value: Any, attn_mask: Any = None, dropout_p: float = 0.0, is_causal: bool = False,
    scale: float | None = None, enable_gqa: bool = False,
) -> Any:  # fmt: skip
    """softmax(q kᵀ · scale + mask) v. Raises NotImplementedError for what none of our blocks asks for."""
    if dropout_p or is_causal or enable_gqa:
        raise NotImplementedError("attention with dropout, a causal mask or grouped queries")
    if attn_mask is not None and attn_mask.dtype == onnx_ir.DataType.BOOL:
        raise NotImplementedError("attention with a mask of truth values")
    rank, width = len(key.shape), query.shape[-1]
    if scale is None and not isinstance(width, int):
        raise NotImplementedError("attention over heads of free width")
    factor = float(width) ** -0.5 if scale is None else scale
    turned = op.Transpose(key, perm=[*range(rank - 2), rank - 1, rank - 2])
    constant: Any = op.Constant(value_float=factor)
    scaled = op.Mul(query, op.CastLike(constant, query))
    logits = op.MatMul(scaled, turned)
    if attn_mask is not None:
        logits = op.Add(logits, attn_mask)
    return op.MatMul(op.Softmax(logits, axis=-1), value)


def _shape(dims: Sequence[int]) -> Any:
    return op.Constant(value_ints=list(dims))


def _filled(value: float, count: int) -> Any:
    import numpy as np

    return onnx_ir.serde.serialize_tensor(onnx_ir.tensor(np.full(count, value, dtype=np.float32)))
