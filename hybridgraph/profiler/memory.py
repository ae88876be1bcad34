"""The most memory that is alive at once in a forward pass."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


def peak_memory(network: nn.Module, forward: Callable[[], object], images: Tensor) -> int:
    """Bytes alive at the worst moment of a forward pass over the images, these and the weights included.

    CUDA's allocator knows it. Elsewhere the storages of all tensors are followed from birth to death; what an
    operation needs for itself and frees before it returns is not seen.
    """
    if images.device.type == "cuda":
        torch.cuda.synchronize(images.device)
        torch.cuda.reset_peak_memory_stats(images.device)
        forward()
        peak: int = torch.cuda.max_memory_allocated(images.device)
        return peak
    living = _Living((images, *network.parameters(), *network.buffers()))
    with living:
        forward()
    return living.peak_bytes


class _Living(TorchDispatchMode):
    """Adds up the storages that are alive; a storage is counted once, however many tensors look into it."""

    def __init__(self, given: Iterable[Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._sizes: dict[int, int] = {}
        self._bytes = 0
        self.peak_bytes = 0
        for tensor in given:
            self._count(tensor)

    def _count(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        key = id(storage)  # a storage is one object as long as it lives
        if key in self._sizes:
            return
        self._sizes[key] = storage.nbytes()
        self._bytes += self._sizes[key]
        self.peak_bytes = max(self.peak_bytes, self._bytes)
        weakref.finalize(storage, self._forget, key).atexit = False

    def _forget(self, key: int) -> None:
        self._bytes -= self._sizes.pop(key)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, Tensor):
                self._count(leaf)
        return result
