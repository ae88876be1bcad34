"""A GPU that is not there: tensors say that they lie on CUDA, refuse company from elsewhere, and are computed here.

What fails on a GPU first is a tensor left behind on the processor. That shows with these as well, since every operation
whose tensors lie apart is refused as CUDA refuses it. Kernels, speed and memory are not pretended.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

CUDA = torch.device("cuda", 0)
HERE = torch.device("cpu")
_CROSSING = {"aten::_to_copy", "aten::copy_"}
"""Operations that are there to bring tensors from one device to the other."""
_TAKE_PLACES = {"aten::index", "aten::index_put", "aten::index_put_", "aten::_index_put_impl_"}
"""CUDA takes whole numbers of the processor as places in these."""


class OnCuda(Tensor):
    """A tensor on the pretended GPU; `held` is where its numbers are.

    To torch's C++ side it lies on the processor, so that autograd works, and to Python on CUDA.
    """

    held: Tensor

    @staticmethod
    def __new__(cls, held: Tensor) -> OnCuda:
        made = Tensor._make_wrapper_subclass(
            cls,
            held.size(),
            strides=held.stride(),
            storage_offset=held.storage_offset(),
            dtype=held.dtype,
            requires_grad=held.requires_grad,
        )
        made.held = held
        return made

    @property
    def device(self) -> torch.device:
        return CUDA

    @property
    def is_cuda(self) -> bool:
        return True

    @property
    def is_cpu(self) -> bool:
        return False

    def __repr__(self, **_options: object) -> str:
        return f"OnCuda({self.held})"

    def untyped_storage(self) -> torch.UntypedStorage:
        return self.held.untyped_storage()

    def tolist(self) -> Any:
        return self.held.tolist()

    def numpy(self, **_options: object) -> Any:
        raise TypeError("can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() first.")

    def cpu(self, memory_format: torch.memory_format = torch.preserve_format) -> Tensor:
        return self.to("cpu", memory_format=memory_format)

    def to(self, *given: Any, **named: Any) -> Tensor:
        target = named.get("device", given[0] if given else None)
        target = target.device if isinstance(target, Tensor) else target
        if isinstance(target, (str, torch.device)) and torch.device(target).type == "cpu":
            dtype = next((one for one in given[1:] if isinstance(one, torch.dtype)), named.get("dtype"))
            kept = named.get("memory_format", torch.preserve_format)
            return torch.ops.aten._to_copy(self, device=HERE, dtype=dtype, memory_format=kept)
        return super().to(*given, **named)

    @classmethod
    def __torch_function__(cls, called: Any, types: Any, given: Any = (), named: Any = None) -> Any:
        if called is F.one_hot:  # asks the C++ side where to count
            return OnCuda(called(given[0].held, *given[1:], **(named or {})))
        with torch._C.DisableTorchFunctionSubclass():
            return called(*given, **(named or {}))

    @classmethod
    def __torch_dispatch__(cls, operation: Any, types: Any, given: Any = (), named: Any = None) -> Any:
        return _compute(operation, given, named or {})


class Gpu(TorchDispatchMode):
    """While it is entered, what is made on CUDA or moved there lies on the pretended GPU."""

    def __torch_dispatch__(self, operation: Any, types: Any, given: Any = (), named: Any = None) -> Any:
        return _compute(operation, given, named or {})


def _compute(operation: Any, given: Any, named: dict[str, Any]) -> Any:
    name = operation._schema.name
    tensors = [leaf for leaf in tree_leaves((given, named)) if isinstance(leaf, Tensor)]
    there = [tensor for tensor in tensors if isinstance(tensor, OnCuda)]
    # the formulas of gradients ask the C++ side where to make what they fill
    if there and name not in _CROSSING and torch._C._current_autograd_node() is None:
        for tensor in tensors:
            _require_company(operation, tensor, name)
    target = named.get("device")
    stays = bool(there) if target is None else torch.device(target).type == "cuda"
    if target is not None and stays:
        named = {**named, "device": HERE}
    result = operation(*tree_map(_held, given), **tree_map(_held, named))
    known = {id(tensor.held): tensor for tensor in there}  # what is changed in place stays the tensor it is
    return tree_map(lambda leaf: known.get(id(leaf), _moved(leaf) if stays else leaf), result)


def _require_company(operation: Any, tensor: Tensor, name: str) -> None:
    is_number = tensor.dim() == 0 and not name.startswith("aten::_fused_")
    is_place = name in _TAKE_PLACES and not tensor.is_floating_point()
    if not (isinstance(tensor, OnCuda) or is_number or is_place):
        raise RuntimeError(
            "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu: "
            f"{operation} was given one of {tuple(tensor.shape)} of the processor."
        )


def _held(leaf: Any) -> Any:
    return leaf.held if isinstance(leaf, OnCuda) else leaf


def _moved(leaf: Any) -> Any:
    return OnCuda(leaf) if isinstance(leaf, Tensor) else leaf
