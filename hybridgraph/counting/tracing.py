"""One block through one training step and one forward pass on the meta device, followed from birth to death of each tensor.

The meta device allocates nothing, but its tensors live and die as real ones do, so the largest sum of living storages is
what a device would hold, apart from what a kernel needs for itself.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from hybridgraph.counting import operations
from hybridgraph.counting.counter import storage
from hybridgraph.counting.modes import AsOnDevice, Quick
from hybridgraph.forecast.values import Entering, Format, Load, Trace
from hybridgraph.shapes import Shape
from hybridgraph.spec import BlockSpec

_BATCHES = (2, 3)
"""Two runs tell what grows with the batch. Batch norm refuses a single value per channel, so none is of one image."""
_TYPES: Mapping[str, torch.dtype] = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
_FORMATS: Mapping[torch.dtype, Format] = {
    torch.float32: "fp32",
    torch.bfloat16: "bf16",
    torch.float16: "fp16",
}
_IMAGE_AXES = 4


def trace(
    module: nn.Module,
    spec: BlockSpec,
    given: Mapping[str, Entering],
    shapes: Mapping[str, Shape],
    *,
    precision: Format,
    device: str,
    is_frozen: bool,
) -> Trace:
    """What a block on the meta device allocates, keeps and multiplies with these inputs; `shapes` are those it gives.

    A frozen block is in evaluation mode and its weights get no gradient. Raises what the block raises.
    """
    module.requires_grad_(not is_frozen)
    small, large = (
        _run(module, spec, given, shapes, batch, _TYPES[precision], device=device, is_frozen=is_frozen)
        for batch in _BATCHES
    )
    own = list(module.parameters())
    return Trace(
        macs=_line(small.macs, large.macs),
        inference=_course(small.inference, large.inference),
        forward=_course(small.forward, large.forward),
        backward=_course(small.backward, large.backward),
        kept=_line(small.kept, large.kept),
        inputs=small.inputs,
        outputs=small.outputs,
        same=small.same,
        leaving=small.leaving,
        weights=_bytes(own),
        buffers=_bytes(module.buffers()),
        trained=_bytes(p for p in own if p.requires_grad),
        cast=small.cast,
    )


def has_convolution(module: nn.Module) -> bool:
    """Whether a training lays the network out channels last because of it."""
    return any(isinstance(part, nn.Conv2d) for part in module.modules())


@dataclass(slots=True)
class _Run:
    """One step with one batch."""

    macs: int
    inference: list[int]
    forward: list[int]
    backward: list[int]
    kept: int
    inputs: frozenset[str]
    outputs: frozenset[str]
    same: dict[str, str]
    leaving: dict[str, Entering]
    cast: int


class _Follower(Quick):
    """Adds up the living storages that operations allocate; `moments` are the sums right after each allocation."""

    def __init__(self, outside: Iterable[Tensor]) -> None:
        super().__init__()
        self._outside = {storage(tensor) for tensor in outside}
        self._living: dict[int, int] = {}
        self.macs = self.now = 0
        self.moments: list[int] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        out = super().__torch_dispatch__(func, types, args, kwargs)
        self.macs += operations.macs(func, args, kwargs or {}, out)
        for tensor in (out,) if isinstance(out, Tensor) else tree_leaves(out):
            if isinstance(tensor, Tensor):
                self._follow(tensor.untyped_storage())
        return out

    def _follow(self, memory: torch.UntypedStorage) -> None:
        key = memory._cdata  # noqa: SLF001  (see `storage`)
        if key in self._outside or key in self._living:
            return
        self._living[key] = memory.nbytes()
        self.now += memory.nbytes()
        self.moments.append(self.now)
        weakref.finalize(memory, self._release, key).atexit = False

    def _release(self, key: int) -> None:
        self.now -= self._living.pop(key, 0)

    def leave_out(self, tensors: Iterable[Tensor]) -> None:
        """Let others count these from here on."""
        for tensor in tensors:
            self._release(storage(tensor))

    def next_phase(self) -> list[int]:
        """The moments since the last call; what is alive now is the first of the next."""
        past, self.moments = self.moments, [self.now]
        return past


class _Seed(torch.autograd.Function):
    """Where a backward pass begins: makes the gradients of a block's outputs and gives them away."""

    @staticmethod
    def forward(ctx: Any, *results: Tensor) -> Tensor:
        ctx.likes = [(tensor.shape, tensor.dtype) for tensor in results]
        return results[0].new_empty(())

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, ...]:
        return tuple(gradient.new_empty(shape, dtype=dtype) for shape, dtype in ctx.likes)


def _run(
    module: nn.Module,
    spec: BlockSpec,
    given: Mapping[str, Entering],
    shapes: Mapping[str, Shape],
    batch: int,
    dtype: torch.dtype,
    *,
    device: str,
    is_frozen: bool,
) -> _Run:
    inputs = {name: _tensor(value, batch) for name, value in given.items()}
    own = [*module.parameters(), *module.buffers()]
    outside = [*inputs.values(), *own]

    module.eval()
    inference = _Follower(outside)
    with torch.no_grad(), inference, AsOnDevice(dtype, careful=device != "cpu") as half:
        results = _named(spec, module(**inputs))
        cast = _bytes(half.cast)
    del results

    module.train(not is_frozen)
    step = _Follower(outside)
    saved: set[int] = set()

    def keep(tensor: Tensor) -> Tensor:
        saved.add(storage(tensor))
        return tensor

    hooks = torch.autograd.graph.saved_tensors_hooks(keep, lambda kept: kept)
    with hooks, step, AsOnDevice(dtype, careful=device != "cpu"):
        results = _named(spec, module(**inputs))
    forward = step.next_phase()
    entering = {storage(tensor): name for name, tensor in inputs.items()}
    leaving = {name: _leaving(tensor, shapes[name]) for name, tensor in results.items()}
    same = {name: entering[at] for name, tensor in results.items() if (at := storage(tensor)) in entering}
    kept_outputs = frozenset(
        name for name, tensor in results.items() if name not in same and storage(tensor) in saved
    )
    step.leave_out(results.values())
    kept = step.now
    step.next_phase()
    backward: list[int] = []
    if differentiable := [tensor for tensor in results.values() if tensor.requires_grad]:
        with step:
            loss = _Seed.apply(*differentiable)  # type: ignore[no-untyped-call]
            del results, differentiable
            loss.backward()
        backward = step.next_phase()
        module.zero_grad(set_to_none=True)
    return _Run(
        macs=step.macs,
        inference=inference.moments,
        forward=forward,
        backward=backward,
        kept=kept,
        inputs=frozenset(name for at, name in entering.items() if at in saved),
        outputs=kept_outputs,
        same=same,
        leaving=leaving,
        cast=cast,
    )


def _tensor(value: Entering, batch: int) -> Tensor:
    made = torch.empty((batch, *value.shape.dims), device="meta", dtype=_TYPES[value.format])
    if value.is_channels_last and made.ndim == _IMAGE_AXES:
        made = made.contiguous(memory_format=torch.channels_last)
    return made.requires_grad_(value.needs_gradient)


def _leaving(tensor: Tensor, shape: Shape) -> Entering:
    """What the next block is fed."""
    is_last = (
        tensor.ndim == _IMAGE_AXES
        and not tensor.is_contiguous()
        and (tensor.is_contiguous(memory_format=torch.channels_last))
    )
    return Entering(
        shape=shape,
        format=_FORMATS.get(tensor.dtype, "fp32"),
        is_channels_last=is_last,
        needs_gradient=tensor.requires_grad,
    )


def _named(spec: BlockSpec, result: object) -> dict[str, Tensor]:
    tensors = result if isinstance(result, tuple) else (result,)
    return {port.name: tensor for port, tensor in zip(spec.outputs, tensors, strict=True)}


def _course(small: Sequence[int], large: Sequence[int]) -> tuple[Load, ...]:
    """The moments that are the largest for some batch."""
    if len(small) != len(large):  # another way of computing for another batch: only the worst can be compared
        small, large = [max(small, default=0)], [max(large, default=0)]
    loads = sorted(
        {_line(a, b) for a, b in zip(small, large, strict=True)},
        key=lambda load: (-load.per_image, -load.fixed),
    )
    found: list[Load] = []
    for load in loads:  # ever fewer bytes an image: worth keeping only with more fixed ones
        if not found or load.fixed > found[-1].fixed:
            found.append(load)
    return tuple(found)


def _line(small: int, large: int) -> Load:
    """The line through what two batches take."""
    few, many = _BATCHES
    per_image = (large - small) // (many - few)
    fixed = small - few * per_image
    return Load(fixed, per_image) if fixed >= 0 <= per_image else Load(0, -(-large // many))


def _bytes(tensors: Iterable[Tensor]) -> int:
    return sum(tensor.nbytes for tensor in tensors)
