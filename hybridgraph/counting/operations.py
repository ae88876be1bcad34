"""What each operation multiplies, forward and backward, and quick answers for those that are slow on meta."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import torch
from torch import Tensor
from torch.utils.flop_counter import flop_registry

_ATEN = torch.ops.aten
_Args = tuple[Any, ...]


def macs(func: Any, args: _Args, kwargs: dict[str, Any], out: Any) -> int:
    """Multiply-adds of one dispatched operation; zero for what multiplies no matrices.

    The backward pass of a convolution is counted here: torch's registry takes the weights' gradient of a depthwise or
    grouped convolution for that of a full one, several times too much. What fused attention computes a second time
    in its backward pass is left out, as any recomputation is.
    """
    if (own := _MACS.get(func)) is not None:
        return own(args, out)
    count = flop_registry.get(func.overloadpacket)
    return 0 if count is None else int(count(*args, **kwargs, out_val=out)) // 2


def _convolution(args: _Args, out: Tensor) -> int:
    x, weight, transposed = args[0], args[1], args[6]
    places = x.shape if transposed else out.shape
    return int(prod((places[0], *places[2:])) * prod(weight.shape))


def _convolution_backward(args: _Args, _: Any) -> int:
    """Each of both gradients, that of the input and that of the weights, pairs the numbers that the forward pass did."""
    gradient, x, weight, transposed, wanted = args[0], args[1], args[2], args[7], args[10]
    places = x.shape if transposed else gradient.shape
    return int(sum(wanted[:2]) * prod((places[0], *places[2:])) * prod(weight.shape))


def _attention(args: _Args, _: Any) -> int:
    return _pairs(*args[:3])


def _attention_backward(args: _Args, _: Any) -> int:
    """Two gradients for each of the two products."""
    return 2 * _pairs(*args[1:4])


def _pairs(q: Tensor, k: Tensor, v: Tensor) -> int:
    """The products of q with k, and of the weights with v: (B, heads, N, d)."""
    return prod(q.shape[:-1]) * k.shape[-2] * (q.shape[-1] + v.shape[-1])


_MACS: dict[Any, Callable[[_Args, Any], int]] = {
    _ATEN.mm.default: lambda args, _: prod(args[0].shape) * args[1].shape[-1],
    _ATEN.bmm.default: lambda args, _: prod(args[0].shape) * args[1].shape[-1],
    _ATEN.addmm.default: lambda args, _: prod(args[1].shape) * args[2].shape[-1],
    _ATEN.baddbmm.default: lambda args, _: prod(args[1].shape) * args[2].shape[-1],
    _ATEN.convolution.default: _convolution,
    _ATEN.convolution_backward.default: _convolution_backward,
    _ATEN._scaled_dot_product_flash_attention_for_cpu.default: _attention,  # noqa: SLF001
    _ATEN._scaled_dot_product_flash_attention_for_cpu_backward.default: _attention_backward,  # noqa: SLF001
}


def _like(x: Tensor, dtype: torch.dtype | None = None) -> Tensor:
    """As torch.empty_like, which works out the order of the axes in Python even where there is nothing to order."""
    if x.is_contiguous():
        return x.new_empty(x.shape, dtype=dtype)
    return torch.empty_like(x, dtype=dtype)


def _normalized(x: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor, Tensor]:
    """What batch normalisation gives: the map, and the mean and deviation of each channel."""
    return _like(x), x.new_empty(x.shape[1]), x.new_empty(x.shape[1])


def _layer_normalized(x: Tensor, shape: list[int], *_: Any, **__: Any) -> tuple[Tensor, Tensor, Tensor]:
    """What layer normalisation gives: the values, contiguous, and the mean and deviation of each position."""
    each = (*x.shape[: x.ndim - len(shape)], *(1 for _ in shape))
    return x.new_empty(x.shape), x.new_empty(each), x.new_empty(each)


def _layer_norm_gradients(
    grad: Tensor, x: Tensor, *rest: Any, **_: Any
) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
    weight, bias, wanted = rest[3], rest[4], rest[5]
    return (
        grad.new_empty(x.shape) if wanted[0] else None,
        _like(weight) if wanted[1] else None,
        _like(bias) if wanted[2] else None,
    )


def _batch_norm_gradients(
    _grad: Tensor, x: Tensor, weight: Tensor | None, *rest: Any, **_: Any
) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
    wanted = rest[-1]
    channels = (x if weight is None else weight).new_empty(x.shape[1])
    return (
        _like(x) if wanted[0] else None,
        _like(channels) if wanted[1] else None,
        _like(channels) if wanted[2] else None,
    )


def _added(_bias: Tensor, left: Tensor, right: Tensor, **_: Any) -> Tensor:
    return left.new_empty((left.shape[0], right.shape[1]))


def _elementwise(func: Any) -> Callable[..., Any]:
    """The answer of an operation value by value where it is plain what the result is like."""

    def answer(a: Any, b: Any = 0, *rest: Any, **kwargs: Any) -> Any:
        known = isinstance(a, Tensor) and a.dtype is not torch.bool and not kwargs.keys() - {"alpha"}
        if known and isinstance(b, Tensor):
            if a.dtype != b.dtype or (func is _ATEN.div.Tensor and not a.is_floating_point()):
                known = False
            elif a.shape == b.shape:  # the first operand decides about the order of the axes
                known = 0 not in a.stride()
            elif not a.is_floating_point():  # indices, of which nobody takes a view
                return a.new_empty(_joined(a.shape, b.shape))
            else:
                known = a.is_contiguous() and _repeats(b.shape, a.shape)
        elif known:
            keeps_type = a.is_floating_point() or (type(b) is int and func is not _ATEN.div.Tensor)
            known = keeps_type and isinstance(b, (int, float)) and 0 not in a.stride()
        return _like(a) if known else func(a, b, *rest, **kwargs)

    return answer


def _repeats(small: torch.Size, large: torch.Size) -> bool:
    """Whether a tensor is repeated over the other one, which keeps its shape."""
    if len(small) > len(large):
        return False
    return all(n in (1, m) for m, n in zip(large[len(large) - len(small) :], small, strict=True))


def _joined(a: torch.Size, b: torch.Size) -> tuple[int, ...]:
    """The shape of two that are repeated over one another."""
    if len(a) != len(b) or any(n != m and 1 not in (n, m) for n, m in zip(a, b, strict=True)):
        return tuple(torch.broadcast_shapes(a, b))
    return tuple(m if n == 1 else n for n, m in zip(a, b, strict=True))


def _convolved(x: Tensor, weight: Tensor, *rest: Any) -> Tensor:
    """What a convolution of pictures gives; torch itself says what is wrong with one that cannot be."""
    _, stride, padding, dilation, transposed, _, groups = rest
    axes = weight.ndim - 2
    sides: list[int] = []
    if x.ndim == weight.ndim and len(stride) == len(padding) == len(dilation) == axes and not transposed:
        sides = [
            (n + 2 * p - d * (k - 1) - 1) // s + 1
            for n, k, s, p, d in zip(x.shape[2:], weight.shape[2:], stride, padding, dilation, strict=True)
        ]
    if not sides or min(sides) < 1 or 0 in x.shape or x.shape[1] != weight.shape[1] * groups:
        made: Tensor = _ATEN.convolution.default(x, weight, *rest)
        return made
    return x.new_empty((x.shape[0], weight.shape[0], *sides))


def _multiplied(a: Tensor, b: Tensor) -> Tensor:
    """The products of a batch of matrices."""
    if a.dtype != b.dtype or a.shape[0] != b.shape[0] or a.shape[2] != b.shape[1]:
        made: Tensor = _ATEN.bmm.default(a, b)
        return made
    return b.new_empty((a.shape[0], a.shape[1], b.shape[2]))


def _copied(x: Tensor, *, memory_format: torch.memory_format | None = None) -> Tensor:
    """A copy, laid out anew only where that was asked for in the way that modules ask."""
    if memory_format is torch.contiguous_format:
        return x.new_empty(x.shape)
    if memory_format in (None, torch.preserve_format):
        return _like(x)
    made: Tensor = _ATEN.clone.default(x, memory_format=memory_format)
    return made


def _compared(x: Tensor, *_: Any) -> Tensor:
    return _like(x, dtype=torch.bool)


def _numbers(end: Any, **kwargs: Any) -> Tensor:
    """What `torch.arange(end)` gives."""
    if isinstance(end, int) and kwargs.get("dtype") in (None, torch.int64):
        return torch.empty(end, dtype=torch.int64, device=kwargs.get("device"))
    made: Tensor = _ATEN.arange.default(end, **kwargs)
    return made


QUICK: dict[Any, Callable[..., Any]] = {
    _ATEN.native_batch_norm.default: _normalized,
    _ATEN.native_batch_norm_backward.default: _batch_norm_gradients,
    _ATEN.native_layer_norm.default: _layer_normalized,
    _ATEN.native_layer_norm_backward.default: _layer_norm_gradients,
    _ATEN.gelu.default: lambda x, **_: _like(x),
    _ATEN.gelu_backward.default: lambda _, x, **__: _like(x),
    _ATEN.addmm.default: _added,
    _ATEN.bmm.default: _multiplied,
    _ATEN.clone.default: _copied,
    _ATEN.convolution.default: _convolved,
    _ATEN._unsafe_view.default: _ATEN.view.default,  # noqa: SLF001
    _ATEN.roll.default: lambda x, *_, **__: x.new_empty(x.shape),
    _ATEN.arange.default: _numbers,
    _ATEN.ge.Scalar: _compared,
    _ATEN.lt.Scalar: _compared,
    _ATEN.normal_.default: lambda x, *_, **__: x,
    _ATEN.uniform_.default: lambda x, *_, **__: x,
    **{
        func: _elementwise(func)
        for func in (_ATEN.add.Tensor, _ATEN.sub.Tensor, _ATEN.mul.Tensor, _ATEN.div.Tensor)
    },
}
"""Operations that take milliseconds on the meta device, where torch replays them in Python, and what they give.

Most of an analysis went into them. A test compares the numbers with those of torch's own.
"""
