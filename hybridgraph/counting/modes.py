"""The meta device made to run operations as a device would: fused attention, and heavy operations in half."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn import init
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from hybridgraph.counting import operations

_FUSED = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu.default  # noqa: SLF001
_AXES = 4
# What torch.autocast computes in half of what blocks are made of.
_HEAVY = {
    F.linear, F.conv1d, F.conv2d, F.conv3d, F.conv_transpose2d, F.scaled_dot_product_attention, torch.matmul,
    torch.bmm, torch.mm, torch.addmm, torch.baddbmm, torch.einsum, torch.conv1d, torch.conv2d, Tensor.matmul,
    Tensor.__matmul__, Tensor.bmm, Tensor.mm,
}  # fmt: skip
# What it computes in fp32 on CUDA; a processor keeps the format that comes in.
_CAREFUL = {
    F.layer_norm, F.group_norm, F.softmax, F.normalize, F.softplus, torch.softmax, torch.exp, torch.pow, torch.sum,
    torch.cumsum, Tensor.softmax, Tensor.exp, Tensor.pow, Tensor.__pow__, Tensor.sum, Tensor.norm,
}  # fmt: skip
# What fills a tensor and gives it back, a third of the time it takes to build a block.
_FILLING = {
    init.constant_, init.kaiming_uniform_, init.normal_, init.uniform_, Tensor.fill_, Tensor.normal_, Tensor.uniform_,
    Tensor.zero_,
}  # fmt: skip


@contextmanager
def building() -> Iterator[None]:
    """Modules made in here live on the meta device, quickly: their weights have shapes and no values to draw."""
    with torch.device("meta"), Quick(), _Unfilled():
        yield


class _Unfilled(TorchFunctionMode):
    """Leaves out what would fill tensors with values."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func in _FILLING:
            return args[0] if args else (kwargs or {})["tensor"]
        return func(*args, **(kwargs or {}))


class Quick(TorchDispatchMode):
    """Answers for the operations in `operations.QUICK` instead of torch."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """No, as nothing is compiled here: keeping torch.compile out takes longer than most operations."""
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        return operations.QUICK.get(func, func)(*args, **(kwargs or {}))


class AsOnDevice(TorchFunctionMode):
    """Attention in one operation where processors and GPUs have it, and torch.autocast's choice of formats.

    The meta device has neither: it takes attention apart and keeps its weights. `dtype` is the format of the heavy
    operations; `careful` says whether others go back to fp32, as on CUDA.
    """

    def __init__(self, dtype: torch.dtype = torch.float32, *, careful: bool = False) -> None:
        super().__init__()
        self._dtype = dtype
        self._careful = careful
        self._cast: dict[Tensor, Tensor] = {}  # weights are cast once and kept until the end of the pass

    @property
    def cast(self) -> Iterable[Tensor]:
        """The weights in half that the pass holds by now."""
        return self._cast.values()

    def __exit__(self, *reason: Any) -> None:
        self._cast.clear()
        super().__exit__(*reason)  # type: ignore[no-untyped-call]

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if self._dtype is not torch.float32:
            if func in _HEAVY:
                args, kwargs = self._to(args, self._dtype), self._to(kwargs, self._dtype)
            elif self._careful and func in _CAREFUL:
                args, kwargs = self._to(args, torch.float32), self._to(kwargs, torch.float32)
        if func is F.scaled_dot_product_attention:
            return _attend(*args, **kwargs)
        return func(*args, **kwargs)

    def _to(self, values: Any, dtype: torch.dtype) -> Any:
        if isinstance(values, dict):
            return {name: self._to(value, dtype) for name, value in values.items()}
        if isinstance(values, (tuple, list)):
            return type(values)(self._to(value, dtype) for value in values)
        if not isinstance(values, Tensor) or not values.is_floating_point() or values.dtype == dtype:
            return values
        if not (values.requires_grad and values.is_leaf and isinstance(values, torch.nn.Parameter)):
            return values.to(dtype)
        if values not in self._cast:
            self._cast[values] = values.to(dtype)
        return self._cast[values]


def _attend(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    **kwargs: Any,
) -> Tensor:
    """One operation under the conditions of the processor's kernel, else torch's own way."""
    fits = (
        q.device.type == "meta"
        and q.ndim == k.ndim == v.ndim == _AXES
        and q.shape[-1] == k.shape[-1] == v.shape[-1]
        and q.shape[:2] == k.shape[:2]
        and not dropout_p
        and not kwargs.get("enable_gqa")
        and (attn_mask is None or not (attn_mask.requires_grad and torch.is_grad_enabled()))
    )
    if not fits:
        return F.scaled_dot_product_attention(
            q, k, v, attn_mask=attn_mask, dropout_p=dropout_p, is_causal=is_causal, **kwargs
        )
    made: Tensor = _FUSED(q, k, v, dropout_p, is_causal, attn_mask=attn_mask, scale=kwargs.get("scale"))[0]
    return made
