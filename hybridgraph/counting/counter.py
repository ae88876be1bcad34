"""Counting a forward pass: multiply-adds, and the tensors that autograd keeps of it."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from hybridgraph.counting import operations
from hybridgraph.counting.modes import AsOnDevice, Quick
from hybridgraph.plan import Kept

BATCH = 2
"""Images in a counting run: batch norm in training mode refuses a single value per channel."""


class Counter(Quick):
    """Counts multiply-adds of the operations that run, and the bytes that autograd keeps of them, for one image.

    What is computed from parameters alone, such as SwinV2's biases, is done once for the whole batch and counts for
    every image.
    """

    def __init__(self, module: nn.Module, given: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.macs = 0
        own = (*module.parameters(), *module.buffers())
        self._own = {storage(tensor) for tensor in own}
        self._given = {storage(tensor): name for name, tensor in given.items()}
        # Tensors that do not depend on the images; kept alive, so that no other takes the place of one.
        self._shared: dict[int, Tensor] = {id(tensor): tensor for tensor in own}
        # Saved tensors are kept alive until the end, or a freed storage's address could be counted as known.
        self._saved: dict[int, Tensor] = {}
        self._hooks = torch.autograd.graph.saved_tensors_hooks(self._keep, lambda kept: kept)
        self._device = AsOnDevice()

    def kept(self, results: Mapping[str, Tensor]) -> Kept:
        """What autograd keeps of the pass that gave these results."""
        leaving = {storage(tensor): name for name, tensor in results.items()}
        inner = sum(
            prod(tensor.shape) * tensor.element_size() * (BATCH if id(tensor) in self._shared else 1)
            for place, tensor in self._saved.items()
            if place not in self._given and place not in leaving
        )
        return Kept(
            inside=inner // BATCH,
            inputs=frozenset(self._given[place] for place in self._saved if place in self._given),
            outputs=frozenset(
                name for place, name in leaving.items() if place in self._saved and place not in self._given
            ),
            same={name: self._given[place] for place, name in leaving.items() if place in self._given},
        )

    def _keep(self, tensor: Tensor) -> Tensor:
        place = storage(tensor)
        if place not in self._own:
            known = self._saved.get(place)
            if known is None or prod(known.shape) < prod(tensor.shape):
                self._saved[place] = tensor
        return tensor

    def __enter__(self) -> Counter:
        self._hooks.__enter__()
        super().__enter__()  # type: ignore[no-untyped-call]
        self._device.__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *reason: object) -> None:
        self._device.__exit__(*reason)
        super().__exit__(*reason)  # type: ignore[no-untyped-call]
        self._hooks.__exit__(*reason)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        out = super().__torch_dispatch__(func, types, args, kwargs)
        shared = self._pass_on(args, kwargs, out)
        if count := operations.macs(func, args, kwargs, out):
            self.macs += count * (BATCH if shared else 1)
        return out

    def _pass_on(self, args: tuple[Any, ...], kwargs: dict[str, Any], out: object) -> bool:
        """Whether an operation sees nothing of the images; its result is remembered then.

        A parameter that is expanded, over the batch for all that is known, leaves the set.
        """
        for value in args:  # most operations take an image first: no need to look into lists for one
            if isinstance(value, Tensor) and id(value) not in self._shared:
                return False
        used = [value for value in tree_leaves((args, kwargs)) if isinstance(value, Tensor)]
        if not used or any(id(tensor) not in self._shared for tensor in used):
            return False
        made = [value for value in tree_leaves(out) if isinstance(value, Tensor)]
        self._shared.update((id(tensor), tensor) for tensor in made if 0 not in tensor.stride())
        return True


def storage(tensor: Tensor) -> int:
    """The identity of a tensor's storage; on the meta device it has no address."""
    return int(tensor.untyped_storage()._cdata)  # noqa: SLF001  (there is no public name for it)
